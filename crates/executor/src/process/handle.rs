//! A process that was seen, held by a pidfd: whatever happens to its pid, a signal reaches it or nobody.

use super::proc;
use super::table::Seen;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A process that is held.
#[derive(Debug)]
pub(crate) struct Handle(OwnedFd);

impl Handle {
    /// Holds a child of ours that is not reaped yet.
    pub(crate) fn of_child(pid: i32) -> Result<Self, Errno> {
        open(pid).map(Self)
    }

    /// Holds the process that was seen; `None` if it is gone, also if its pid is another's by now.
    pub(crate) fn of(seen: &Seen) -> Option<Self> {
        let handle = open(seen.pid).ok()?;
        (proc::glance(seen.pid)?.started == seen.started).then_some(Self(handle))
    }

    /// Watches it: it becomes readable when the process has ended. Must be called within a tokio runtime.
    pub(crate) fn watch(self) -> io::Result<AsyncFd<Self>> {
        // SAFETY: the descriptor is open and owned by `self`, which the AsyncFd keeps until it has forgotten
        // the descriptor; it is never replaced, so that as_raw_fd gives the same one all the time.
        Ok(unsafe { AsyncFd::register_with_interest(self, Interest::READABLE) }?)
    }

    /// Sends a signal. ESRCH: it has ended.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Errno> {
        let flags: libc::c_uint = 0;
        let info = ptr::null::<libc::siginfo_t>();
        // SAFETY: pidfd_send_signal(2) takes an open descriptor, a number, a pointer that may be null and
        // flags; it writes nothing.
        let result = unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), signal as libc::c_int, info, flags)
        };
        Errno::result(result).map(drop)
    }
}

impl AsRawFd for Handle {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// A descriptor that can be read from when the process has ended (Linux 5.3). It closes on exec.
fn open(pid: i32) -> Result<OwnedFd, Errno> {
    let flags: libc::c_uint = 0;
    // SAFETY: pidfd_open(2) takes plain numbers.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) };
    let fd = Errno::result(result)? as RawFd;
    // SAFETY: the call has succeeded, so `fd` is a new open descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
