//! Reading what a process writes into a pipe, in constant memory.

use pikoci_plan::event::FRAME_BYTES;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use tokio::net::unix::pipe;

/// How much is read at first. Most steps write little.
const FIRST_BYTES: usize = 8 * 1024;

/// What a pipe holds unless told otherwise (pipe(7)). Who fills that gets a larger one.
const PIPE_BYTES: usize = 64 * 1024;

/// A larger pipe: what an unprivileged user may have by default (`/proc/sys/fs/pipe-max-size`).
const LARGE_PIPE_BYTES: libc::c_int = 1024 * 1024;

/// A pipe: its end to read, and its end to write, for a process.
pub(crate) fn pipe() -> io::Result<(Output, OwnedFd)> {
    let (read, write) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
    Ok((Output::new(read)?, write))
}

/// What is read from a pipe and not yet taken.
#[derive(Debug)]
pub(crate) struct Output {
    /// `None` when nothing more is read.
    pipe: Option<pipe::Receiver>,
    /// The pipe, once it was finished with while somebody still held its other end.
    held: Option<pipe::Receiver>,
    buffer: Vec<u8>,
    filled: usize,
    /// The most that is held; reading waits until it is taken.
    capacity: usize,
    enlarged: bool,
    /// How many more bytes are read before the pipe is let go, once that is decided.
    rest: Option<usize>,
}

impl Output {
    fn new(read: OwnedFd) -> io::Result<Self> {
        let pipe = Some(pipe::Receiver::from_owned_fd(read)?);
        let (held, rest) = (None, None);
        Ok(Self { pipe, held, buffer: Vec::new(), filled: 0, capacity: FRAME_BYTES, enlarged: false, rest })
    }

    /// Holds up to that many bytes instead of one frame's.
    pub(crate) fn with_capacity(self, capacity: usize) -> Self {
        Self { capacity, ..self }
    }

    /// Whether more can come.
    pub(crate) fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    /// Whether nothing is read until something is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.filled >= self.capacity
    }

    /// What was read and not taken.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Takes what was read.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }

    /// Waits for bytes and reads all that are there, up to the capacity. At the end of the pipe it is
    /// closed. May be dropped and called again.
    pub(crate) async fn read(&mut self) -> io::Result<()> {
        let Some(pipe) = &self.pipe else { return Ok(()) };
        pipe.readable().await?;
        while !self.is_full() && self.is_open() {
            if !self.read_once()? {
                break;
            }
        }
        Ok(())
    }

    /// Reads once; whether more may be there.
    fn read_once(&mut self) -> io::Result<bool> {
        let Some(pipe) = &self.pipe else { return Ok(false) };
        if self.filled == self.buffer.len() {
            let larger = (self.buffer.len() * 4).clamp(FIRST_BYTES, self.capacity);
            self.buffer.resize(larger, 0);
        }
        let end = self.rest.map_or(self.buffer.len(), |rest| self.buffer.len().min(self.filled + rest));
        let read = match pipe.try_read(&mut self.buffer[self.filled..end]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        };
        self.filled += read;
        if let Some(rest) = &mut self.rest {
            *rest -= read;
        }
        if read == 0 {
            self.pipe = None;
        } else if self.rest == Some(0) {
            self.held = self.pipe.take();
        }
        self.enlarge_if_busy(read);
        Ok(true)
    }

    fn enlarge_if_busy(&mut self, read: usize) {
        let Some(pipe) = &self.pipe else { return };
        if self.enlarged || read < PIPE_BYTES {
            return;
        }
        self.enlarged = true;
        // SAFETY: F_SETPIPE_SZ takes a plain number and changes only the pipe of this open descriptor. It is
        // refused where the user has too many large pipes; then it stays as it is.
        unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, LARGE_PIPE_BYTES) };
    }

    /// Decides that what is in the pipe now is the last that is read of it, although somebody still holds
    /// its other end.
    pub(crate) fn finish(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        match waiting(pipe) {
            0 => self.held = self.pipe.take(),
            waiting => self.rest = Some(waiting),
        }
    }

    /// The pipe, if it was finished with while somebody still held its other end. To close it would kill
    /// who writes to it.
    pub(crate) fn held(self) -> Option<pipe::Receiver> {
        self.held
    }
}

/// How many bytes wait in the pipe.
fn waiting(pipe: &pipe::Receiver) -> usize {
    let mut waiting: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int, for which it is given a valid place, about an open descriptor. Of a
    // pipe it cannot fail; if it did, nothing would be waiting.
    unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &mut waiting) };
    usize::try_from(waiting).unwrap_or(0)
}

/// Reads and forgets, until nobody holds the other end any more.
pub(crate) async fn drain(pipe: pipe::Receiver) {
    let mut bytes = vec![0; FIRST_BYTES];
    loop {
        if pipe.readable().await.is_err() {
            return;
        }
        match pipe.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
