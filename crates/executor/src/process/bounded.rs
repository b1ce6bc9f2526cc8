//! Running a short command to its end, with a limit of time: the `stop` commands of runners.

use super::exit::Exit;
use super::handle::Handle;
use super::host::{self, Group};
use super::prepared::Prepared;
use super::spawn::spawn;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{pipe2, read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// How much of its output is kept for a message.
const KEPT_BYTES: usize = 2 * 1024;

/// Runs the command, and kills it after `limit`. For a thread that may block. The error is a sentence with the
/// end of what it wrote.
pub(crate) fn run(command: &Prepared, group: &Group, limit: Duration) -> Result<(), String> {
    let system = |error: Errno| command.refused(error);
    let (output, write) = pipe2(OFlag::O_CLOEXEC).map_err(system)?;
    fcntl(&output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(system)?;
    let pid = spawn(&command.start(write.as_fd(), write.as_fd()), group).map_err(system)?;
    drop(write);
    let mut text = Vec::new();
    let exit = Handle::of_child(pid).ok().and_then(|handle| follow(pid, &handle, &output, limit, &mut text));
    let said = String::from_utf8_lossy(&text).trim().to_owned();
    match exit {
        Some(Exit::Code(0)) => Ok(()),
        Some(exit) => Err(format!("{}: {said}", exit.sentence())),
        None => {
            host::kill_and_reap(pid);
            Err(format!("it took longer than {} s: {said}", limit.as_secs()))
        }
    }
}

/// Reads what it writes until it has ended; `None` if it has not when the time is over.
fn follow(pid: i32, handle: &Handle, output: &OwnedFd, limit: Duration, text: &mut Vec<u8>) -> Option<Exit> {
    let deadline = Instant::now() + limit;
    let mut is_open = true;
    loop {
        let left = PollTimeout::try_from(deadline.saturating_duration_since(Instant::now()))
            .unwrap_or(PollTimeout::MAX);
        // SAFETY: the descriptor is open as long as `handle`, which outlives this loop.
        let ended = unsafe { BorrowedFd::borrow_raw(handle.as_raw_fd()) };
        let mut descriptors =
            [PollFd::new(ended, PollFlags::POLLIN), PollFd::new(output.as_fd(), PollFlags::POLLIN)];
        let watched = if is_open { 2 } else { 1 };
        match poll(&mut descriptors[..watched], left) {
            Ok(0) => return None,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return None,
        }
        is_open = is_open && keep_reading(output, text);
        if let Ok(Some(status)) = host::reap(pid) {
            return Some(Exit::from(status));
        }
    }
}

/// Reads what is there; whether more may come. Of what it reads only the last is kept.
fn keep_reading(output: &OwnedFd, text: &mut Vec<u8>) -> bool {
    let mut bytes = [0; 4096];
    loop {
        match read(output, &mut bytes) {
            Ok(0) => return false,
            Ok(count) => text.extend_from_slice(&bytes[..count]),
            Err(Errno::EAGAIN) => return true,
            Err(_) => return false,
        }
        let excess = text.len().saturating_sub(KEPT_BYTES);
        text.drain(..excess);
    }
}
