//! Starting a process inside a cgroup: there from its first instruction on, so that nothing it makes can be
//! outside. It costs what `posix_spawn` does. To move a process that runs would cost milliseconds and miss what it
//! has made until then; the C library can do this from glibc 2.39 on.
//!
//! As `posix_spawn` does, clone3(2) with `CLONE_VM | CLONE_VFORK` lends our memory to the child and stops this
//! thread until the child has executed its program: no page table is copied.

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use std::ffi::{CStr, c_char};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::ptr;

/// Whether this is known to work on the machine that this was compiled for.
pub(super) const IS_SUPPORTED: bool = cfg!(target_arch = "x86_64");

/// `CLONE_INTO_CGROUP` of `linux/sched.h`, since Linux 5.7.
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// The highest number of a signal.
const LAST_SIGNAL: i32 = 64;

/// What a child does between its first instruction and its program. The arrays end in a null pointer.
pub(super) struct Exec<'a> {
    pub(super) program: &'a CStr,
    pub(super) argv: &'a [*mut c_char],
    pub(super) environment: &'a [*mut c_char],
    pub(super) directory: &'a CStr,
    /// What becomes its standard input, output and error. None of them is one of these already.
    pub(super) descriptors: [RawFd; 3],
}

/// `struct clone_args` of `linux/sched.h`, as of Linux 5.7.
#[repr(C)]
#[derive(Default)]
struct CloneArguments {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// What the child is given, and gives back.
struct Child<'a> {
    exec: &'a Exec<'a>,
    no_signal: SigSet,
    /// Why its program could not be executed; 0 if it was.
    error: i32,
}

/// Starts the program as the leader of a new session, with no signal blocked or ignored, in the cgroup whose
/// directory is given. `None`: the system does not want to, and nothing was started. The error is that of
/// the child's last act before its program.
pub(super) fn start_in(cgroup: BorrowedFd<'_>, exec: &Exec<'_>) -> Option<Result<i32, Errno>> {
    let flags = libc::CLONE_VM as u64 | libc::CLONE_VFORK as u64 | CLONE_INTO_CGROUP;
    let cgroup = u64::try_from(cgroup.as_raw_fd()).ok()?;
    let arguments =
        CloneArguments { flags, exit_signal: libc::SIGCHLD as u64, cgroup, ..CloneArguments::default() };
    let mut child = Child { exec, no_signal: SigSet::empty(), error: 0 };
    // A handler that ran in the child would act on our memory. The child has none any more when it lets
    // signals in again.
    let ours = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK).ok()?;
    // SAFETY: `arguments` asks for a child that shares our memory while this thread stands still, and `child`
    // lives, used by nobody else, until then.
    let pid = unsafe { clone(&arguments, &mut child) };
    let _ = ours.thread_set_mask(); // a mask that was just set can be set again
    let pid = i32::try_from(pid).ok().filter(|pid| *pid > 0)?;
    if child.error == 0 {
        return Some(Ok(pid));
    }
    let _ = waitpid(Pid::from_raw(pid), None); // it has left by itself
    Some(Err(Errno::from_raw(child.error)))
}

/// clone3(2); in the child [`become_program`] follows. Gives the child's pid, or a negative error number.
///
/// # Safety
/// `arguments` must ask for `CLONE_VM` and `CLONE_VFORK` and for no stack, and nobody else may use `child`.
#[cfg(target_arch = "x86_64")]
unsafe fn clone(arguments: &CloneArguments, child: &mut Child<'_>) -> i64 {
    let result;
    // SAFETY: the kernel reads `arguments`, of the size that it is told. The child goes on with our stack pointer
    // where we stand still: it calls a function that never returns, so that it writes only below what is in use
    // (without `nostack` there is no red zone), and to `child`. Then we go on with our own registers, of which
    // the kernel has changed rax, rcx and r11.
    unsafe {
        std::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "mov rdi, {child}",
            "and rsp, -16",
            "call {become_program}",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 => result,
            in("rdi") ptr::from_ref(arguments),
            in("rsi") size_of::<CloneArguments>(),
            child = in(reg) ptr::from_mut(child),
            become_program = sym become_program,
            out("rcx") _,
            out("r11") _,
        );
    }
    result
}

#[cfg(not(target_arch = "x86_64"))]
unsafe fn clone(_arguments: &CloneArguments, _child: &mut Child<'_>) -> i64 {
    -i64::from(libc::ENOSYS)
}

/// The child's way to its program. Whatever fails on it, it leaves, and says why.
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "nothing calls it there"))]
unsafe extern "C" fn become_program(child: *mut Child<'_>) -> ! {
    // SAFETY: `clone` was given this pointer, and who gave it stands still until we have gone.
    let child = unsafe { &mut *child };
    // SAFETY: see there; we are alone with this memory, and our signals are blocked.
    unsafe {
        execute(child);
        child.error = *libc::__errno_location();
        libc::_exit(127)
    }
}

/// Returns only if something failed. Allocates nothing and takes no lock: another thread may hold it.
///
/// # Safety
/// For a child that shares the memory of a thread which stands still, with all signals blocked.
unsafe fn execute(child: &Child<'_>) {
    let exec = child.exec;
    // SAFETY: plain system calls. Every pointer is to something that `child` borrows: NUL-terminated strings,
    // arrays of them with a null pointer at the end, initialised sets. A zeroed `sigaction` is an empty set, no
    // flags, and SIG_DFL, which is 0.
    unsafe {
        if libc::setsid() < 0 {
            return;
        }
        let default: libc::sigaction = std::mem::zeroed();
        for signal in 1..=LAST_SIGNAL {
            libc::sigaction(signal, &default, ptr::null_mut()); // KILL and STOP refuse it
        }
        for (standard, descriptor) in (0..).zip(exec.descriptors) {
            if libc::dup2(descriptor, standard) < 0 {
                return;
            }
        }
        if libc::chdir(exec.directory.as_ptr()) < 0 {
            return;
        }
        libc::sigprocmask(libc::SIG_SETMASK, child.no_signal.as_ref(), ptr::null_mut());
        libc::execve(exec.program.as_ptr(), exec.argv.as_ptr().cast(), exec.environment.as_ptr().cast());
    }
}
