//! Whose a process is: a pure decision over what `/proc` says.

use super::host::AttemptKey;

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
    /// The marker that its processes carry.
    pub(crate) marker: String,
    /// When it began, in clock ticks since boot.
    pub(crate) started: u64,
    /// The sessions of the processes that were started for it.
    pub(crate) sessions: Vec<i32>,
}

/// The most generations that are climbed; also what ends the climb if `/proc` changes underneath it.
pub(super) const MOST_GENERATIONS: usize = 10_000;

/// Whose the process `pid` is, if it is anybody's. `us` is this process and `ours` its session; `look` tells
/// what is seen of a process.
///
/// It is climbed from the process to its ancestors until one gives evidence: the marker, or the session of
/// a process that we started. A process that hid both (it cleared its environment and began a session of
/// its own) and was orphaned has come to us, where nothing else comes; it is the attempt's that alone can
/// have made it, and while several can have, nobody's yet. The last of those finds it.
pub(crate) fn owner(
    pid: i32,
    us: i32,
    ours: i32,
    owners: &[Owner],
    look: impl Fn(i32) -> Option<Seen>,
) -> Option<AttemptKey> {
    let mut evidence = None;
    let mut next = pid;
    for _ in 0..MOST_GENERATIONS {
        let seen = look(next)?;
        if let Some(by_marker) = owners.iter().find(|owner| seen.marker.as_ref() == Some(&owner.marker)) {
            return Some(by_marker.key);
        }
        evidence = evidence.or_else(|| by_session(&seen, owners));
        if seen.parent == us {
            return evidence.or_else(|| by_elimination(&seen, ours, owners));
        }
        if seen.parent <= 1 {
            return None;
        }
        next = seen.parent;
    }
    None
}

/// The owner of the session. The number of a session may be used again once it is empty, so that this is
/// only evidence for a process that descends from us and is younger than the attempt.
fn by_session(seen: &Seen, owners: &[Owner]) -> Option<AttemptKey> {
    let owns = |owner: &&Owner| owner.started <= seen.started && owner.sessions.contains(&seen.session);
    owners.iter().find(owns).map(|owner| owner.key)
}

/// The only attempt that can have made this orphan.
fn by_elimination(seen: &Seen, ours: i32, owners: &[Owner]) -> Option<AttemptKey> {
    if seen.session == ours {
        return None; // every process of a build lives in a session of its own: this is somebody else's child
    }
    let mut possible = owners.iter().filter(|owner| owner.started <= seen.started);
    match (possible.next(), possible.next()) {
        (Some(only), None) => Some(only.key),
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

    fn attempt(number: u64, marker: &str, started: u64, sessions: &[i32]) -> Owner {
        Owner {
            key: AttemptKey::numbered(number),
            marker: marker.to_owned(),
            started,
            sessions: sessions.to_vec(),
        }
    }

    fn owner_of(pid: i32, table: &[Seen], owners: &[Owner]) -> Option<u64> {
        let look = |pid| table.iter().find(|seen| seen.pid == pid).cloned();
        let key = owner(pid, US, US, owners, look)?;
        owners.iter().position(|owner| owner.key == key).map(|index| index as u64 + 1)
    }

    #[test]
    fn a_process_is_found_by_what_it_cannot_hide() {
        let one = attempt(1, "A/1", 10, &[201]);
        let two = attempt(2, "A/2", 20, &[301]);
        let both = [one.clone(), two.clone()];
        /// What it is found by, the table, who may own it, who does.
        type Case<'a> = (&'a str, &'a [Seen], &'a [Owner], Option<u64>);
        let cases: &[Case<'_>] = &[
            ("its marker", &[seen(7, US, 7, "A/2")], &both, Some(2)),
            ("its marker, even below init", &[seen(7, 1, 7, "A/2")], &both, Some(2)),
            ("the marker of its parent", &[seen(7, 6, 7, ""), seen(6, US, 6, "A/1")], &both, Some(1)),
            ("its session", &[seen(7, US, 201, "")], &both, Some(1)),
            ("the session of its parent", &[seen(7, 6, 7, ""), seen(6, US, 301, "")], &both, Some(2)),
            ("a foreign marker hides nothing", &[seen(7, US, 201, "B/9")], &both, Some(1)),
            ("a session's number used by a stranger", &[seen(7, 1, 201, "")], &both, None),
            ("hidden, two possible", &[seen(7, US, 7, "")], &both, None),
            ("hidden, one possible", &[seen(7, US, 7, "")], std::slice::from_ref(&two), Some(1)),
            ("hidden, of our session", &[seen(7, US, US, "")], std::slice::from_ref(&two), None),
            ("older than every attempt", &[seen(7, US, 7, "")], &[attempt(1, "A/1", 60, &[])], None),
            ("gone", &[], &both, None),
            ("a loop in a table that changes", &[seen(7, 6, 7, ""), seen(6, 7, 7, "")], &both, None),
        ];
        for (name, table, owners, expected) in cases {
            assert_eq!(owner_of(7, table, owners), *expected, "{name}");
        }
    }
}
