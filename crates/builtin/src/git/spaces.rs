//! `check` of branches and pull requests, each of which is a space: what is current in each.

use super::filter::Filter;
use super::forge::{Forge, Pull};
use super::history::{self, Walked};
use super::log::Commit;
use super::memo::Memo;
use super::program::Git;
use super::refs::{Ref, Refs};
use super::store::{Depth, Store};
use super::tips::tips;
use super::version::{self, Line};
use super::watch::Names;
use crate::Failure;
use crate::answer::{Object, note};
use crate::call::Call;
use std::collections::{HashMap, HashSet};

/// How servers name the head of a pull request, and what shows that one is open: GitHub and Gitea, GitLab.
const PULLS: [&str; 2] = ["refs/pull/", "refs/merge-requests/"];

/// A branch or a pull request, and where it is.
struct Head<'a> {
    at: Ref<'a>,
    line: Line,
    /// The branch that a pull request is to be merged into.
    base: Option<String>,
}

/// What is current in each space, oldest first.
pub(super) fn check(
    call: &Call,
    git: Git,
    branches: &Names,
    pulls: bool,
    filter: &Filter,
) -> Result<Vec<Object>, Failure> {
    let mut patterns = vec!["HEAD"];
    if !branches.patterns.is_empty() || !filter.takes_all() {
        patterns.push("refs/heads/*");
    }
    if pulls {
        patterns.extend(["refs/pull/*", "refs/merge-requests/*"]);
    }
    let refs = Refs::ask(&git, &patterns)?;
    let memo = Memo::of(call, &[&refs.listing, &filter.text, &branches.patterns.join("\n")]);
    if let Some(versions) = memo.recall() {
        return Ok(versions);
    }
    let mut heads: Vec<Head<'_>> = branch_heads(&refs, branches).collect();
    if pulls {
        heads.extend(pull_heads(&refs, Forge::of(call, &git.address)?.as_ref())?);
    }
    let Some(first) = heads.first() else { return Ok(Vec::new()) };
    let store = Store::open(call, git, first.at.id, !filter.takes_all())?;
    let mut found =
        if filter.takes_all() { at_heads(&store, &heads)? } else { filtered(&store, &refs, &heads, filter)? };
    found.sort_by_key(|(commit, _)| commit.seconds);
    let site = version::site(&store.git().address, call.param("provider"));
    let versions = found.iter().map(|(commit, line)| version::of(commit, line, site.as_ref())).collect();
    memo.keep(version::newest(versions))
}

fn branch_heads<'a>(refs: &'a Refs, branches: &Names) -> impl Iterator<Item = Head<'a>> {
    refs.all().filter_map(|at| {
        let name = at.name.strip_prefix("refs/heads/").filter(|name| branches.has(name))?;
        Some(Head { at, line: Line::OneBranch(name.to_owned()), base: None })
    })
}

/// The heads of the open pull requests. Without a forge to ask, those are open for which the server shows what a
/// merge would make, if it shows that of any; and none can be trusted.
fn pull_heads<'a>(refs: &'a Refs, forge: Option<&Forge>) -> Result<Vec<Head<'a>>, Failure> {
    let numbered = |end: &'static str| {
        refs.all().filter_map(move |at| {
            let rest = PULLS.iter().find_map(|prefix| at.name.strip_prefix(prefix))?;
            let number: u64 = rest.strip_suffix(end)?.parse().ok()?;
            Some((number, at))
        })
    };
    let open = forge.map(Forge::open).transpose()?;
    let merges: HashSet<u64> = numbered("/merge").map(|(number, _)| number).collect();
    let unknown = Pull { is_untrusted: true, base: None, about: Object::new() };
    let mut heads = Vec::new();
    for (number, at) in numbered("/head") {
        let pull = match &open {
            Some(open) => open.get(&number),
            None => Some(&unknown).filter(|_| merges.is_empty() || merges.contains(&number)),
        };
        let Some(Pull { is_untrusted, base, about }) = pull.cloned() else { continue };
        heads.push(Head { at, line: Line::Pull { number, is_untrusted, about }, base });
    }
    if open.is_none() && !heads.is_empty() {
        note(
            "git: no forge was asked: pull requests count as untrusted, and closed ones may be among them (see `provider` and `token`)",
        );
    }
    Ok(heads)
}

