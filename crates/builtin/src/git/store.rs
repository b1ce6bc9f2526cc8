//! A bare repository of ours that holds what was fetched to look at: commits, and trees where paths matter. It lies
//! in the cache of the resource, or in the scratch directory, and is thrown away with it.

use super::local;
use super::program::{Done, Git};
use crate::Failure;
use crate::call::Call;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// With this many packs a cached repository is thrown away and begun again, which costs less than tending it.
const PACKS: usize = 100;

/// The repository.
#[derive(Debug)]
pub(super) struct Store {
    git: Git,
    directory: PathBuf,
    /// Whether trees are fetched, since paths matter.
    trees: bool,
    /// Whether it reads a repository of this host where it is.
    is_local: bool,
    /// Whether earlier commands have left something in it.
    has_past: bool,
}

/// How much of the history is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// So many commits of each name.
    Commits(u32),
    /// What is new since the last fetch, however much that is.
    New,
    /// All.
    Whole,
}

impl Store {
    /// Opens the one of this resource: with commits alone, or with their trees too. `id` is any id of the
    /// repository; its length tells which hash it uses.
    pub(super) fn open(call: &Call, git: Git, id: &str, trees: bool) -> Result<Self, Failure> {
        let is_cached = call.cache().is_some();
        let name = if trees { "check-trees.git" } else { "check.git" };
        let directory = call.cache().map_or_else(|| call.scratch(), Ok)?.join(name);
        let trouble =
            |error| Failure::new(format!("the repository {} cannot be made: {error}", directory.display()));
        if is_cached && is_worn(&directory) {
            fs::remove_dir_all(&directory).map_err(trouble)?;
        }
        let has_past = directory.join("HEAD").exists();
        make(&directory, id.len() == 64).map_err(trouble)?;
        let url = git.address.text().to_owned();
        let git = git.in_bare(&directory).with_setting("remote.origin.url", &url);
        let git = git.with_setting("remote.origin.promisor", "true");
        Ok(Self { git, directory, trees, is_local: false, has_past })
    }

    /// The same, reading the objects of a repository on this host where they are, if it is one.
    pub(super) fn reading_local(mut self) -> Result<Self, Failure> {
        if let Some(objects) = local::objects(&self.git.address) {
            borrow(&self.directory, &objects)?;
            self.is_local = true;
        }
        Ok(self)
    }

    /// The depths in which the history is fetched until it is enough.
    pub(super) fn depths(&self, first: u32) -> Vec<Depth> {
        match (self.is_local, self.has_past) {
            (true, _) => vec![Depth::Whole],
            (_, true) => vec![Depth::New, Depth::Whole],
            _ => {
                let steps = [first, 50, 1000].into_iter().filter(|depth| *depth >= first);
                let mut steps: Vec<u32> = steps.collect();
                steps.dedup();
                steps.into_iter().map(Depth::Commits).chain([Depth::Whole]).collect()
            }
        }
    }

    /// Git in it.
    pub(super) fn git(&self) -> &Git {
        &self.git
    }

    /// How what was fetched is named: of a repository that is read where it is, by the id itself.
    pub(super) fn place(&self, id: &str) -> String {
        if self.is_local { id.to_owned() } else { at(id) }
    }

    /// Fetches what these names point at to [`at`] these ids.
    pub(super) fn fetch(&self, names: &[(&str, &str)], depth: Depth) -> Result<(), Failure> {
        if self.is_local || names.is_empty() {
            return Ok(());
        }
        let filter = if self.trees { "--filter=blob:none" } else { "--filter=tree:0" };
        let depth = match depth {
            Depth::Commits(depth) => Some(format!("--depth={depth}")),
            Depth::Whole if self.directory.join("shallow").exists() => Some("--depth=2147483647".to_owned()),
            Depth::Whole | Depth::New => None,
        };
        let depth = depth.as_deref();
        let refspecs: Vec<String> = names.iter().map(|(name, id)| format!("+{name}:{}", at(id))).collect();
        // Some servers know no filters, and some nothing shallow.
        for options in [&[Some(filter), depth][..], &[depth], &[]] {
            let done = self.take(&refspecs, options.iter().flatten().copied())?;
            if done.is_well() {
                return Ok(());
            }
            if options.is_empty() {
                self.forget();
                done.or_fail(|| Failure::new(format!("cannot fetch from `{}`", self.git.address.text())))?;
            }
        }
        Ok(())
    }

    /// A cache that cannot be fetched into may be broken: the next check begins a new one.
    fn forget(&self) {
        if self.has_past {
            // It is tried again then, and what is wrong is said now.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }

    fn take<'a>(&self, refspecs: &[String], options: impl Iterator<Item = &'a str>) -> Result<Done, Failure> {
        let args =
            ["fetch", "-q", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--stdin"];
        self.git.feed(args.into_iter().chain(options).chain(["origin"]), refspecs)
    }

    /// The commits at which the history that is here is cut off.
    pub(super) fn cuts(&self) -> HashSet<String> {
        let text = fs::read_to_string(self.directory.join("shallow")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Whether all of the history is here.
    pub(super) fn is_whole(&self) -> bool {
        !self.directory.join("shallow").exists()
    }
}

/// The name by which something fetched is kept. It is the id that the server told, which it may have moved on from
/// since; so what counts is what the name points at.
pub(super) fn at(id: &str) -> String {
    format!("refs/at/{id}")
}

/// Makes an empty bare repository by hand, since each process counts.
pub(super) fn make(directory: &Path, is_sha256: bool) -> std::io::Result<()> {
    fs::create_dir_all(directory.join("objects"))?;
    fs::create_dir_all(directory.join("refs"))?;
    if is_sha256 {
        let config =
            "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n";
        fs::write(directory.join("config"), config)?;
    }
    // The last, since it is what makes it a repository.
    fs::write(directory.join("HEAD"), "ref: refs/heads/none\n")
}

/// Has a repository of ours read objects where they are. The settings of theirs are not read: nothing runs in it.
pub(super) fn borrow(directory: &Path, objects: &Path) -> Result<(), Failure> {
    let trouble = |error| Failure::new(format!("{} cannot be read from: {error}", objects.display()));
    fs::create_dir_all(directory.join("objects/info")).map_err(trouble)?;
    fs::write(directory.join("objects/info/alternates"), format!("{}\n", objects.display())).map_err(trouble)
}

/// Whether so much was fetched into a repository that it is time for a new one.
pub(super) fn is_worn(directory: &Path) -> bool {
    let entries = fs::read_dir(directory.join("objects/pack")).into_iter().flatten().flatten();
    entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "pack")).count()
        >= PACKS
}
