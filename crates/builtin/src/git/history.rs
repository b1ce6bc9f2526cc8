//! The history of a line of work, read along first parents.

use super::filter::Filter;
use super::program::{Git, cannot_start};
use super::store::Store;
use crate::Failure;
use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader, Split};
use std::iter::Peekable;
use std::process::{Child, ChildStdout, Stdio};

/// The most versions of one answer: more are not taken at a time.
pub(super) const VERSIONS: usize = 1000;

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

/// What a walk from the newest commit back has come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Walked {
    /// These, oldest first.
    Found(Vec<Commit>),
    /// The history that is here ends before it could be told.
    Cut,
    /// The commit that it was to end at is not on the way.
    Elsewhere,
}

/// The newest commit at a place that counts, or none if none does.
pub(super) fn newest(store: &Store, place: &str, filter: &Filter) -> Result<Walked, Failure> {
    walk(store, place, None, filter)
}

/// The commits that count since the known one: at most [`VERSIONS`], the oldest.
pub(super) fn since(store: &Store, place: &str, known: &str, filter: &Filter) -> Result<Walked, Failure> {
    walk(store, place, Some(known), filter)
}

fn walk(store: &Store, place: &str, known: Option<&str>, filter: &Filter) -> Result<Walked, Failure> {
    let cuts = store.cuts();
    let mut found = VecDeque::new();
    let mut log = Log::start(store.git(), &[place], filter)?;
    while let Some((commit, paths)) = log.next()? {
        if known == Some(&commit.id) {
            return Ok(Walked::Found(found.into_iter().rev().collect()));
        }
        let is_cut = cuts.contains(&commit.id);
        // Where the history is cut nobody can tell what a commit changed.
        if is_cut && !filter.takes_all() {
            return Ok(Walked::Cut);
        }
        if filter.takes(&paths) {
            if known.is_none() {
                return Ok(Walked::Found(vec![commit]));
            }
            if found.len() == VERSIONS {
                found.pop_front();
            }
            found.push_back(commit);
        }
        if is_cut {
            return Ok(Walked::Cut);
        }
    }
    Ok(if known.is_some() { Walked::Elsewhere } else { Walked::Found(Vec::new()) })
}

/// The commits that count in `known..place`, where the known one is an ancestor, but no first parent; none if it is
/// no ancestor.
pub(super) fn beside(
    store: &Store,
    place: &str,
    known: &str,
    filter: &Filter,
) -> Result<Option<Vec<Commit>>, Failure> {
    if !store.git().run(["merge-base", "--is-ancestor", known, place])?.is_well() {
        return Ok(None);
    }
    let mut found = Vec::new();
    let mut log = Log::start(store.git(), &["--reverse", &format!("{known}..{place}")], filter)?;
    while let Some((commit, paths)) = log.next()? {
        if filter.takes(&paths) {
            found.push(commit);
        }
        if found.len() == VERSIONS {
            break;
        }
    }
    Ok(Some(found))
}

/// The commit at a place, whether it counts or not.
pub(super) fn head(git: &Git, place: &str) -> Result<Option<Commit>, Failure> {
    Ok(Log::start(git, &["--no-walk", place], &Filter::default())?.next()?.map(|(commit, _)| commit))
}

/// The paths that a pull request changes, from where it left the branch that it is to be merged into. None if the
/// history that is here does not reach back so far.
pub(super) fn changed(store: &Store, base: &str, place: &str) -> Result<Option<Vec<Vec<u8>>>, Failure> {
    let range = format!("{base}...{place}");
    let done =
        store.git().run(["diff", "-z", "--name-only", "--no-renames", "--no-ext-diff", &range, "--"])?;
    let paths = done.bytes().split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec);
    Ok(done.is_well().then(|| paths.collect()))
}

/// What `git log` prints, commit by commit; it is ended when this is dropped.
struct Log {
    child: Child,
    tokens: Peekable<Split<BufReader<ChildStdout>>>,
    mark: String,
}

impl Log {
    fn start(git: &Git, what: &[&str], filter: &Filter) -> Result<Self, Failure> {
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

    fn next(&mut self) -> Result<Option<(Commit, Vec<Vec<u8>>)>, Failure> {
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
        let mut paths = Vec::new();
        let mark = self.mark.as_bytes();
        while let Some(Ok(token)) =
            self.tokens.next_if(|token| token.as_ref().is_ok_and(|token| token != mark))
        {
            paths.push(token);
        }
        // An empty token and a line feed stand between a commit and its paths.
        if paths.first().is_some_and(Vec::is_empty) {
            paths.remove(0);
        }
        if let Some(first) = paths.first_mut()
            && first.first() == Some(&b'\n')
        {
            first.remove(0);
        }
        Ok(Some((Commit { id, time, seconds: seconds.parse().unwrap_or(0), author, message }, paths)))
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
