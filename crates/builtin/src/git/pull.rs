//! `pull`: a clone at exactly one version.

use super::address::Address;
use super::program::Git;
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
    if !is_hexadecimal(id) {
        return Err(Failure::new(format!("`{id}` is no commit")));
    }
    let depth = depth(call)?;
    let directory = directory(call, &git.address)?;
    let is_again = begin(&directory, &git.address, id.len() == 64)?;
    let clone = Clone { git: git.in_tree(&directory), id, depth, names: names(call) };
    clone.fetch()?;
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

struct Clone<'a> {
    git: Git,
    id: &'a str,
    /// None is all of the history.
    depth: Option<u32>,
    /// The names under which the server may show it.
    names: Vec<String>,
}

impl Clone<'_> {
    /// Fetches the commit: alone if it can be.
    fn fetch(&self) -> Result<(), Failure> {
        let mut error = String::new();
        if let Some(depth) = self.depth {
            let depth = format!("--depth={depth}");
            // Some servers give out only what a name points at,
            for what in self.ways() {
                let done = self.take(&["--no-tags", &depth, "origin", &mapped(what)])?;
                if done.is_well() && (what == self.id || self.has_commit()?) {
                    return Ok(());
                }
                error = done.error();
            }
        }
        // and some nothing shallow.
        let done = self.take(&["origin"])?;
        if !done.is_well() && !error.is_empty() {
            crate::answer::note(&error);
        }
        done.or_fail(|| Failure::new(format!("cannot fetch from `{}`", self.git.address.text())))?;
        for name in &self.names {
            if self.has_commit()? {
                break;
            }
            self.take(&["origin", &mapped(name)])?;
        }
        Ok(())
    }

    /// What to ask for, in this order. A tag is asked for by its name, so that the clone has it.
    fn ways(&self) -> Vec<&str> {
        let mut ways: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let is_tag = ways.first().is_some_and(|name| name.starts_with("refs/tags/"));
        ways.insert(usize::from(is_tag), self.id);
        ways
    }

    fn take(&self, args: &[&str]) -> Result<super::program::Done, Failure> {
        self.git.run(["fetch", "-q", "--no-recurse-submodules"].into_iter().chain(args.iter().copied()))
    }

    fn has_commit(&self) -> Result<bool, Failure> {
        Ok(self.git.run(["cat-file", "-e", &format!("{}^{{commit}}", self.id)])?.is_well())
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

/// A tag is kept under its name.
fn mapped(what: &str) -> String {
    if what.starts_with("refs/tags/") { format!("+{what}:{what}") } else { what.to_owned() }
}
