//! Emptying a directory in which anything may lie: no link is followed, no depth exhausts the stack or the
//! descriptors, no permission bit of the owner's stops it.

use crate::count::file_operation;
use nix::dir::{Dir, Entry, Type};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat, renameat};
use nix::sys::stat::{FchmodatFlags, Mode, SFlag, fchmod, fchmodat, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::ffi::{CStr, CString};
use std::fs::{self, Permissions};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// How deep directories are entered. What lies deeper is first moved to the top.
const DEPTH: usize = 32;

/// The most failures that are told one by one.
const TOLD: usize = 5;

/// What stands at a path where a directory of ours is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// The directory, and nothing in it.
    Empty,
    /// The directory, with something in it.
    Filled,
    /// Nothing.
    Nothing,
    /// A directory that we cannot read: another user's.
    Closed,
    /// Something else: a file, a link.
    Other,
}

/// Looks whether the directory is there and empty: four system calls if it is.
pub(crate) fn look(path: &Path) -> Found {
    file_operation();
    let directory = match open_permitted(path) {
        Ok(directory) => directory,
        Err(Errno::ENOENT) => return Found::Nothing,
        Err(Errno::EACCES) => return Found::Closed,
        Err(_) => return Found::Other,
    };
    loop {
        let mut buffer = [0; 1024];
        match entries(&directory, &mut buffer) {
            Ok(0) => return Found::Empty,
            Ok(length) if only_dots(&buffer[..length]) => {}
            Ok(_) => return Found::Filled,
            Err(_) => return Found::Other,
        }
    }
}

/// Opens a directory, if need be after giving ourselves the permission that a build has taken from us.
fn open_permitted(path: &Path) -> Result<OwnedFd, Errno> {
    match open(path, flags(), Mode::empty()) {
        Err(Errno::EACCES) if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) => {
            file_operation();
            fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(|_| Errno::EACCES)?;
            open(path, flags(), Mode::empty())
        }
        opened => opened,
    }
}

/// Reads entries of a directory as getdents64(2) gives them; how many bytes, 0 at the end. The C library's
/// `readdir` would allocate 32 KiB and ask twice as much for it.
fn entries(directory: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the descriptor is open, and the kernel writes at most `buffer.len()` bytes to the buffer.
    let length = unsafe {
        libc::syscall(libc::SYS_getdents64, directory.as_raw_fd(), buffer.as_mut_ptr(), buffer.len())
    };
    Ok(usize::try_from(Errno::result(length)?).unwrap_or(0))
}

/// Whether there is nothing but `.` and `..` in a run of `struct linux_dirent64`: inode and offset (8 bytes
/// each), the entry's length (2), its type (1), its name with a NUL.
fn only_dots(mut entries: &[u8]) -> bool {
    while let (Some(length), Some(name)) = (entries.get(16..18), entries.get(19..)) {
        let length = usize::from(u16::from_ne_bytes([length[0], length[1]]));
        if !name.starts_with(b".\0") && !name.starts_with(b"..\0") {
            return false;
        }
        entries = entries.get(length..).filter(|_| length > 0).unwrap_or_default();
    }
    true
}

/// Removes what is in the directory, which stays. What could not be removed is told in sentences, of which
/// none means that it is empty now.
pub(crate) fn empty(path: &Path) -> Vec<String> {
    let prefix = ulid::Ulid::generate().to_string();
    let mut sweep = Sweep { prefix, moved: 0, failures: 0, told: Vec::new() };
    match open_permitted(path).and_then(Dir::from_fd) {
        Ok(mut directory) => sweep.empty_top(&mut directory, path),
        Err(Errno::ENOENT) => {}
        Err(error) => sweep.fail(path, error),
    }
    sweep.report()
}

fn flags() -> OFlag {
    OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_RDONLY
}

fn is_dots(entry: &Entry) -> bool {
    matches!(entry.file_name().to_bytes(), b"." | b"..")
}

struct Sweep {
    /// How the names of directories at the top begin that were moved there: like nothing a build can foresee.
    prefix: String,
    /// How many directories were moved to the top.
    moved: u64,
    failures: u64,
    told: Vec<String>,
}

impl Sweep {
    /// Empties the top directory. Each round removes what it finds, and may bring up what lay too deep; it
    /// ends with a round that found nothing, or one that could do nothing.
    fn empty_top(&mut self, top: &mut Dir, path: &Path) {
        loop {
            let before = self.moved;
            let failures = self.failures;
            let Ok(fd) = top.as_fd().try_clone_to_owned() else { return };
            let removed = self.empty_directory(top, path, fd.as_fd(), 0);
            let is_done = removed == 0 && self.moved == before;
            if is_done || self.failures > failures {
                return;
            }
        }
    }

    /// Removes the entries of a directory; how many were removed.
    fn empty_directory(
        &mut self,
        directory: &mut Dir,
        path: &Path,
        top: BorrowedFd<'_>,
        depth: usize,
    ) -> u64 {
        let mut removed = 0;
        let Ok(fd) = directory.as_fd().try_clone_to_owned() else { return 0 };
        for entry in directory.iter() {
            let entry = match entry {
                Ok(entry) if is_dots(&entry) => continue,
                Ok(entry) => entry,
                Err(error) => {
                    self.fail(path, error);
                    return removed;
                }
            };
            match self.remove(fd.as_fd(), &entry, path, top, depth) {
                Ok(()) => removed += 1,
                Err(error) => self.fail(&path.join(text(entry.file_name())), error),
            }
        }
        removed
    }

