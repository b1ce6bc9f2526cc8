//! Finds the Unix socket of a server on this machine: `pikoci.db.sock` beside the database, else the only
//! live one of servers in memory, in `/tmp/pikoci-UID`.

use crate::failure::Failure;
use nix::unistd::getuid;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// The socket beside a SQLite file of the default name.
const BESIDE_DB: &str = "pikoci.db.sock";

/// Where servers in memory put theirs.
pub(super) fn runtime_dir() -> PathBuf {
    PathBuf::from(format!("/tmp/pikoci-{}", getuid()))
}

/// What a path that may be a socket is.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// A server answers.
    Live,
    /// Left over: its server was killed.
    Stale,
    /// Somebody else's, or not a socket; a server of ours would not have made it.
    Foreign,
    /// Nothing there.
    Nothing,
}

/// The socket to use, looking in `here` and then in `runtime`.
///
/// # Errors
/// There is no live one, or several.
pub(super) fn socket(here: &Path, runtime: &Path) -> Result<PathBuf, Failure> {
    let beside = here.join(BESIDE_DB);
    let found = probe(&beside);
    if found == Found::Live {
        return Ok(beside);
    }
    let live = match is_ours_alone(runtime) {
        true => live_in(runtime),
        false => Vec::new(),
    };
    choose(live, found == Found::Stale)
}

/// Decides among the live sockets. `stale` says that the server of the database here is not running.
fn choose(mut live: Vec<PathBuf>, stale: bool) -> Result<PathBuf, Failure> {
    let flag = |path: &PathBuf| format!("--socket {}", path.display());
    match live.len() {
        1 => Ok(live.remove(0)),
        0 if stale => {
            Err(Failure::errored("the server of ./pikoci.db is not running; its socket is left over")
                .hint("start it again with `pikoci server`, or name another one with --url or PIKOCI_URL"))
        }
        0 => Err(Failure::errored("found no server on this machine")
            .hint("start one with `pikoci server`, or say where it is with --url (PIKOCI_URL) or --socket")),
        _ => {
            live.sort();
            let flags: Vec<String> = live.iter().map(flag).collect();
            Err(Failure::bad_input("several servers run on this machine")
                .hint(format!("say which: {}", flags.join(", "))))
        }
    }
}

/// A directory that is ours and open to nobody else. In any other a stranger could have put a socket.
fn is_ours_alone(dir: &Path) -> bool {
    fs::symlink_metadata(dir)
        .is_ok_and(|meta| meta.is_dir() && meta.uid() == getuid().as_raw() && meta.mode() & 0o077 == 0)
}

fn live_in(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "sock") && probe(path) == Found::Live
        })
        .collect()
}

fn probe(path: &Path) -> Found {
    let Ok(meta) = fs::symlink_metadata(path) else { return Found::Nothing };
    if !meta.file_type().is_socket() || meta.uid() != getuid().as_raw() {
        return Found::Foreign;
    }
    match UnixStream::connect(path) {
        Ok(_) => Found::Live,
        Err(error) => refused(&error),
    }
}

fn refused(error: &io::Error) -> Found {
    match error.kind() {
        ErrorKind::ConnectionRefused => Found::Stale,
        ErrorKind::NotFound => Found::Nothing,
        // Its backlog is full: there is a server, and the real connection will wait for it.
        ErrorKind::WouldBlock => Found::Live,
        _ => Found::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;

    struct Dirs {
        here: tempfile::TempDir,
        runtime: tempfile::TempDir,
    }

    fn dirs() -> Dirs {
        let runtime = tempfile::tempdir().unwrap();
        fs::set_permissions(runtime.path(), fs::Permissions::from_mode(0o700)).unwrap();
        Dirs { here: tempfile::tempdir().unwrap(), runtime }
    }

    impl Dirs {
        fn find(&self) -> Result<PathBuf, Failure> {
            socket(self.here.path(), self.runtime.path())
        }
    }

    fn stale(path: &Path) {
        drop(UnixListener::bind(path).unwrap());
    }

    #[test]
    fn the_one_beside_the_database_comes_first() {
        let dirs = dirs();
        let beside = dirs.here.path().join(BESIDE_DB);
        let _a = UnixListener::bind(&beside).unwrap();
        let _b = UnixListener::bind(dirs.runtime.path().join("8080.sock")).unwrap();
        assert_eq!(dirs.find(), Ok(beside));
    }

    #[test]
    fn else_the_only_live_one_in_memory() {
        let dirs = dirs();
        let live = dirs.runtime.path().join("8080.sock");
        let _a = UnixListener::bind(&live).unwrap();
        stale(&dirs.runtime.path().join("8081.sock"));
        stale(&dirs.here.path().join(BESIDE_DB));
        fs::write(dirs.runtime.path().join("8082.sock"), "").unwrap();
        assert_eq!(dirs.find(), Ok(live));
    }

    #[test]
    fn several_are_listed_with_the_flag() {
        let dirs = dirs();
        let paths = ["8081.sock", "8080.sock"].map(|name| dirs.runtime.path().join(name));
        let _live = paths.each_ref().map(|path| UnixListener::bind(path).unwrap());
        let failure = dirs.find().unwrap_err();
        let [second, first] = paths.map(|path| format!("--socket {}", path.display()));
        assert_eq!(failure.hint, Some(format!("say which: {first}, {second}")));
        assert_eq!(failure.exit, crate::exit::Exit::BadInput);
    }

    #[test]
    fn a_directory_open_to_others_is_not_trusted() {
        let dirs = dirs();
        let _a = UnixListener::bind(dirs.runtime.path().join("8080.sock")).unwrap();
        fs::set_permissions(dirs.runtime.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(dirs.find().unwrap_err().what, "found no server on this machine");
    }

    #[test]
    fn a_socket_that_was_left_is_recognised() {
        let dirs = dirs();
        stale(&dirs.here.path().join(BESIDE_DB));
        let failure = dirs.find().unwrap_err();
        assert!(failure.what.contains("is not running"), "{}", failure.what);
        assert_eq!(failure.exit, crate::exit::Exit::Errored);
    }
}
