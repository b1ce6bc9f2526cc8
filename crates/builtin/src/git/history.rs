//! The history of a line of work, read along first parents.

use super::filter::Filter;
use super::log::{Commit, Entry, Log};
use super::program::Git;
use super::store::Store;
use crate::Failure;
use std::collections::VecDeque;

/// The most versions of one answer: more are not taken at a time.
pub(super) const VERSIONS: usize = 1000;

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
    while let Some(Entry { commit, paths }) = log.next()? {
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
    while let Some(Entry { commit, paths }) = log.next()? {
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
    Ok(Log::start(git, &["--no-walk", place], &Filter::default())?.next()?.map(|entry| entry.commit))
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
