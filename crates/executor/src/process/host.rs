//! What this whole process knows of its children: which attempts are running, which processes it started
//! for them, and which it may reap.
//!
//! The kernel gives orphans to the nearest ancestor that asked for them, so this process asks (it is their
//! *subreaper*): everything that descends from a build stays below us, however often it forked, and can be
//! found, ended and reaped.

use super::cgroup::Cgroup;
use super::table::{Owner, Owners, Seen};
use super::whose::{AttemptKey, GroupKey};
use crate::environment::MARKER;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{Pid, getsid};
use std::collections::{HashMap, HashSet};
use std::ffi::CString;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// An attempt that runs, as long as this lives.
#[derive(Debug)]
pub(crate) struct Running {
    key: AttemptKey,
    began: Instant,
}

/// The group of one command: what its process, and all that descends from it, is known by.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    key: GroupKey,
    /// `PIKOCI_ATTEMPT=…`.
    marker: CString,
    cgroup: Option<Arc<Cgroup>>,
}

impl Running {
    /// Begins an attempt whose processes carry `marker` (`PIKOCI_ATTEMPT=…`) and their group's number.
    pub(crate) fn begin(marker: String) -> Self {
        Self::begin_in(None, marker)
    }

    /// The same, with processes that live in a cgroup, which no other attempt's do.
    pub(crate) fn begin_in(cgroup: Option<Arc<Cgroup>>, marker: String) -> Self {
        let mut state = host().state();
        state.last_key += 1;
        let key = AttemptKey(state.last_key);
        let started = now_ticks();
        state.attempts.insert(key, Attempt { marker, started, groups: Vec::new(), first_pid: None, cgroup });
        Self { key, began: Instant::now() }
    }

    /// A new group, for one command.
    pub(crate) fn group(&self) -> Group {
        let mut state = host().state();
        let (mut number, mut marker, mut cgroup) = (0, String::new(), None);
        // It is there as long as `self` is.
        if let Some(attempt) = state.attempts.get_mut(&self.key) {
            number = u32::try_from(attempt.groups.len()).unwrap_or(u32::MAX);
            marker = format!("{MARKER}={}/{number}", attempt.marker);
            attempt.groups.push(now_ticks());
            cgroup.clone_from(&attempt.cgroup);
        }
        // No id that we make has a NUL byte in it.
        let marker = CString::new(marker).unwrap_or_default();
        Group { key: GroupKey { attempt: self.key, number }, marker, cgroup }
    }

    /// The attempt.
    pub(crate) fn key(&self) -> AttemptKey {
        self.key
    }

    /// For how long it has been running.
    pub(crate) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// The pid of its first process, if it has started one. Whatever else descends from the attempt was
    /// made later.
    pub(crate) fn first_pid(&self) -> Option<i32> {
        host().state().attempts.get(&self.key)?.first_pid
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = host().state();
        state.attempts.remove(&self.key);
        state.sessions.retain(|_, group| group.attempt != self.key);
    }
}

impl Group {
    /// The group.
    pub(crate) fn key(&self) -> GroupKey {
        self.key
    }

    /// `PIKOCI_ATTEMPT=…`: what its processes have in their environment.
    pub(super) fn marker(&self) -> &CString {
        &self.marker
    }

    /// Where its processes are to live.
    pub(super) fn cgroup(&self) -> Option<&Cgroup> {
        self.cgroup.as_deref()
    }
}

/// What is known of an attempt that runs.
#[derive(Debug)]
struct Attempt {
    marker: String,
    /// When it began, in clock ticks since boot, as in `/proc/PID/stat`.
    started: u64,
    /// When each of its groups began.
    groups: Vec<u64>,
    first_pid: Option<i32>,
    cgroup: Option<Arc<Cgroup>>,
}

#[derive(Debug, Default)]
struct State {
    last_key: u64,
    attempts: HashMap<AttemptKey, Attempt>,
    /// The pids of the processes that were started for an attempt; each leads the session of that number.
    sessions: HashMap<i32, GroupKey>,
    /// The processes that we started and have not reaped.
    children: HashSet<i32>,
}

struct Host {
    /// Held shared while a process is started and not yet in `children`; who holds it alone sees no
    /// half-started child.
    starting: RwLock<()>,
    state: Mutex<State>,
}

impl Host {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one host of this process. Becoming the subreaper, and keeping inherited descriptors from our
/// children, happens when it is first asked for.
fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        become_subreaper();
        close_inherited_on_exec();
        Host { starting: RwLock::new(()), state: Mutex::default() }
    })
}

/// Since Linux 3.4; see prctl(2). It cannot fail on a kernel that has pidfds, which are needed anyway.
fn become_subreaper() {
    let on: libc::c_ulong = 1;
    let unused: libc::c_ulong = 0;
    // SAFETY: PR_SET_CHILD_SUBREAPER takes plain numbers and touches no memory of ours.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, on, unused, unused, unused) };
}

