//! Starting a process: one `posix_spawn`, which neither copies this process's page tables nor runs our
//! code between fork and exec; or, into a cgroup, what is in [`super::clone`].

use super::clone::{self, Exec};
use super::host::{self, Group};
use crate::count;
use crate::environment::MARKER;
use nix::errno::Errno;
use nix::sys::signal::SigSet;
use std::ffi::{CStr, CString, c_char, c_int, c_short};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::OnceLock;

/// Makes the child the leader of a new session; from `spawn.h` of glibc ≥ 2.26 and musl ≥ 1.1.22.
const POSIX_SPAWN_SETSID: c_short = 0x80;

/// What to start, and how.
pub(crate) struct Start<'a> {
    /// The file to execute: a path with a `/` in it.
    pub(crate) program: &'a CStr,
    /// The arguments, the program's own name first.
    pub(crate) argv: &'a [CString],
    /// `KEY=VALUE`, the whole environment.
    pub(crate) environment: &'a [CString],
    /// The directory it starts in.
    pub(crate) directory: &'a CStr,
    /// Its standard output.
    pub(crate) output: BorrowedFd<'a>,
    /// Its standard error.
    pub(crate) error: BorrowedFd<'a>,
}

/// Starts a process of the group, whose marker it gets. It leads a session of its own, has no signal blocked or
/// ignored, reads `/dev/null`, and inherits nothing else. Its pid stays valid until [`host::reap`] has taken it.
pub(crate) fn spawn(start: &Start<'_>, group: &Group) -> Result<i32, Errno> {
    let mut actions = Actions::new()?;
    let descriptors = [dev_null()?.as_raw_fd(), start.output.as_raw_fd(), start.error.as_raw_fd()];
    for (standard, descriptor) in (0..).zip(descriptors) {
        actions.duplicate(descriptor, standard)?;
    }
    actions.change_directory(start.directory)?;
    let attributes = Attributes::new_session()?;
    let argv = pointers(start.argv.iter());
    let marker = [group.marker()];
    let environment = pointers(start.environment.iter().filter(|pair| !is_marker(pair)).chain(marker));
    count::spawn();
    let exec = Exec {
        program: start.program,
        argv: &argv,
        environment: &environment,
        directory: start.directory,
        descriptors,
    };
    host::spawning(group.key(), || {
        if let Some(started) = group.cgroup().and_then(|cgroup| clone::start_in(cgroup.directory(), &exec)) {
            return started;
        }
        let mut pid = 0;
        // SAFETY: `program` and every pointer in `argv` and `environment` are NUL-terminated strings borrowed
        // from `start` and `group`, which outlive the call; both arrays end in a null pointer; `actions` and
        // `attributes` are initialised (their types have no other constructor) and live until after the call;
        // `pid` is a valid place for a pid. posix_spawn keeps none of the pointers.
        check(unsafe {
            libc::posix_spawn(
                &mut pid,
                start.program.as_ptr(),
                &actions.0,
                &attributes.0,
                argv.as_ptr(),
                environment.as_ptr(),
            )
        })?;
        Ok(pid)
    })
}

/// The pointers to `texts` and the null that ends them. The pointers are good as long as the texts are.
fn pointers<'a>(texts: impl Iterator<Item = &'a CString>) -> Vec<*mut c_char> {
    texts.map(|text| text.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect()
}

/// Whether the pair sets the marker, which is not for others to set.
fn is_marker(pair: &CStr) -> bool {
    let rest = pair.to_bytes().strip_prefix(MARKER.as_bytes());
    rest.is_some_and(|rest| rest.first() == Some(&b'='))
}

/// The one open `/dev/null` that is every process's standard input.
fn dev_null() -> Result<&'static OwnedFd, Errno> {
    static NULL: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(fd) = NULL.get() {
        return Ok(fd);
    }
    let file = std::fs::File::open("/dev/null").map_err(errno)?;
    Ok(NULL.get_or_init(|| file.into()))
}

fn errno(error: std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

/// The functions of `spawn.h` give the error number as their result.
fn check(result: c_int) -> Result<(), Errno> {
    if result == 0 { Ok(()) } else { Err(Errno::from_raw(result)) }
}

/// An initialised `posix_spawn_file_actions_t`.
struct Actions(libc::posix_spawn_file_actions_t);

impl Actions {
    fn new() -> Result<Self, Errno> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: init writes the whole object that it is given a place for.
        check(unsafe { libc::posix_spawn_file_actions_init(raw.as_mut_ptr()) })?;
        // SAFETY: init has succeeded, so the object is initialised.
        Ok(Self(unsafe { raw.assume_init() }))
    }

    fn duplicate(&mut self, from: RawFd, to: RawFd) -> Result<(), Errno> {
        // SAFETY: the object is initialised; the two descriptors are plain numbers here.
        check(unsafe { libc::posix_spawn_file_actions_adddup2(&mut self.0, from, to) })
    }

    fn change_directory(&mut self, directory: &CStr) -> Result<(), Errno> {
        // SAFETY: the object is initialised; the NUL-terminated path is copied by the call.
        check(unsafe { libc::posix_spawn_file_actions_addchdir_np(&mut self.0, directory.as_ptr()) })
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: the object is initialised and not used again.
        unsafe { libc::posix_spawn_file_actions_destroy(&mut self.0) };
    }
}

/// An initialised `posix_spawnattr_t`.
struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    /// A new session, an empty signal mask, and the default action for every signal: Rust ignores SIGPIPE,
    /// `nohup` SIGHUP, a shell's `&` SIGINT. (To name all is also the cheapest: of each signal that is not
    /// named the C library asks first whether it has a handler.)
    fn new_session() -> Result<Self, Errno> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: init writes the whole object that it is given a place for.
        check(unsafe { libc::posix_spawnattr_init(raw.as_mut_ptr()) })?;
        // SAFETY: init has succeeded, so the object is initialised.
        let mut attributes = Self(unsafe { raw.assume_init() });
        let flags = POSIX_SPAWN_SETSID
            | libc::POSIX_SPAWN_SETSIGMASK as c_short
            | libc::POSIX_SPAWN_SETSIGDEF as c_short;
        let (none, all) = (SigSet::empty(), SigSet::all());
        // SAFETY: the object is initialised, and both sets are too; the calls copy them.
        unsafe {
            check(libc::posix_spawnattr_setflags(&mut attributes.0, flags))?;
            check(libc::posix_spawnattr_setsigmask(&mut attributes.0, none.as_ref()))?;
            check(libc::posix_spawnattr_setsigdefault(&mut attributes.0, all.as_ref()))?;
        }
        Ok(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: the object is initialised and not used again.
        unsafe { libc::posix_spawnattr_destroy(&mut self.0) };
    }
}
