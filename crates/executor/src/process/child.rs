//! A process that we started, from its start to its end.

use super::exit::Exit;
use super::handle::Handle;
use super::host::{self, Group};
use super::spawn::{Start, spawn};
use nix::errno::Errno;
use std::io;
use tokio::io::unix::AsyncFd;

/// A process of an attempt. Dropped before it was seen to end (the caller gave up), it is killed.
#[derive(Debug)]
pub(crate) struct Child {
    pid: i32,
    handle: AsyncFd<Handle>,
    exit: Option<Exit>,
}

impl Child {
    /// Starts it. Must be called within a tokio runtime.
    pub(crate) fn start(start: &Start<'_>, group: &Group) -> Result<Self, Errno> {
        let pid = spawn(start, group)?;
        let handle = Handle::of_child(pid).and_then(|handle| {
            handle.watch().map_err(|error| error.raw_os_error().map_or(Errno::EMFILE, Errno::from_raw))
        });
        match handle {
            Ok(handle) => Ok(Self { pid, handle, exit: None }),
            Err(error) => {
                host::kill_and_reap(pid);
                Err(error)
            }
        }
    }

    /// Waits until it has ended, and reaps it. May be dropped and called again.
    pub(crate) async fn exited(&mut self) -> io::Result<Exit> {
        loop {
            if let Some(exit) = self.exit {
                return Ok(exit);
            }
            let mut ready = self.handle.readable().await?;
            match host::reap(self.pid)? {
                Some(status) => self.exit = Some(Exit::from(status)),
                None => ready.clear_ready(),
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.exit.is_none() {
            host::kill_and_reap(self.pid);
        }
    }
}
