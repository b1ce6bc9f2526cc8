//! The id of a work directory, and the number of its sessions.

use super::{HomeError, io_error};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A session that has begun.
#[derive(Debug)]
pub(super) struct Session {
    id: String,
    number: u64,
    rebooted: bool,
    unjudged: Option<Unjudged>,
    after_a_crash: bool,
    /// What tells that it runs.
    open: PathBuf,
}

/// The machine was started anew since servers last judged what sessions held. That stays so until they have, however many
/// sessions begin meanwhile: each may be the first that a server hears of.
#[derive(Debug)]
struct Unjudged {
    directory: PathBuf,
    /// The line to write once they have.
    after: String,
}

impl Session {
    /// Begins the next session in the directory, whose lock is held. The number is on the disk before this
    /// returns, so that it is never given twice; nor is the one after it.
    pub(super) fn begin(directory: &Path) -> Result<Self, HomeError> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let boot = boot.trim();
        let path = directory.join("session");
        let before = match fs::read_to_string(&path) {
            Ok(text) => Some(parse(&text).ok_or_else(|| damaged(&path))?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(io_error("read", &path)(error)),
        };
        let number = before.as_ref().map_or(0, |before| before.number) + 1;
        let last = number + 1;
        let judged = before.as_ref().map_or(boot, |before| before.judged.as_str());
        write(directory, "session", &format!("{last} {boot} {judged}\n"))?;
        let unjudged = (judged != boot)
            .then(|| Unjudged { directory: directory.to_owned(), after: format!("{last} {boot} {boot}\n") });
        let id = id(directory)?;
        let open = directory.join("open");
        let after_a_crash = open.exists();
        fs::write(&open, namespace()).map_err(io_error("made", &open))?;
        let rebooted = before.is_some_and(|before| before.boot != boot);
        Ok(Self { id, number, rebooted, unjudged, after_a_crash, open })
    }

    /// A session in a temporary directory: no record of it outlives it, but that it did not end well.
    pub(super) fn only(directory: &Path, id: String) -> Result<Self, HomeError> {
        let open = directory.join("open");
        File::create(&open).map_err(io_error("made", &open))?;
        Ok(Self { id, number: 1, rebooted: false, unjudged: None, after_a_crash: false, open })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether the machine was started anew since the session before.
    pub(super) fn rebooted(&self) -> bool {
        self.rebooted
    }

    /// Whether the machine was started anew since servers last judged what sessions held.
    pub(super) fn is_unjudged(&self) -> bool {
        self.unjudged.is_some()
    }

    /// Servers have judged all that sessions before held.
    pub(super) fn judged(&self) -> Result<(), HomeError> {
        match &self.unjudged {
            Some(Unjudged { directory, after }) => write(directory, "session", after),
            None => Ok(()),
        }
    }

    /// Whether the session before did not end by itself.
    pub(super) fn is_after_a_crash(&self) -> bool {
        self.after_a_crash
    }

    /// The session ends well: everything of it is put away.
    pub(super) fn end(&self) {
        // If it stays, the next session sweeps in vain; nothing worse.
        let _ = fs::remove_file(&self.open);
    }
}

/// The directory's id, which is made when it is first asked for.
fn id(directory: &Path) -> Result<String, HomeError> {
    match read_id(directory) {
        Some(id) => Ok(id),
        None => {
            let id = ulid::Ulid::generate().to_string();
            write(directory, "id", &format!("{id}\n"))?;
            Ok(id)
        }
    }
}

/// The directory's id, if it has one.
pub(super) fn read_id(directory: &Path) -> Option<String> {
    let text = fs::read_to_string(directory.join("id")).ok()?;
    ulid::Ulid::from_string(text.trim()).ok().map(|id| id.to_string())
}

/// Whether a session runs in the directory, or did not end well.
pub(super) fn is_open(directory: &Path) -> bool {
    directory.join("open").exists()
}

/// Whether the session that is open in the directory, if one is, sees the processes that we see. One in another
/// container does not: what it left running we could not find.
pub(super) fn is_within_sight(directory: &Path) -> bool {
    fs::read_to_string(directory.join("open")).is_ok_and(|open| open == namespace())
}

/// The number of our pid namespace, see namespaces(7).
pub(super) fn namespace() -> String {
    fs::metadata("/proc/self/ns/pid").map_or(0, |namespace| namespace.ino()).to_string()
}

/// What the file says: the last number that was given, the boot in which that was, and that in which servers last judged.
struct Before {
    number: u64,
    boot: String,
    judged: String,
}

fn parse(text: &str) -> Option<Before> {
    let mut words = text.split_whitespace();
    let number = words.next()?.parse().ok()?;
    let boot = words.next().unwrap_or_default().to_owned();
    let judged = words.next().unwrap_or(&boot).to_owned();
    Some(Before { number, boot, judged })
}

/// The file is replaced as a whole, so this is no crash of ours. Guessing a number could give one twice.
fn damaged(path: &Path) -> HomeError {
    io_error("read", path)(std::io::Error::new(
        std::io::ErrorKind::InvalidData,
        "it does not hold a number and a boot id. If nothing of this worker is running, remove the work directory",
    ))
}

/// Writes a file so that it is there in full or not at all, and on the disk before this returns.
fn write(directory: &Path, name: &str, text: &str) -> Result<(), HomeError> {
    let (path, new) = (directory.join(name), directory.join(format!("{name}.new")));
    let mut file = File::create(&new).map_err(io_error("made", &new))?;
    file.write_all(text.as_bytes()).map_err(io_error("written", &new))?;
    file.sync_all().map_err(io_error("written", &new))?;
    fs::rename(&new, &path).map_err(io_error("written", &path))?;
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(io_error("written", directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_the_machine_was_started_anew_is_said_until_servers_have_judged() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert!(!Session::begin(path).unwrap().is_unjudged(), "the first of all");
        fs::write(path.join("session"), "2 another-boot another-boot\n").unwrap();
        let first = Session::begin(path).unwrap();
        assert_eq!((first.number(), first.rebooted(), first.is_unjudged()), (3, true, true));
        let second = Session::begin(path).unwrap();
        assert_eq!((second.rebooted(), second.is_unjudged()), (false, true), "nobody has heard of the first");
        second.judged().unwrap();
        let third = Session::begin(path).unwrap();
        assert_eq!((third.number(), third.rebooted(), third.is_unjudged()), (7, false, false));
    }
}