/// Fetches the newest commit of each, and nothing else.
fn at_heads(store: &Store, heads: &[Head<'_>]) -> Result<Vec<(Commit, Line)>, Failure> {
    store.fetch(&names(heads), Depth::Commits(1))?;
    let tips = tips(store)?;
    Ok(heads
        .iter()
        .filter_map(|head| Some((tips.get(head.at.id)?.commit.clone(), head.line.clone())))
        .collect())
}

/// Each object is fetched once, however many names it has.
fn names<'a>(heads: &[Head<'a>]) -> Vec<(&'a str, &'a str)> {
    let mut seen = HashSet::new();
    heads.iter().filter(|head| seen.insert(head.at.id)).map(|head| (head.at.name, head.at.id)).collect()
}

/// The newest commit of each branch that counts, and each pull request whose change counts.
fn filtered(
    store: &Store,
    refs: &Refs,
    heads: &[Head<'_>],
    filter: &Filter,
) -> Result<Vec<(Commit, Line)>, Failure> {
    let bases = bases(refs, heads);
    let mut wanted = names(heads);
    let known: HashSet<&str> = wanted.iter().map(|(_, id)| *id).collect();
    let mut more: HashMap<&str, &str> = bases.values().map(|base| (base.id, base.name)).collect();
    more.retain(|id, _| !known.contains(id));
    wanted.extend(more.into_iter().map(|(id, name)| (name, id)));
    let mut open: Vec<&Head<'_>> = heads.iter().collect();
    let mut found = Vec::new();
    for depth in store.depths(50) {
        if open.is_empty() {
            break;
        }
        store.fetch(&wanted, depth)?;
        let mut left = Vec::new();
        for head in open {
            match judge(store, head, &bases, filter)? {
                Judged::Counts(commit) => found.push((commit, head.line.clone())),
                Judged::Not => {}
                Judged::Cut => left.push(head),
            }
        }
        open = left;
    }
    Ok(found)
}

/// Whether something changed that counts.
enum Judged {
    Counts(Commit),
    Not,
    Cut,
}

fn judge(
    store: &Store,
    head: &Head<'_>,
    bases: &HashMap<String, Ref<'_>>,
    filter: &Filter,
) -> Result<Judged, Failure> {
    let place = store.place(head.at.id);
    let Line::Pull { .. } = head.line else {
        return Ok(match history::newest(store, &place, filter)? {
            Walked::Found(mut found) => found.pop().map_or(Judged::Not, Judged::Counts),
            Walked::Cut | Walked::Elsewhere => Judged::Cut,
        });
    };
    // Where there is nothing to compare with, all of it counts.
    if let Some(base) = bases.get(head.base.as_deref().unwrap_or_default()) {
        match history::changed(store, &store.place(base.id), &place)? {
            Some(paths) if !filter.takes(&paths) => return Ok(Judged::Not),
            None if !store.is_whole() => return Ok(Judged::Cut),
            Some(_) | None => {}
        }
    }
    Ok(history::head(store.git(), &place)?.map_or(Judged::Not, Judged::Counts))
}

/// The branches that pull requests are compared with, by name; that of one without a name is HEAD.
fn bases<'a>(refs: &'a Refs, heads: &[Head<'_>]) -> HashMap<String, Ref<'a>> {
    let of = |head: &Head<'_>| {
        let Line::Pull { .. } = head.line else { return None };
        let name = head.base.as_ref().map_or_else(|| "HEAD".to_owned(), |base| format!("refs/heads/{base}"));
        let at = refs.all().find(|at| at.name == name)?;
        Some((head.base.clone().unwrap_or_default(), at))
    };
    heads.iter().filter_map(of).collect()
}
