//! Ending all processes of an attempt, or of one command of it: TERM, grace, KILL, until none is left.

use super::handle::Handle;
use super::host;
use super::table::Seen;
use super::whose::Whose;
use super::{find, proc};
use nix::sys::signal::Signal;
use std::collections::HashSet;
use std::time::Duration;
use tokio::task;
use tokio::time::{Instant, sleep_until, timeout_at};

/// After how long it is looked again for processes that were forked meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// For how long processes are killed before those that are left are given up: one that hangs in the kernel
/// cannot be ended by anybody.
const KILLING: Duration = Duration::from_secs(10);

/// Ends all processes of an attempt or a group: first asks with TERM, after `grace` kills, and looks again until there
/// is none, since what forks meanwhile is found only then. `hurry` ends the grace early. What remains, if
/// anything can, is named.
pub(crate) async fn end_all(
    whose: impl Into<Whose>,
    grace: Duration,
    hurry: impl Future<Output = ()>,
) -> Vec<String> {
    let whose = whose.into();
    let mut hurry = std::pin::pin!(hurry);
    let patience = Instant::now() + grace;
    let mut asked = HashSet::new();
    while Instant::now() < patience {
        let living = hold(living(whose).await);
        if living.is_empty() {
            return Vec::new();
        }
        for (seen, handle) in &living {
            if asked.insert((seen.pid, seen.started)) {
                ask(handle);
            }
        }
        tokio::select! {
            () = ended(living, patience.min(Instant::now() + LOOK_AGAIN)) => {}
            () = &mut hurry => break,
        }
    }
    kill_all(whose).await
}

/// Kills all of them until there is none. What remains, if anything can, is named.
async fn kill_all(whose: Whose) -> Vec<String> {
    let given_up = Instant::now() + KILLING;
    loop {
        let living = hold(living(whose).await);
        if living.is_empty() {
            return Vec::new();
        }
        if Instant::now() >= given_up {
            return living.iter().map(|(seen, _)| proc::describe(seen.pid)).collect();
        }
        for (_, handle) in &living {
            let _ = handle.signal(Signal::SIGKILL); // what refuses it is looked at again
        }
        ended(living, Instant::now() + LOOK_AGAIN).await;
    }
}

/// Holds the processes that are still there.
fn hold(seen: Vec<Seen>) -> Vec<(Seen, Handle)> {
    seen.into_iter().filter_map(|seen| Handle::of(&seen).map(|handle| (seen, handle))).collect()
}

/// Asks a process to end; a stopped one is woken up, or it would not hear of it.
fn ask(handle: &Handle) {
    let _ = handle.signal(Signal::SIGTERM);
    let _ = handle.signal(Signal::SIGCONT);
}

/// The processes that live. Reaps its dead ones, where they are ours to reap.
async fn living(whose: Whose) -> Vec<Seen> {
    let look = move || {
        let (dead, living): (Vec<Seen>, Vec<Seen>) = find::all(whose).into_iter().partition(Seen::is_dead);
        for seen in dead {
            host::reap_orphan(seen.pid);
        }
        living
    };
    // A scan that panicked or was cut off by the end of the runtime has found nothing that could be ended.
    task::spawn_blocking(look).await.unwrap_or_default()
}

/// Waits until all have ended, or until the deadline.
async fn ended(processes: Vec<(Seen, Handle)>, deadline: Instant) {
    for (_, handle) in processes {
        let waited = match handle.watch() {
            Ok(handle) => timeout_at(deadline, handle.readable()).await.is_ok(),
            Err(_) => false, // no descriptor can be watched: look again at the deadline
        };
        if !waited {
            return sleep_until(deadline).await;
        }
    }
}