/// Descriptors that whoever started us left open (a lock, a job server) are not handed on. Ours are opened
/// close-on-exec. Since Linux 5.11; on older kernels nothing changes.
fn close_inherited_on_exec() {
    let (first, last): (libc::c_uint, libc::c_uint) = (3, libc::c_uint::MAX);
    // SAFETY: with CLOSE_RANGE_CLOEXEC the call closes nothing now, it only sets the close-on-exec flag of
    // descriptors; its arguments are plain numbers.
    unsafe { libc::syscall(libc::SYS_close_range, first, last, libc::CLOSE_RANGE_CLOEXEC) };
}

/// Starts a process by `start` and enters it as a child of the group.
pub(super) fn spawning(group: GroupKey, start: impl FnOnce() -> Result<i32, Errno>) -> Result<i32, Errno> {
    let host = host();
    let _starting = host.starting.read().unwrap_or_else(PoisonError::into_inner);
    let pid = start()?;
    let mut state = host.state();
    state.children.insert(pid);
    if let Some(attempt) = state.attempts.get_mut(&group.attempt) {
        attempt.first_pid.get_or_insert(pid);
        state.sessions.insert(pid, group);
    }
    Ok(pid)
}

/// Reaps a child of ours if it has ended; `None` while it has not.
pub(super) fn reap(pid: i32) -> Result<Option<WaitStatus>, Errno> {
    let mut state = host().state();
    let status = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG))?;
    if status == WaitStatus::StillAlive {
        return Ok(None);
    }
    state.children.remove(&pid);
    Ok(Some(status))
}

/// Kills a child of ours with its process group, and waits until it is gone.
pub(super) fn kill_and_reap(pid: i32) {
    // The group is still ours: its leader is not reaped yet. ESRCH means that it has no member left.
    let _ = kill(Pid::from_raw(-pid), Signal::SIGKILL);
    // Waits without reaping, so that no lock is held for as long as it takes.
    let _ = waitid(Id::Pid(Pid::from_raw(pid)), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
    let _ = reap(pid);
}

/// Whether this process has no child at all, of whatever kind: then no attempt left anything behind.
pub(crate) fn is_childless() -> bool {
    waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT) == Err(Errno::ECHILD)
}

/// Reaps the orphans that have ended, so that a build which forks a lot does not fill the process table.
///
/// Only what cannot be anybody else's is reaped: no process that we started, and none of our own session
/// (every process of a build lives in another).
pub(crate) fn reap_orphans() {
    let host = host();
    let _nothing_starts = host.starting.write().unwrap_or_else(PoisonError::into_inner);
    let state = host.state();
    let our_session = getsid(None);
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    while let Ok(status) = waitid(Id::All, look) {
        let Some(pid) = status.pid() else { return };
        let foreign = getsid(Some(pid)) == our_session || state.children.contains(&pid.as_raw());
        if foreign || waitpid(pid, Some(WaitPidFlag::WNOHANG)).is_err() {
            return;
        }
    }
}

/// Reaps one orphan that is known to be dead.
pub(crate) fn reap_orphan(pid: i32) {
    let host = host();
    let _nothing_starts = host.starting.write().unwrap_or_else(PoisonError::into_inner);
    if !host.state().children.contains(&pid) {
        // ECHILD: it is not our child but a grandchild, and whose child it is will reap it.
        let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
    }
}

/// Whether the pid is that of a process which we started and have not reaped.
pub(crate) fn is_child(pid: i32) -> bool {
    host().state().children.contains(&pid)
}

/// The owners that are known now, for [`super::table::owner`].
pub(crate) fn owners() -> Owners {
    let mut cgroups = Vec::new();
    let mut owners = {
        let state = host().state();
        let owner = |(key, attempt): (&AttemptKey, &Attempt)| {
            cgroups.push(attempt.cgroup.clone());
            Owner {
                key: *key,
                marker: attempt.marker.clone(),
                started: attempt.started,
                groups: attempt.groups.clone(),
                pids: HashSet::new(),
            }
        };
        Owners { attempts: state.attempts.iter().map(owner).collect(), sessions: state.sessions.clone() }
    };
    // Read without the lock: it takes longer than all the rest.
    for (owner, cgroup) in owners.attempts.iter_mut().zip(cgroups) {
        owner.pids.extend(cgroup.iter().flat_map(|cgroup| cgroup.pids()));
    }
    owners
}

/// Now, in clock ticks since boot.
fn now_ticks() -> u64 {
    let Ok(now) = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME) else { return 0 };
    let ticks = ticks_per_second();
    now.tv_sec() as u64 * ticks + now.tv_nsec() as u64 * ticks / 1_000_000_000
}

fn ticks_per_second() -> u64 {
    use nix::unistd::{SysconfVar, sysconf};
    sysconf(SysconfVar::CLK_TCK).ok().flatten().map_or(100, |ticks| ticks as u64)
}

impl Seen {
    /// Whether it has ended, and only waits to be reaped.
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}
