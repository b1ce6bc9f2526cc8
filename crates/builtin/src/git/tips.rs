//! What is at the names that were fetched: one git for all of them.

use super::log::{Commit, MESSAGE_CHARS};
use super::store::Store;
use crate::Failure;
use std::collections::HashMap;

/// The fields of a name: those of a commit, then those of the commit that a tag is of, then when it was made.
const FORMAT: &str = "--format=%(refname)%00%(objecttype)%00%(objectname)%00%(committerdate:iso-strict)%00%(committerdate:unix)\
    %00%(authorname)%00%(subject)%00%(*objecttype)%00%(*objectname)%00%(*committerdate:iso-strict)\
    %00%(*committerdate:unix)%00%(*authorname)%00%(*subject)%00%(creatordate:unix)";

/// A commit, and when it, or the tag that names it, was made.
#[derive(Debug, Clone)]
pub(super) struct Tip {
    pub(super) commit: Commit,
    /// Seconds since 1970.
    pub(super) seconds: i64,
}

/// The tips by the ids they were fetched for. What is no commit is left out.
pub(super) fn tips(store: &Store) -> Result<HashMap<String, Tip>, Failure> {
    let done = store.git().run(["for-each-ref", FORMAT, "refs/at"])?;
    let done = done.or_fail(|| Failure::new("what was fetched cannot be read"))?;
    let text = done.text();
    let lines = text.lines().filter_map(|line| tip(&line.split('\0').collect::<Vec<_>>()));
    Ok(lines.map(|(id, tip)| (id.to_owned(), tip)).collect())
}

fn tip<'a>(fields: &[&'a str]) -> Option<(&'a str, Tip)> {
    let [name, own @ .., seconds] = fields else { return None };
    let (own, tagged) = own.split_at_checked(6)?;
    let fields = if own[0] == "tag" { tagged } else { own };
    let ["commit", id, time, committed, author, message] = fields else { return None };
    let commit = Commit {
        id: (*id).to_owned(),
        time: (*time).to_owned(),
        seconds: committed.parse().ok()?,
        author: (*author).to_owned(),
        message: message.chars().take(MESSAGE_CHARS).collect(),
    };
    Some((name.strip_prefix("refs/at/")?, Tip { commit, seconds: seconds.parse().ok()? }))
}
