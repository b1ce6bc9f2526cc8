//! Which file the ledger is: what stands beside it (its lock, its socket, the worker's directory) is named after it, so one
//! file must have one name.

use super::{Args, DbSystem};
use crate::failure::Failure;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The file, where nothing is said.
const FILE: &str = "pikoci.db";

/// The SQLite file by its own name; `None` is a ledger in memory.
///
/// # Errors
/// It cannot be there, or has several names.
pub(super) fn place(args: &Args) -> Result<Option<PathBuf>, Failure> {
    match (args.db_system, &args.db_name) {
        (DbSystem::Mem, None) => Ok(None),
        (DbSystem::Mem, Some(name)) => {
            let what = format!("--db-name {} is a SQLite file, and the ledger is in memory", name.display());
            Err(Failure::bad_input(what).hint("say --db-system sqlite too, or leave --db-name out"))
        }
        (DbSystem::Sqlite, name) => own_name(name.as_deref().unwrap_or(Path::new(FILE))).map(Some),
    }
}

/// Where a symbolic link leads to. A file with two names is refused: each would have a lock of its own.
fn own_name(name: &Path) -> Result<PathBuf, Failure> {
    let failed = |error: std::io::Error| {
        Failure::errored(format!("cannot use the database {}: {error}", name.display()))
    };
    let found = match name.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return in_directory(name),
        found => found.map_err(failed)?,
    };
    let real = if found.is_symlink() { name.canonicalize().map_err(failed)? } else { name.to_owned() };
    match real.metadata().map_err(failed)? {
        file if file.is_file() && file.nlink() > 1 => {
            let what = format!("the database {} has another name: a hard link", real.display());
            Err(Failure::errored(what).hint(
                "two servers could take it for two databases; remove the other name (`find -samefile` finds it)",
            ))
        }
        _ => Ok(real),
    }
}

/// A file that is to be made needs a directory.
fn in_directory(name: &Path) -> Result<PathBuf, Failure> {
    let directory = name.parent().filter(|directory| !directory.as_os_str().is_empty());
    match directory {
        Some(directory) if !directory.is_dir() => {
            let directory = directory.display();
            let what = format!("the directory {directory} of --db-name is not there");
            Err(Failure::errored(what).hint(format!("make it: `mkdir -p {directory}`")))
        }
        _ => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_file_has_one_name() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().canonicalize().unwrap().join(name);
        let (file, link, hard) = (at("l.db"), at("link.db"), at("hard.db"));
        assert_eq!(own_name(&file).unwrap(), file);
        std::fs::write(&file, "").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!((own_name(&file).unwrap(), own_name(&link).unwrap()), (file.clone(), file.clone()));
        std::fs::hard_link(&file, &hard).unwrap();
        for name in [&file, &link, &hard] {
            assert!(own_name(name).unwrap_err().what.contains("another name"), "{}", name.display());
        }
        symlink(at("nowhere"), at("dangling.db")).unwrap();
        assert!(own_name(&at("dangling.db")).is_err());
        let missing = own_name(&at("no/such/l.db")).unwrap_err();
        assert!(missing.what.contains("no/such of --db-name is not there"), "{}", missing.what);
    }
}
