//! The built-in resource type `git`: its commands, run with the real `git` as an executor would.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic")]

mod access;
mod branch;
mod command;
#[path = "../fake/mod.rs"]
mod fake;
mod hostile;
mod locked;
mod pull;
mod push;
mod repository;
mod spaces;
mod tags;

use pikoci_testkit::git_http::GitHttp;
use std::path::{Path, PathBuf};

/// An empty bare repository, served over HTTP.
pub(crate) struct Served {
    /// Its address.
    pub(crate) url: String,
    /// What stands before its path.
    pub(crate) server_url: String,
    /// Where it is.
    pub(crate) path: PathBuf,
    _server: GitHttp,
    _root: tempfile::TempDir,
}

/// Serves one under that path.
pub(crate) fn served(path: &str) -> Served {
    let root = tempfile::tempdir().unwrap();
    let server = GitHttp::start(root.path()).unwrap();
    let server_url = server.url();
    let url = format!("{server_url}/{path}");
    let path = pikoci_testkit::repository::bare(root.path().join(path)).unwrap();
    Served { url, server_url, path, _server: server, _root: root }
}

/// All files below a directory, as texts.
pub(crate) fn files_below(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files_below(&path)),
            false => {
                let content = std::fs::read(&path).unwrap_or_default();
                found.push((path, String::from_utf8_lossy(&content).into_owned()));
            }
        }
    }
    found
}
