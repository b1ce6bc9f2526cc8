//! What pulls have fetched before, kept in the cache of the resource: the next pull fetches only what is new.

use super::program::Git;
use super::pull::{Clone, has_commit, take};
use super::store;
use crate::Failure;
use crate::answer::note;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository that is kept.
pub(super) struct Kept {
    git: Git,
    directory: PathBuf,
}

impl Kept {
    /// The one in a cache; a new one if there is none, or it is worn.
    pub(super) fn of(cache: &Path, git: Git, id: &str) -> Result<Self, Failure> {
        let directory = cache.join("pull.git");
        let trouble =
            |error| Failure::new(format!("the cache {} cannot be used: {error}", directory.display()));
        if store::is_worn(&directory) {
            fs::remove_dir_all(&directory).map_err(trouble)?;
        }
        store::make(&directory, id.len() == 64).map_err(trouble)?;
        let url = git.address.text().to_owned();
        let git = git.in_bare(&directory).with_setting("remote.origin.url", &url);
        Ok(Self { git, directory })
    }

    /// Fetches what the clone needs, and lets it have that. Whether it has; if not it can still fetch by itself.
    pub(super) fn serve(&self, clone: &Clone<'_>) -> Result<bool, Failure> {
        let error = match self.fetch(clone)? {
            None => clone.fetch_from(&self.directory.to_string_lossy())?,
            error => error,
        };
        let Some(error) = error else { return Ok(true) };
        note(&format!("{error}\ngit: the cache is of no help; it is begun anew"));
        // What remains of it is tried again by the next pull, which then says so again.
        let _ = fs::remove_dir_all(&self.directory);
        Ok(false)
    }

    /// None if all is here, else what git said.
    fn fetch(&self, clone: &Clone<'_>) -> Result<Option<String>, Failure> {
        let is_shallow = self.directory.join("shallow").exists();
        let depth = match clone.depth {
            // Everything here was fetched with its files.
            Some(1) if has_commit(&self.git, clone.id)? => return Ok(None),
            Some(depth) => Some(format!("--depth={depth}")),
            None => is_shallow.then(|| "--depth=2147483647".to_owned()),
        };
        let mut args: Vec<&str> =
            ["--no-tags"].into_iter().chain(depth.as_deref()).chain(["origin"]).collect();
        let mut error = String::new();
        if clone.depth.is_none() {
            args.extend(["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]);
            let done = take(&self.git, &args)?;
            if !done.is_well() || has_commit(&self.git, clone.id)? {
                return Ok(Some(done.error()).filter(|_| !done.is_well()));
            }
            args.truncate(args.len() - 2);
        }
        for what in clone.ways() {
            let to = if what.starts_with("refs/tags/") { what.to_owned() } else { store::at(clone.id) };
            let refspec = format!("+{what}:{to}");
            let done = take(&self.git, &args.iter().copied().chain([refspec.as_str()]).collect::<Vec<_>>())?;
            if done.is_well() && has_commit(&self.git, clone.id)? {
                return Ok(None);
            }
            error = done.error();
        }
        Ok(Some(error))
    }
}