    fn remove(
        &mut self,
        directory: BorrowedFd<'_>,
        entry: &Entry,
        path: &Path,
        top: BorrowedFd<'_>,
        depth: usize,
    ) -> Result<(), Errno> {
        let name = entry.file_name();
        if !is_directory(directory, entry)? {
            return permitted(directory, || unlink(directory, name, UnlinkatFlags::NoRemoveDir));
        }
        if depth >= DEPTH {
            return permitted(directory, || self.bring_up(directory, name, top));
        }
        let mut child = open_child(directory, name)?;
        let path = path.join(text(name));
        loop {
            let removed = self.empty_directory(&mut child, &path, top, depth + 1);
            match permitted(directory, || unlink(directory, name, UnlinkatFlags::RemoveDir)) {
                Err(Errno::ENOTEMPTY | Errno::EEXIST) if removed > 0 => {} // a long directory may need a second look
                done => return done,
            }
        }
    }

    /// Moves a directory to the top, where a later round finds it.
    fn bring_up(&mut self, directory: BorrowedFd<'_>, name: &CStr, top: BorrowedFd<'_>) -> Result<(), Errno> {
        self.moved += 1;
        file_operation();
        let new = CString::new(format!("{}-{}", self.prefix, self.moved)).map_err(|_| Errno::EINVAL)?;
        renameat(directory, name, top, new.as_c_str())
    }

    fn fail(&mut self, path: &Path, error: Errno) {
        self.failures += 1;
        if self.told.len() < TOLD {
            self.told.push(format!("{} cannot be removed: {}", path.display(), error.desc()));
        }
    }

    fn report(mut self) -> Vec<String> {
        let untold = self.failures.saturating_sub(self.told.len() as u64);
        if untold > 0 {
            self.told.push(format!("and {untold} more"));
        }
        self.told
    }
}

fn unlink(directory: BorrowedFd<'_>, name: &CStr, flag: UnlinkatFlags) -> Result<(), Errno> {
    file_operation();
    unlinkat(directory, name, flag)
}

/// Does it; if the directory's own permission bits forbid it, changes them and does it again.
fn permitted(directory: BorrowedFd<'_>, mut act: impl FnMut() -> Result<(), Errno>) -> Result<(), Errno> {
    match act() {
        Err(Errno::EACCES) => {
            fchmod(directory, Mode::S_IRWXU).map_err(|_| Errno::EACCES)?;
            act()
        }
        done => done,
    }
}

/// Opens a directory, if need be after changing its permission bits.
fn open_child(directory: BorrowedFd<'_>, name: &CStr) -> Result<Dir, Errno> {
    let opened = || openat(directory, name, flags(), Mode::empty()).and_then(Dir::from_fd);
    match opened() {
        Err(Errno::EACCES) => {
            fchmodat(directory, name, Mode::S_IRWXU, FchmodatFlags::NoFollowSymlink)
                .or_else(|_| fchmodat(directory, name, Mode::S_IRWXU, FchmodatFlags::FollowSymlink))
                .map_err(|_| Errno::EACCES)?;
            opened()
        }
        done => done,
    }
}

fn is_directory(directory: BorrowedFd<'_>, entry: &Entry) -> Result<bool, Errno> {
    match entry.file_type() {
        Some(kind) => Ok(kind == Type::Directory),
        None => {
            let stat = fstatat(directory, entry.file_name(), AtFlags::AT_SYMLINK_NOFOLLOW)?;
            Ok(SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR)
        }
    }
}

fn text(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    fn directory() -> (tempfile::TempDir, PathBuf) {
        let outside = tempfile::tempdir().expect("a directory");
        let inside = outside.path().join("work");
        fs::create_dir(&inside).expect("made");
        (outside, inside)
    }

    #[test]
    fn links_are_removed_and_never_followed() {
        let (outside, work) = directory();
        fs::write(outside.path().join("precious"), "x").expect("written");
        symlink(outside.path(), work.join("link")).expect("linked");
        symlink("nowhere", work.join("dangling")).expect("linked");
        assert_eq!(look(&work), Found::Filled);
        assert_eq!(empty(&work), Vec::<String>::new());
        assert_eq!(look(&work), Found::Empty);
        assert!(outside.path().join("precious").exists());
        fs::remove_dir(&work).expect("removed");
        assert_eq!(look(&work), Found::Nothing);
        symlink(outside.path(), &work).expect("linked");
        assert_eq!(look(&work), Found::Other);
        assert!(!empty(&work).is_empty(), "a link in the directory's place is refused");
        assert!(outside.path().join("precious").exists());
    }

    #[test]
    fn modes_do_not_stop_it() {
        let (_outside, work) = directory();
        fs::create_dir_all(work.join("a/b")).expect("made");
        fs::write(work.join("a/b/file"), "x").expect("written");
        for path in ["a/b", "a", ""] {
            fs::set_permissions(work.join(path), Permissions::from_mode(0o000)).expect("set");
        }
        assert_eq!(look(&work), Found::Filled);
        assert_eq!(empty(&work), Vec::<String>::new());
        assert_eq!(look(&work), Found::Empty);
    }

    #[test]
    fn depth_is_no_limit() {
        let (_outside, work) = directory();
        let mut parent = Dir::open(&work, flags(), Mode::empty()).expect("opened");
        for _ in 0..1_100 {
            nix::sys::stat::mkdirat(&parent, "d", Mode::S_IRWXU).expect("made");
            parent = open_child(parent.as_fd(), c"d").expect("opened");
        }
        assert_eq!(empty(&work), Vec::<String>::new());
        assert_eq!(look(&work), Found::Empty);
    }
}
