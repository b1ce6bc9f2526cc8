//! Whose a process is: a pure decision over what `/proc` says.

use super::whose::{AttemptKey, GroupKey, Whose};
use std::collections::{HashMap, HashSet};

/// What is seen of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Its pid.
    pub(crate) pid: i32,
    /// Its parent.
    pub(crate) parent: i32,
    /// The session it belongs to.
    pub(crate) session: i32,
    /// The letter of its state: `R`, `S`, `Z` …
    pub(crate) state: char,
    /// When it started, in clock ticks since boot. Together with the pid it names one process for ever.
    pub(crate) started: u64,
    /// The marker in its environment, if it has one that can be read.
    pub(crate) marker: Option<String>,
}

/// An attempt that may own processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The attempt.
    pub(crate) key: AttemptKey,
    /// How the marker of its processes begins; a slash and the group's number follow.
    pub(crate) marker: String,
    /// When it began, in clock ticks since boot.
    pub(crate) started: u64,
    /// When each of its groups began, by number.
    pub(crate) groups: Vec<u64>,
    /// The processes in its cgroup, if it has one.
    pub(crate) pids: HashSet<i32>,
}

/// All that may own processes, and what is known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Owners {
    /// The attempts.
    pub(crate) attempts: Vec<Owner>,
    /// The sessions of the processes that were started for them.
    pub(crate) sessions: HashMap<i32, GroupKey>,
}

/// The most generations that are climbed; also what ends the climb if `/proc` changes underneath it.
pub(super) const MOST_GENERATIONS: usize = 10_000;

/// Whose the process `pid` is, if it is anybody's. `us` is this process and `ours` its session; `look` tells
/// what is seen of a process.
///
/// It is climbed from the process to its ancestors until one gives evidence: the marker, or the session of
/// a process that we started. A process that hid both (it cleared its environment and began a session of
/// its own) is in its attempt's cgroup, where there is one. Else, if it was orphaned, it has come to us, where
/// nothing else comes; it is the attempt's that alone can have made it, and while several can have, nobody's yet. The
/// last of those finds it. In the same way it is the group's that alone can have made it, else only the attempt's.
pub(crate) fn owner(
    pid: i32,
    us: i32,
    ours: i32,
    owners: &Owners,
    look: impl Fn(i32) -> Option<Seen>,
) -> Option<Whose> {
    let by_cgroup = || owners.by_cgroup(&look(pid)?);
    let mut evidence = None;
    let mut next = pid;
    for _ in 0..MOST_GENERATIONS {
        let Some(seen) = look(next) else { break };
        if let Some(by_marker) = owners.by_marker(&seen) {
            return Some(by_marker);
        }
        evidence = evidence.or_else(|| owners.by_session(&seen));
        if seen.parent == us {
            return evidence.or_else(by_cgroup).or_else(|| owners.by_elimination(&seen, ours));
        }
        if seen.parent <= 1 {
            return by_cgroup();
        }
        next = seen.parent;
    }
    by_cgroup()
}

impl Owners {
    /// The owner that the marker names.
    fn by_marker(&self, seen: &Seen) -> Option<Whose> {
        let marker = seen.marker.as_ref()?;
        let group = |owner: &Owner| {
            let number = marker.strip_prefix(&owner.marker)?.strip_prefix('/')?.parse().ok()?;
            Some(Whose::Group(GroupKey { attempt: owner.key, number }))
        };
        self.attempts.iter().find_map(group)
    }

    /// The owner of the session. The number of a session may be used again once it is empty, so that this is
    /// only evidence for a process that descends from us and is younger than the group.
    fn by_session(&self, seen: &Seen) -> Option<Whose> {
        let group = self.sessions.get(&seen.session)?;
        let owner = self.attempts.iter().find(|owner| owner.key == group.attempt)?;
        let began = owner.groups.get(group.number as usize)?;
        (*began <= seen.started).then_some(Whose::Group(*group))
    }

    /// The attempt in whose cgroup it is.
    fn by_cgroup(&self, seen: &Seen) -> Option<Whose> {
        self.attempts.iter().find(|owner| owner.pids.contains(&seen.pid)).map(|owner| owner.maker(seen))
    }

    /// The only attempt that can have made this orphan.
    fn by_elimination(&self, seen: &Seen, ours: i32) -> Option<Whose> {
        if seen.session == ours {
            return None; // every process of a build lives in a session of its own: this is somebody else's child
        }
        let owner = only(self.attempts.iter().filter(|owner| owner.started <= seen.started))?;
        Some(owner.maker(seen))
    }
}

impl Owner {
    /// Its group, if that is the only one that can have made the process, else only itself.
    fn maker(&self, seen: &Seen) -> Whose {
        match only((0..).zip(&self.groups).filter(|(_, began)| **began <= seen.started)) {
            Some((number, _)) => Whose::Group(GroupKey { attempt: self.key, number }),
            None => Whose::Attempt(self.key),
        }
    }
}

