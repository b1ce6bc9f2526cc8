//! The resource type `fs`: a file or a directory of the worker's host.

use crate::Failure;
use crate::answer::{Object, object};
use crate::call::Call;
use sha2::{Digest, Sha256};
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The version of what is there: a digest of names, kinds, modes and contents.
///
/// # Errors
/// It cannot be read, or the path is not a whole one.
pub(crate) fn check(call: &Call) -> Result<Object, Failure> {
    let path = path(call)?;
    let mut digest = Sha256::new();
    add(&mut digest, &path).map_err(|trouble| trouble.failure())?;
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(object([("digest", digest)]))
}

/// Copies it below `$WORKDIR`.
///
/// # Errors
/// It cannot be read or copied, or it is not what the version says any more.
pub(crate) fn pull(call: &Call) -> Result<(), Failure> {
    let path = path(call)?;
    let name = call.param("name").or_else(|| call.variable("RESOURCE_NAME")).unwrap_or_default();
    let target = call.below_work(name)?;
    let now = check(call)?;
    if let (Some(known), Some(now)) = (call.version("digest"), now["digest"].as_str())
        && known != now
    {
        return Err(Failure::new(format!(
            "{} has changed since: it is not {known} any more",
            path.display()
        ))
        .hint("only what is there now can be got; the next check finds it"));
    }
    if !target.is_dir()
        && let Some(parent) = target.parent()
    {
        fs::create_dir_all(parent).map_err(|error| Trouble::at(parent)(error).failure())?;
    }
    copy(&path, &target).map_err(|trouble| trouble.failure())
}

fn path(call: &Call) -> Result<PathBuf, Failure> {
    let text = call.needs("path")?;
    let path = Path::new(text);
    if path.is_relative() {
        let what = format!("`{text}` is a relative path, and relative to nothing here: give the whole path");
        return Err(Failure::new(what));
    }
    Ok(path.to_owned())
}

/// What went wrong where.
struct Trouble(PathBuf, io::Error);

impl Trouble {
    fn at(path: &Path) -> impl Fn(io::Error) -> Self {
        move |error| Self(path.to_owned(), error)
    }

    fn failure(&self) -> Failure {
        Failure::new(format!("{}: {}", self.0.display(), self.1))
    }
}

/// What something is, links not followed; the path itself may be a link.
enum Kind {
    Directory(Vec<DirEntry>),
    File,
    Link(PathBuf),
    /// A socket, a pipe, a device: its content is no content.
    Other,
}

fn kind(path: &Path, metadata: &Metadata) -> Result<Kind, Trouble> {
    let file_type = metadata.file_type();
    if file_type.is_dir() {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = entries.map_err(Trouble::at(path))?;
        entries.sort_by_key(DirEntry::file_name);
        return Ok(Kind::Directory(entries));
    }
    if file_type.is_symlink() {
        return fs::read_link(path).map(Kind::Link).map_err(Trouble::at(path));
    }
    Ok(if file_type.is_file() { Kind::File } else { Kind::Other })
}

fn add(digest: &mut Sha256, root: &Path) -> Result<(), Trouble> {
    let mut open = vec![(root.to_owned(), fs::metadata(root).map_err(Trouble::at(root))?)];
    while let Some((path, metadata)) = open.pop() {
        let name = path.strip_prefix(root).unwrap_or(&path).as_os_str().as_bytes();
        digest.update(name.len().to_be_bytes());
        digest.update(name);
        let mode = metadata.permissions().mode() & 0o777;
        match kind(&path, &metadata)? {
            Kind::Directory(entries) => {
                digest.update(format!("d{mode:o}\0"));
                for entry in entries.into_iter().rev() {
                    let metadata = entry.metadata().map_err(Trouble::at(&entry.path()))?;
                    open.push((entry.path(), metadata));
                }
            }
            Kind::File => {
                digest.update(format!("f{mode:o} {}\0", metadata.len()));
                let mut file = fs::File::open(&path).map_err(Trouble::at(&path))?;
                io::copy(&mut file, &mut Writer(digest)).map_err(Trouble::at(&path))?;
            }
            Kind::Link(target) => {
                digest.update(b"l");
                digest.update(target.as_os_str().len().to_be_bytes());
                digest.update(target.as_os_str().as_bytes());
            }
            Kind::Other => digest.update(b"o"),
        }
    }
    Ok(())
}

/// A digest that is written to.
struct Writer<'a>(&'a mut Sha256);

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies with modes and links. What is neither a file, a directory nor a link is left out.
fn copy(from: &Path, to: &Path) -> Result<(), Trouble> {
    let mut open = vec![(from.to_owned(), to.to_owned(), fs::metadata(from).map_err(Trouble::at(from))?)];
    let mut modes = Vec::new();
    while let Some((from, to, metadata)) = open.pop() {
        match kind(&from, &metadata)? {
            Kind::Directory(entries) => {
                fs::create_dir_all(&to).map_err(Trouble::at(&to))?;
                // Set at the end: a directory that nobody may write to is to be filled first.
                modes.push((to.clone(), metadata.permissions()));
                for entry in entries {
                    let metadata = entry.metadata().map_err(Trouble::at(&entry.path()))?;
                    open.push((entry.path(), to.join(entry.file_name()), metadata));
                }
            }
            Kind::File => drop(fs::copy(&from, &to).map_err(Trouble::at(&from))?),
            Kind::Link(target) => std::os::unix::fs::symlink(target, &to).map_err(Trouble::at(&to))?,
            Kind::Other => {}
        }
    }
    for (path, mode) in modes.into_iter().rev() {
        fs::set_permissions(&path, mode).map_err(Trouble::at(&path))?;
    }
    Ok(())
}
