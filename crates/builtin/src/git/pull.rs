//! `pull`: a clone at exactly one version.

use super::address::Address;
use super::kept::Kept;
use super::program::{Done, Git};
use super::refs::is_hexadecimal;
use crate::Failure;
use crate::call::Call;
use std::fs;
use std::path::{Path, PathBuf};

/// How many commits a clone has where `depth` does not say.
const DEPTH: u32 = 1;

/// Clones into the directory of the resource.
///
/// # Errors
/// The version is not there any more, the repository cannot be read, or the parameters cannot be meant.
pub(crate) fn pull(call: &Call) -> Result<(), Failure> {
    let git = Git::of(call)?;
    let id = call.version("ref").unwrap_or_default();
    if id.is_empty() {
        return Err(Failure::new("the version has no `ref`, which is the commit to fetch"));
    }
    if !is_hexadecimal(id) {
        return Err(Failure::new(format!("`{id}` is no commit")));
    }
    let depth = depth(call)?;
    let directory = directory(call, &git.address)?;
    let is_again = begin(&directory, &git.address, id.len() == 64)?;
    let clone = Clone { git: git.clone().in_tree(&directory), id, depth, names: names(call) };
    let is_here = match call.cache() {
        Some(cache) => Kept::of(&cache, git, id)?.serve(&clone)?,
        None => false,
    };
    if !is_here {
        clone.fetch_from_origin()?;
    }
    clone.checkout(is_again)?;
    if Call::flag("submodules", call.param("submodules"))? {
        clone.submodules()?;
    }
    Ok(())
}

/// Where the clone goes.
pub(super) fn directory(call: &Call, address: &Address) -> Result<PathBuf, Failure> {
    let name = call.param("name").or_else(|| address.name());
    call.below_work(name.or_else(|| call.variable("RESOURCE_NAME")).unwrap_or_default())
}

fn depth(call: &Call) -> Result<Option<u32>, Failure> {
    let Some(text) = call.param("depth") else { return Ok(Some(DEPTH)) };
    let depth: u32 = text.parse().map_err(|_| {
        Failure::new(format!("`depth` is `{text}`, and must be a number of commits; 0 is the whole history"))
    })?;
    Ok(Some(depth).filter(|depth| *depth > 0))
}

/// The names under which a server may show the version, if it is not of a branch.
fn names(call: &Call) -> Vec<String> {
    if let Some(tag) = call.version("tag") {
        return vec![format!("refs/tags/{tag}")];
    }
    let Some(number) = call.version("pr") else { return Vec::new() };
    ["pull", "merge-requests"].map(|kind| format!("refs/{kind}/{number}/head")).to_vec()
}

/// Makes an empty repository by hand, since each process counts. Whether there was one before, of a try that was
/// cut off: that is thrown away.
fn begin(directory: &Path, address: &Address, is_sha256: bool) -> Result<bool, Failure> {
    let trouble =
        |error| Failure::new(format!("the clone in {} cannot be begun: {error}", directory.display()));
    let inner = directory.join(".git");
    let is_again = inner.exists();
    if is_again {
        fs::remove_dir_all(&inner).map_err(trouble)?;
    }
    for part in ["objects", "refs"] {
        fs::create_dir_all(inner.join(part)).map_err(trouble)?;
    }
    fs::write(inner.join("config"), config(address, is_sha256)).map_err(trouble)?;
    fs::write(inner.join("HEAD"), "ref: refs/heads/none\n").map_err(trouble)?;
    Ok(is_again)
}

fn config(address: &Address, is_sha256: bool) -> String {
    let url = address.text().replace('\\', "\\\\").replace('"', "\\\"");
    let version = u8::from(is_sha256);
    let hash = if is_sha256 { "[extensions]\n\tobjectformat = sha256\n" } else { "" };
    format!(
        "[core]\n\trepositoryformatversion = {version}\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n{hash}\
         [remote \"origin\"]\n\turl = \"{url}\"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
    )
}

/// A clone that is being made.
pub(super) struct Clone<'a> {
    git: Git,
    pub(super) id: &'a str,
    /// How many commits it is to have; none is the whole history.
    pub(super) depth: Option<u32>,
    /// The names under which the server may show the version.
    names: Vec<String>,
}

impl Clone<'_> {
    fn fetch_from_origin(&self) -> Result<(), Failure> {
        let Some(error) = self.fetch_from("origin")? else { return Ok(()) };
        // Some servers give out nothing shallow.
        let done = self.fetch_all("origin")?;
        if !done.is_well() && !error.is_empty() {
            crate::answer::note(&error);
        }
        done.or_fail(|| Failure::new(format!("cannot fetch from `{}`", self.git.address.text()))).map(drop)
    }

    /// Fetches the version, alone if it can be. None if it is there now, else what git said.
    pub(super) fn fetch_from(&self, remote: &str) -> Result<Option<String>, Failure> {
        let Some(depth) = self.depth else {
            let done = self.fetch_all(remote)?;
            return Ok(if done.is_well() { None } else { Some(done.error()) });
        };
        let depth = format!("--depth={depth}");
        let mut error = String::new();
        for what in self.ways() {
            // A tag is kept under its name.
            let what =
                if what.starts_with("refs/tags/") { format!("+{what}:{what}") } else { what.to_owned() };
            let done = take(&self.git, &["--no-tags", &depth, remote, &what])?;
            if done.is_well() && (what == self.id || has_commit(&self.git, self.id)?) {
                return Ok(None);
            }
            error = done.error();
        }
        Ok(Some(error))
    }

    /// Fetches all branches and tags, and the version where it belongs to none.
    fn fetch_all(&self, remote: &str) -> Result<Done, Failure> {
        let all = [remote, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
        let mut done = take(&self.git, &all)?;
        for what in self.names.iter().map(String::as_str).chain([self.id]) {
            if !done.is_well() || has_commit(&self.git, self.id)? {
                break;
            }
            let more = take(&self.git, &["--no-tags", remote, what])?;
            done = if more.is_well() { more } else { done };
        }
        Ok(done)
    }

    /// What to ask for, in this order: some servers give out only what a name points at. A tag is asked for by its
    /// name first, so that the clone has it.
    pub(super) fn ways(&self) -> Vec<&str> {
        let mut ways: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let is_tag = ways.first().is_some_and(|name| name.starts_with("refs/tags/"));
        ways.insert(usize::from(is_tag), self.id);
        ways
    }

    fn checkout(&self, is_again: bool) -> Result<(), Failure> {
        let force = is_again.then_some("--force");
        let args = ["checkout", "-q", "--detach"].into_iter().chain(force).chain([self.id, "--"]);
        let gone = || {
            Failure::new(format!("the commit {} is not in `{}` any more", self.id, self.git.address.text()))
        };
        self.git.run(args)?.or_fail(gone).map(drop)
    }

    fn submodules(&self) -> Result<(), Failure> {
        let mut args = vec!["submodule", "-q", "update", "--init", "--recursive"];
        if self.depth.is_some() {
            args.extend(["--depth", "1"]);
        }
        self.git.run(args)?.or_fail(|| Failure::new("the submodules cannot be fetched")).map(drop)
    }
}

/// Fetches.
pub(super) fn take(git: &Git, args: &[&str]) -> Result<Done, Failure> {
    git.run(["fetch", "-q", "--no-recurse-submodules"].into_iter().chain(args.iter().copied()))
}

/// Whether a commit is there.
pub(super) fn has_commit(git: &Git, id: &str) -> Result<bool, Failure> {
    Ok(git.run(["cat-file", "-e", &format!("{id}^{{commit}}")])?.is_well())
}