/// The one that there is, if there is only one.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    match (all.next(), all.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: i32 = 100;

    fn seen(pid: i32, parent: i32, session: i32, marker: &str) -> Seen {
        let marker = (!marker.is_empty()).then(|| marker.to_owned());
        Seen { pid, parent, session, state: 'S', started: 50, marker }
    }

    /// An attempt with its groups, each as when it began and its session.
    fn attempt(number: u64, marker: &str, started: u64, groups: &[(u64, i32)]) -> Owners {
        let key = AttemptKey::numbered(number);
        let sessions = (0..).zip(groups).map(|(number, (_, session))| (*session, key.group(number)));
        let owner = Owner {
            key,
            marker: marker.to_owned(),
            started,
            groups: groups.iter().map(|(began, _)| *began).collect(),
            pids: HashSet::new(),
        };
        Owners { attempts: vec![owner], sessions: sessions.collect() }
    }

    fn and(one: &Owners, other: &Owners) -> Owners {
        let (mut attempts, mut sessions) = (one.attempts.clone(), one.sessions.clone());
        attempts.extend(other.attempts.clone());
        sessions.extend(&other.sessions);
        Owners { attempts, sessions }
    }

    fn owner_of(pid: i32, table: &[Seen], owners: &Owners) -> Option<Whose> {
        owner(pid, US, US, owners, |pid| table.iter().find(|seen| seen.pid == pid).cloned())
    }

    #[test]
    fn a_process_is_found_by_what_it_cannot_hide() {
        let one = attempt(1, "A/1", 10, &[(10, 201), (30, 202)]);
        let two = attempt(2, "A/2", 20, &[(20, 301)]);
        let both = and(&one, &two);
        let mut confined = both.clone();
        confined.attempts[1].pids.insert(7);
        let older = attempt(1, "A/1", 60, &[]);
        let later = attempt(1, "A/1", 10, &[(10, 201), (60, 202)]);
        let group = |attempt, number| Some(Whose::Group(AttemptKey::numbered(attempt).group(number)));
        let of = |attempt| Some(Whose::Attempt(AttemptKey::numbered(attempt)));
        /// What it is found by, the table, who may own it, who does.
        type Case<'a> = (&'a str, &'a [Seen], &'a Owners, Option<Whose>);
        let cases: &[Case<'_>] = &[
            ("its marker", &[seen(7, US, 7, "A/2/0")], &both, group(2, 0)),
            ("its marker, of the second group", &[seen(7, US, 7, "A/1/1")], &both, group(1, 1)),
            ("its marker, even below init", &[seen(7, 1, 7, "A/2/0")], &both, group(2, 0)),
            ("a marker of no attempt here", &[seen(7, 1, 7, "A/1x/0")], &both, None),
            ("a marker without a group", &[seen(7, 1, 7, "A/1")], &both, None),
            ("the marker of its parent", &[seen(7, 6, 7, ""), seen(6, US, 6, "A/1/0")], &both, group(1, 0)),
            ("its session", &[seen(7, US, 202, "")], &both, group(1, 1)),
            ("the session of its parent", &[seen(7, 6, 7, ""), seen(6, US, 301, "")], &both, group(2, 0)),
            ("a foreign marker hides nothing", &[seen(7, US, 201, "B/9/0")], &both, group(1, 0)),
            ("a session's number used by a stranger", &[seen(7, 1, 201, "")], &both, None),
            ("a session's number used again", &[seen(7, US, 202, "")], &later, group(1, 0)),
            ("hidden, two attempts possible", &[seen(7, US, 7, "")], &both, None),
            ("hidden, two groups possible", &[seen(7, US, 7, "")], &one, of(1)),
            ("hidden, one possible", &[seen(7, US, 7, "")], &two, group(2, 0)),
            ("hidden, in a cgroup", &[seen(7, US, 7, "")], &confined, group(2, 0)),
            ("hidden, in a cgroup, below init", &[seen(7, 1, 7, "")], &confined, group(2, 0)),
            ("its marker before its cgroup", &[seen(7, US, 7, "A/1/0")], &confined, group(1, 0)),
            ("hidden, of our session", &[seen(7, US, US, "")], &two, None),
            ("older than every attempt", &[seen(7, US, 7, "")], &older, None),
            ("gone", &[], &both, None),
            ("a loop in a table that changes", &[seen(7, 6, 7, ""), seen(6, 7, 7, "")], &both, None),
        ];
        for (name, table, owners, expected) in cases {
            assert_eq!(owner_of(7, table, owners), *expected, "{name}");
        }
    }

    #[test]
    fn an_attempt_includes_its_groups_and_a_group_only_itself() {
        let attempt = AttemptKey::numbered(1);
        let (first, second) = (Whose::from(attempt.group(0)), Whose::from(attempt.group(1)));
        let whole = Whose::from(attempt);
        let other = AttemptKey::numbered(2);
        assert!(!whole.includes(other.into()) && !whole.includes(other.group(0).into()));
        assert!(whole.includes(first) && whole.includes(whole) && first.includes(first));
        assert!(!first.includes(second) && !first.includes(whole));
    }
}
