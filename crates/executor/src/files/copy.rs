//! Copying a tree as it is: links as links, modes and times kept.

use std::fs::{self, DirBuilder, File, FileTimes, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    /// How many files.
    pub(crate) files: u64,
    /// How many bytes they hold.
    pub(crate) bytes: u64,
    /// What is neither file, directory nor link, and was left out.
    pub(crate) left_out: Vec<PathBuf>,
}

/// What could not be copied, and why.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be copied: {source}", path.display())]
pub(crate) struct CopyError {
    path: PathBuf,
    source: io::Error,
}

/// Copies what `from` is (a directory's contents, or one file) to the directory `to`, which is made if need
/// be. `without` is a directory that is not entered: the one that all this happens in. Once `stop` is set it
/// ends with an error, at the latest after the file that is being copied.
pub(crate) fn copy_tree(
    from: &Path,
    to: &Path,
    without: &Path,
    stop: &AtomicBool,
) -> Result<Copied, CopyError> {
    let at = |source| CopyError { path: from.to_owned(), source };
    let metadata = fs::metadata(from).map_err(at)?;
    let without = fs::metadata(without).map(|metadata| identity(&metadata)).ok();
    let mut copy = Copy { copied: Copied::default(), without, stop };
    if metadata.is_dir() {
        fs::create_dir_all(to).map_err(at)?;
        copy.contents(from, to)?;
    } else {
        let name = from.file_name().ok_or_else(|| at(io::ErrorKind::InvalidInput.into()))?;
        fs::create_dir_all(to).map_err(at)?;
        copy.file(from, &to.join(name), &metadata).map_err(at)?;
    }
    Ok(copy.copied)
}

/// What makes a directory the same, whatever path leads to it.
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

struct Copy<'a> {
    copied: Copied,
    without: Option<(u64, u64)>,
    stop: &'a AtomicBool,
}

impl Copy<'_> {
    fn contents(&mut self, from: &Path, to: &Path) -> Result<(), CopyError> {
        let at = |source| CopyError { path: from.to_owned(), source };
        for entry in fs::read_dir(from).map_err(at)? {
            let entry = entry.map_err(at)?;
            self.entry(&entry.path(), &to.join(entry.file_name()))?;
        }
        Ok(())
    }

    fn entry(&mut self, from: &Path, to: &Path) -> Result<(), CopyError> {
        let at = |source| CopyError { path: from.to_owned(), source };
        if self.stop.load(Ordering::Relaxed) {
            return Err(at(io::ErrorKind::Interrupted.into()));
        }
        let metadata = fs::symlink_metadata(from).map_err(at)?;
        let kind = metadata.file_type();
        if kind.is_symlink() {
            let target = fs::read_link(from).map_err(at)?;
            symlink(target, to).map_err(at)
        } else if kind.is_dir() {
            self.directory(from, to, &metadata)
        } else if kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device() {
            self.copied.left_out.push(from.to_owned());
            Ok(())
        } else {
            self.file(from, to, &metadata).map_err(at)
        }
    }

    /// Its mode comes last: it may forbid to write into it.
    fn directory(&mut self, from: &Path, to: &Path, metadata: &Metadata) -> Result<(), CopyError> {
        if self.without == Some(identity(metadata)) {
            return Ok(());
        }
        let at = |source| CopyError { path: from.to_owned(), source };
        DirBuilder::new().mode(0o700).create(to).map_err(at)?;
        self.contents(from, to)?;
        fs::set_permissions(to, fs::Permissions::from_mode(metadata.mode() & 0o7777)).map_err(at)
    }

    /// The bytes, by reflink or inside the kernel where that works; then mode and time, which make looks at.
    fn file(&mut self, from: &Path, to: &Path, metadata: &Metadata) -> io::Result<()> {
        let mut source = File::open(from)?;
        let mut target = File::create_new(to)?;
        self.copied.bytes += io::copy(&mut source, &mut target)?;
        self.copied.files += 1;
        target.set_permissions(fs::Permissions::from_mode(metadata.mode() & 0o777))?;
        target.set_times(FileTimes::new().set_modified(metadata.modified()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_copied_as_it_is() {
        let directory = tempfile::tempdir().expect("a directory");
        let (from, to) = (directory.path().join("from"), directory.path().join("to/app"));
        fs::create_dir_all(from.join(".git/objects")).expect("made");
        fs::write(from.join("run.sh"), "echo").expect("written");
        fs::set_permissions(from.join("run.sh"), fs::Permissions::from_mode(0o755)).expect("set");
        fs::write(from.join(".git/objects/ab"), "blob").expect("written");
        fs::set_permissions(from.join(".git/objects"), fs::Permissions::from_mode(0o555)).expect("set");
        symlink("run.sh", from.join("link")).expect("linked");
        symlink("/nowhere", from.join("dangling")).expect("linked");
        nix::unistd::mkfifo(&from.join("fifo"), nix::sys::stat::Mode::S_IRWXU).expect("made");
        let attempt = from.join("home");
        fs::create_dir(&attempt).expect("made");

        let stopped = copy_tree(&from, &to.join("not"), &attempt, &AtomicBool::new(true));
        assert!(stopped.is_err());
        fs::remove_dir_all(&to).expect("removed");
        let copied = copy_tree(&from, &to, &attempt, &AtomicBool::new(false)).expect("copied");
        assert_eq!((copied.files, copied.bytes, copied.left_out), (2, 8, vec![from.join("fifo")]));
        assert_eq!(fs::read_link(to.join("link")).expect("a link"), Path::new("run.sh"));
        assert_eq!(fs::read_link(to.join("dangling")).expect("a link"), Path::new("/nowhere"));
        let mode = |path: &str| fs::metadata(to.join(path)).expect(path).mode() & 0o777;
        assert_eq!((mode("run.sh"), mode(".git/objects")), (0o755, 0o555));
        let modified = |path: &Path| fs::metadata(path).expect("there").modified().expect("known");
        assert_eq!(modified(&to.join("run.sh")), modified(&from.join("run.sh")));
        for directory in [&from, &to] {
            // Or only root could remove them.
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(directory.join(".git/objects"), open).expect("set");
        }
        assert!(!to.join("home").exists(), "the directory it all happens in is not copied into itself");
    }
}
