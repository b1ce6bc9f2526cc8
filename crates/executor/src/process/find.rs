//! Finding what belongs to an attempt, or to one command of it.

use super::host::{self, Running};
use super::proc;
use super::table::{self, Seen};
use super::whose::Whose;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, getsid};
use std::collections::HashMap;
use std::time::Duration;

/// How many pids may have been given since an attempt's first process for each of them to be looked at.
/// Beyond that, reading the whole of `/proc` is cheaper.
const MOST_PIDS: i32 = 256;

/// How long an attempt may have run for the pids to be trusted to lie in order: in this time nobody can
/// go once round the 32,768 pids that the smallest table has.
const MOST_TIME: Duration = Duration::from_millis(100);

/// Whether the attempt, whose own processes are reaped, may have left others behind. `false` is certain.
///
/// After a short build without any this costs two or three system calls, however much runs beside it: what
/// an attempt left is a child of ours by now or descends from one, and it got its pid after the attempt's
/// first process got its own.
pub(crate) fn may_have_left(attempt: &Running) -> bool {
    let Some(first) = attempt.first_pid() else { return false };
    if host::is_childless() {
        return false;
    }
    match pids_since(first, attempt.age()) {
        Some(pids) => pids.into_iter().any(|pid| belongs_to(pid, attempt.key().into())),
        None => true,
    }
}

/// The processes that exist and got their pid after `first` did, but for those we started; `None` if that
/// cannot be told cheaply.
fn pids_since(first: i32, age: Duration) -> Option<Vec<i32>> {
    let last = proc::last_pid()?;
    if age > MOST_TIME || last < first || last - first > MOST_PIDS {
        return None;
    }
    Some((first + 1..=last).filter(|pid| exists(*pid) && !host::is_child(*pid)).collect())
}

fn exists(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

fn belongs_to(pid: i32, whose: Whose) -> bool {
    let us = us();
    let parent = |pid: &i32| proc::glance(*pid).map(|seen| seen.parent);
    let ancestors =
        std::iter::successors(Some(pid), parent).take_while(|pid| *pid > 1).take(table::MOST_GENERATIONS);
    // Most are of other programs: their markers need not be read.
    ancestors.skip(1).any(|ancestor| ancestor == us)
        && table::owner(pid, us, our_session(), &host::owners(), proc::look)
            .is_some_and(|owner| whose.includes(owner))
}

/// All processes of the attempt or the group, dead ones that wait to be reaped too, parents before their
/// children: a shell that is signalled first does not go on to its next command when that one's process ends.
/// Reads the whole of `/proc`: for a thread that may block.
pub(crate) fn all(whose: Whose) -> Vec<Seen> {
    let table: HashMap<i32, Seen> =
        proc::pids().into_iter().filter_map(|pid| Some((pid, proc::look(pid)?))).collect();
    let owners = host::owners();
    let is_wanted = |seen: &&Seen| {
        let look = |pid| table.get(&pid).cloned();
        let owner = table::owner(seen.pid, us(), our_session(), &owners, look);
        owner.is_some_and(|owner| whose.includes(owner))
    };
    let mut found: Vec<Seen> = table.values().filter(is_wanted).cloned().collect();
    found.sort_by_key(|seen| (seen.started, seen.pid));
    found
}

fn us() -> i32 {
    std::process::id() as i32
}

fn our_session() -> i32 {
    getsid(None).map_or(0, Pid::as_raw)
}
