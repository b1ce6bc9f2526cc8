//! Git repositories for tests, apart from the configuration of who runs them.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The branch that everything happens on unless a test says otherwise.
pub const BRANCH: &str = "main";

/// A `git` command that reads no configuration of the user or of the host, and commits under a fixed name.
pub fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com");
    command
}

/// A repository with a work tree in a temporary folder, which goes with it.
#[derive(Debug)]
pub struct Repository {
    folder: TempDir,
}

impl Repository {
    /// An empty one, on [`BRANCH`].
    pub fn new() -> Result<Self> {
        let repository =
            Self { folder: tempfile::tempdir().context("no temporary folder for a repository")? };
        repository.git(&["init", "--quiet", "--initial-branch", BRANCH])?;
        Ok(repository)
    }

    /// Its work tree.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs git in it, and returns what it printed, without the last newline; an error with what it said if it
    /// fails.
    pub fn git(&self, arguments: &[&str]) -> Result<String> {
        run(git(self.path()).args(arguments))
    }

    /// Writes a file (its folders too) and commits it; returns the commit's id.
    pub fn commit(&self, file: &str, text: &str) -> Result<String> {
        let path = self.path().join(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", &format!("Write {file}")])?;
        self.git(&["rev-parse", "HEAD"])
    }

    /// Pushes the branch it is on.
    pub fn push(&self, url: &str) -> Result<()> {
        self.git(&["push", "--quiet", url, "HEAD"]).map(drop)
    }
}

/// Makes a bare repository that is empty and has [`BRANCH`] as its default, to be pushed to.
pub fn bare(path: impl Into<PathBuf>) -> Result<PathBuf> {
    let path = path.into();
    fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
    run(git(&path).args(["init", "--quiet", "--bare", "--initial-branch", BRANCH]))?;
    Ok(path)
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output().context("cannot start git")?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
