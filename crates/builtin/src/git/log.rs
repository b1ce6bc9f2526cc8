//! What `git log` prints.

use super::filter::Filter;
use super::program::{Git, cannot_start};
use crate::Failure;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader, Split};
use std::iter::Peekable;
use std::process::{Child, ChildStdout, Stdio};

/// The most characters of a commit's first line that are kept.
pub(super) const MESSAGE_CHARS: usize = 1000;

/// A commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) id: String,
    /// When it was committed, as ISO 8601 has it.
    pub(super) time: String,
    /// The same in seconds since 1970.
    pub(super) seconds: i64,
    pub(super) author: String,
    /// The first line of its message.
    pub(super) message: String,
}

/// A commit, and the paths that it changes, where anybody wants to know.
pub(super) struct Entry {
    pub(super) commit: Commit,
    pub(super) paths: Vec<Vec<u8>>,
}

/// What `git log` prints, commit by commit; it is ended when this is dropped.
pub(super) struct Log {
    child: Child,
    tokens: Peekable<Split<BufReader<ChildStdout>>>,
    mark: String,
}

impl Log {
    pub(super) fn start(git: &Git, what: &[&str], filter: &Filter) -> Result<Self, Failure> {
        // What begins a commit among the paths: no path can be made to look like it.
        let mark = format!("{:016x}", RandomState::new().hash_one(what));
        let mut args = vec!["log", "--first-parent", "-z", "--no-show-signature", "--encoding=UTF-8"];
        if !filter.takes_all() {
            args.extend(["-m", "--name-only", "--no-renames"]);
        }
        let format = format!("--format=tformat:{mark}%x00%H%x00%cI%x00%ct%x00%an%x00%s");
        let args = args.into_iter().chain([format.as_str()]).chain(what.iter().copied()).chain(["--"]);
        let mut command = git.command(args);
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(&error))?;
        let Some(output) = child.stdout.take() else { return Err(Failure::new("git log has no output")) };
        Ok(Self { child, tokens: BufReader::new(output).split(0).peekable(), mark })
    }

    pub(super) fn next(&mut self) -> Result<Option<Entry>, Failure> {
        let Some(mark) = self.tokens.next() else { return self.ended().map(|()| None) };
        let field = |bytes: Option<std::io::Result<Vec<u8>>>| match bytes {
            Some(Ok(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            _ => Err(unreadable()),
        };
        if field(Some(mark))? != self.mark {
            return Err(unreadable());
        }
        let mut next = || field(self.tokens.next());
        let (id, time, seconds, author) = (next()?, next()?, next()?, next()?);
        let message = next()?.chars().take(MESSAGE_CHARS).collect();
        let seconds = seconds.parse().unwrap_or_default();
        Ok(Some(Entry { commit: Commit { id, time, seconds, author, message }, paths: self.paths() }))
    }

    /// The tokens before the next commit. An empty one and a line feed stand before the first path.
    fn paths(&mut self) -> Vec<Vec<u8>> {
        let mut paths = Vec::new();
        let mark = self.mark.as_bytes();
        while let Some(Ok(token)) =
            self.tokens.next_if(|token| token.as_ref().is_ok_and(|token| token != mark))
        {
            paths.push(token);
        }
        if paths.first().is_some_and(Vec::is_empty) {
            paths.remove(0);
        }
        if let Some(first) = paths.first_mut()
            && first.first() == Some(&b'\n')
        {
            first.remove(0);
        }
        paths
    }

    fn ended(&mut self) -> Result<(), Failure> {
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(unreadable()),
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unreadable() -> Failure {
    Failure::new("the history that was fetched cannot be read")
}
