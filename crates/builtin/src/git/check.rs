//! `check`: what versions are there?

use super::filter::Filter;
use super::history::{self, Walked};
use super::log::Commit;
use super::program::Git;
use super::refs::{Ref, Refs, is_hexadecimal};
use super::store::{Depth, Store};
use super::version::{self, Line};
use super::watch::Watch;
use super::{spaces, tags};
use crate::Failure;
use crate::answer::{Object, note};
use crate::call::Call;

/// The versions since the known one, oldest first.
///
/// # Errors
/// The repository cannot be read, or the parameters cannot be meant.
pub(crate) fn check(call: &Call) -> Result<Vec<Object>, Failure> {
    let known = call.version("ref");
    if let Some(known) = known.filter(|known| !is_hexadecimal(known)) {
        return Err(Failure::new(format!("`{known}` is no commit")));
    }
    let git = Git::of(call)?;
    let filter = Filter::of(call)?;
    match Watch::of(call)? {
        Watch::Branch(name) => branch(call, git, name, known, &filter),
        Watch::Spaces { branches, pulls } => spaces::check(call, git, &branches, pulls, &filter),
        Watch::Tags(names) => tags::check(call, git, &names, &filter),
    }
}

fn branch(
    call: &Call,
    git: Git,
    name: Option<String>,
    known: Option<&str>,
    filter: &Filter,
) -> Result<Vec<Object>, Failure> {
    let wanted = name.as_ref().map_or_else(|| "HEAD".to_owned(), |name| format!("refs/heads/{name}"));
    let refs = Refs::ask(&git, &[&wanted])?;
    let Some(id) = refs.id(&wanted) else { return nothing(&git, name.as_deref()).map(|()| Vec::new()) };
    if known == Some(id) {
        return Ok(Vec::new());
    }
    let store = Store::open(call, git, id, !filter.takes_all())?.reading_local()?;
    let head = Ref { name: &wanted, id };
    let found = match known {
        Some(known) => since(&store, head, known, filter)?,
        None => newest(&store, head, filter)?,
    };
    let line = Line::Branch(name.or_else(|| refs.default_branch().map(str::to_owned)).unwrap_or_default());
    let site = version::site(&store.git().address, call.param("provider"));
    Ok(found.iter().map(|commit| version::of(commit, &line, site.as_ref())).collect())
}

/// The newest commit that counts.
fn newest(store: &Store, head: Ref<'_>, filter: &Filter) -> Result<Vec<Commit>, Failure> {
    for depth in store.depths(if filter.takes_all() { 1 } else { 50 }) {
        store.fetch(&[(head.name, head.id)], depth)?;
        // Without filters the newest commit is enough, wherever the history is cut.
        if let Walked::Found(found) = history::newest(store, &store.place(head.id), filter)? {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// What counts since the known commit; after a rewrite of the branch, the newest.
fn since(store: &Store, head: Ref<'_>, known: &str, filter: &Filter) -> Result<Vec<Commit>, Failure> {
    let place = store.place(head.id);
    for depth in store.depths(50) {
        store.fetch(&[(head.name, head.id)], depth)?;
        match history::since(store, &place, known, filter)? {
            Walked::Found(found) => return Ok(found),
            Walked::Elsewhere if depth == Depth::Whole || store.is_whole() => break,
            Walked::Elsewhere | Walked::Cut => {}
        }
    }
    if let Some(found) = history::beside(store, &place, known, filter)? {
        return Ok(found);
    }
    match history::newest(store, &place, filter)? {
        Walked::Found(found) => Ok(found),
        Walked::Cut | Walked::Elsewhere => Ok(Vec::new()),
    }
}

/// What was asked for is not there: no commit yet, or no such branch.
fn nothing(git: &Git, branch: Option<&str>) -> Result<(), Failure> {
    let url = git.address.text();
    if let Some(branch) = branch {
        return Err(Failure::new(format!("there is no branch `{branch}` in `{url}`")));
    }
    note(&format!(
        "git: the repository `{url}` has no commit yet; if it has, its HEAD names a branch that is not there, and `branch` must say which"
    ));
    Ok(())
}
