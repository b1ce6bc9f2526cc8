//! `git-http FOLDER`: serves the git repositories below a folder over HTTP, for shell scripts. Prints its URL,
//! then serves until it is ended.

use anyhow::{Context, Result};
use pikoci_testkit::git_http::GitHttp;
use std::io::Write;
use std::path::PathBuf;

fn main() -> Result<()> {
    let folder: PathBuf = std::env::args_os().nth(1).context("usage: git-http FOLDER")?.into();
    let server = GitHttp::start(&folder)?;
    let mut output = std::io::stdout();
    writeln!(output, "{}", server.url())?;
    output.flush()?;
    server.join();
    Ok(())
}
