//! `check` of tags: those of one major are one line of work.

use super::filter::Filter;
use super::memo::Memo;
use super::program::Git;
use super::refs::{Ref, Refs};
use super::store::{Depth, Store};
use super::tips::{Tip, tips};
use super::version::{self, Line};
use super::watch::Names;
use crate::Failure;
use crate::answer::Object;
use crate::call::Call;
use std::collections::{HashMap, HashSet};

/// A tag: its name, its major, what it points at.
struct Tag<'a> {
    name: &'a str,
    major: &'a str,
    tip: &'a Tip,
}

/// The newest tag of each major; and once a tag is known, all that were made since.
pub(super) fn check(call: &Call, git: Git, names: &Names, filter: &Filter) -> Result<Vec<Object>, Failure> {
    if !filter.takes_all() {
        return Err(Failure::new(
            "`paths` and `ignore_paths` are for branches and pull requests, not for tags",
        ));
    }
    let refs = Refs::ask(&git, &["refs/tags/*"])?;
    let memo = Memo::of(call, &[&refs.listing, &names.patterns.join("\n")]);
    if let Some(versions) = memo.recall() {
        return Ok(versions);
    }
    let wanted: Vec<(&str, Ref<'_>)> = refs.all().filter_map(|at| Some((name(at, names)?, at))).collect();
    let Some((_, first)) = wanted.first() else { return Ok(Vec::new()) };
    let store = Store::open(call, git, first.id, false)?;
    let mut seen = HashSet::new();
    let each_once: Vec<_> =
        wanted.iter().filter(|(_, at)| seen.insert(at.id)).map(|(_, at)| (at.name, at.id)).collect();
    store.fetch(&each_once, Depth::Commits(1))?;
    let tips = tips(&store)?;
    let tags =
        wanted.iter().filter_map(|(name, at)| Some(Tag { name, major: major(name), tip: tips.get(at.id)? }));
    let site = version::site(&store.git().address, call.param("provider"));
    let versions = choose(tags.collect(), call.version("tag")).into_iter().map(|tag| {
        let line = Line::Tag { name: tag.name.to_owned(), major: tag.major.to_owned() };
        version::of(&tag.tip.commit, &line, site.as_ref())
    });
    memo.keep(version::newest(versions.collect()))
}

/// The name of a tag that is wanted. What git shows of an annotated one beside it (`^{}`) is none.
fn name<'a>(at: Ref<'a>, names: &Names) -> Option<&'a str> {
    at.name.strip_prefix("refs/tags/").filter(|name| !name.ends_with("^{}") && names.has(name))
}

/// Those that are answered, oldest first.
fn choose<'a>(mut tags: Vec<Tag<'a>>, known: Option<&str>) -> Vec<Tag<'a>> {
    // Of tags that were made in one second the numbers tell which is newer.
    tags.sort_by_cached_key(|tag| (tag.tip.seconds, numbers(tag.name)));
    let since = tags.iter().find(|tag| Some(tag.name) == known).map(|tag| tag.tip.seconds);
    let newest: HashMap<&str, &str> = tags.iter().map(|tag| (tag.major, tag.name)).collect();
    tags.retain(|tag| {
        newest.get(tag.major) == Some(&tag.name) || since.is_some_and(|since| tag.tip.seconds >= since)
    });
    tags
}

/// What tags of one line of work begin with: all up to the first number and with it. Those without a number are one
/// line.
pub(super) fn major(tag: &str) -> &str {
    let Some(start) = tag.find(|c: char| c.is_ascii_digit()) else { return "" };
    let end = tag[start..].find(|c: char| !c.is_ascii_digit()).map_or(tag.len(), |length| start + length);
    &tag[..end]
}

/// The numbers of a name in their order.
fn numbers(tag: &str) -> Vec<u64> {
    tag.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::log::Commit;
    use super::*;

    #[test]
    fn tags_of_one_major_begin_alike() {
        let cases = [
            ("v1.2.3", "v1"),
            ("v10.0", "v10"),
            ("1.2", "1"),
            ("api/v2.0.0-rc.1", "api/v2"),
            ("release-2026.01", "release-2026"),
            ("nightly", ""),
            ("v3", "v3"),
            ("ünï7x", "ünï7"),
        ];
        for (tag, expected) in cases {
            assert_eq!(major(tag), expected, "{tag}");
        }
    }

    #[test]
    fn at_first_the_newest_of_each_major_later_all_that_is_newer() {
        let commit = Commit::default();
        let made: Vec<_> =
            [("v1.0", 10), ("v2.0", 20), ("v1.9", 30), ("v1.10", 30), ("v2.1", 40), ("v1.11", 40)]
                .into_iter()
                .map(|(name, seconds)| (name, Tip { commit: commit.clone(), seconds }))
                .collect();
        let cases = [
            (None, vec!["v1.11", "v2.1"]),
            (Some("v1.9"), vec!["v1.9", "v1.10", "v1.11", "v2.1"]),
            (Some("v1.11"), vec!["v1.11", "v2.1"]),
            (Some("gone"), vec!["v1.11", "v2.1"]),
        ];
        for (known, expected) in cases {
            let tags = made.iter().map(|(name, tip)| Tag { name, major: major(name), tip }).collect();
            let chosen: Vec<_> = choose(tags, known).iter().map(|tag| tag.name).collect();
            assert_eq!(chosen, expected, "{known:?}");
        }
    }
}
