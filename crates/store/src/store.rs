//! Opening a ledger, and its two entrances.

use crate::checkpoint::Checkpoint;
use crate::db::{Db, Value, values};
use crate::logs::LogDirectory;
use fs4::FileExt;
use pikoci_engine::facts::{Facts, Wanted};
use pikoci_engine::part::{Applied, Part};
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The number of the newest migration.
pub const SCHEMA: u64 = 4;

const MIGRATIONS: [&str; SCHEMA as usize] = [
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
];

/// How much is written to see whether there is room.
const PROBE_BYTES: usize = 64 * 1024;

/// What can go wrong with a ledger.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room for what is to be written.
    #[error("the disk that holds the ledger is full")]
    Full,
    /// The database said no: a broken file, say.
    #[error("the database says: {0}")]
    Database(rusqlite::Error),
    /// A file beside the database.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Another server has it.
    #[error(
        "{0} is in use by another server. Stop that one first, or give this one another file (--db-name)"
    )]
    Locked(PathBuf),
    /// A newer version of this program wrote it.
    #[error("{path} has schema {found}, and this version of pikoci knows up to {SCHEMA}. Use a newer pikoci")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
    },
    /// Something that this program never writes.
    #[error("the ledger holds what it should not: {0}")]
    Corrupt(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Database(error),
        }
    }
}

/// A ledger in a SQLite database, in memory or in a file.
pub struct Store {
    writer: Mutex<Db>,
    reader: Option<Mutex<Db>>,
    logs: Option<LogDirectory>,
    commits: AtomicU64,
    path: Option<PathBuf>,
    _checkpoint: Option<Checkpoint>,
    _lock: Option<File>,
}

impl Store {
    /// A ledger that is gone when it is dropped.
    pub fn memory() -> Result<Self, StoreError> {
        let db = Db::memory()?;
        migrate(&db, Path::new("memory"))?;
        Ok(Self::of(db))
    }

    /// The ledger in a database that has the newest schema, and in which nobody else writes.
    pub(crate) fn of(db: Db) -> Self {
        Self {
            writer: Mutex::new(db),
            reader: None,
            logs: None,
            commits: AtomicU64::new(0),
            path: None,
            _checkpoint: None,
            _lock: None,
        }
    }

    /// The ledger in the SQLite file `path`, made if it is not there. One process at a time has it.
    ///
    /// Sealed logs go to the directory `path` + `.logs`.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        create_private(path)?;
        let mut db = Db::file(path)?;
        migrate(&db, path)?;
        let checkpoint = Checkpoint::start(path, &mut db)?;
        Ok(Self {
            writer: Mutex::new(db),
            reader: Some(Mutex::new(Db::file_reader(path)?)),
            logs: Some(LogDirectory(beside(path, ".logs"))),
            commits: AtomicU64::new(0),
            path: Some(path.to_owned()),
            _checkpoint: Some(checkpoint),
            _lock: Some(lock),
        })
    }

    /// What the ledger knows now.
    pub fn facts(&self, wanted: &Wanted) -> Result<Facts, StoreError> {
        // In one transaction: each statement of its own would take and leave the file's locks.
        self.writer().snapshot(|db| crate::facts::facts(db, wanted))
    }

    /// Applies the parts in their order in one transaction; what became of each. An error applies none.
    pub fn commit(&self, parts: &[Part]) -> Result<Vec<Applied>, StoreError> {
        self.write(|db| crate::commit::commit(db, parts))
    }

    /// What [`commit`](Self::commit) would answer, and what the ledger would know then. Nothing of it stays.
    pub fn dry_run(&self, parts: &[Part], wanted: &Wanted) -> Result<(Vec<Applied>, Facts), StoreError> {
        self.writer().rehearsal(|db| {
            let applied = crate::commit::commit(db, parts)?;
            Ok((applied, crate::facts::facts(db, wanted)?))
        })
    }

    /// How many transactions have been committed.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// A value of this ledger's own: the hash of a token, say.
    pub fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.reader().row("SELECT value FROM meta WHERE name = ?", values![name], |row| row.text(0))
    }

    /// Sets a value of this ledger's own.
    pub fn set_meta(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM meta WHERE name = ?", values![name])?;
            db.execute("INSERT INTO meta (name, value) VALUES (?, ?)", values![name, value]).map(drop)
        })
    }

    /// The file that the ledger is in, if it is in one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Writes something of no meaning, and takes it back: whether there is room for more than the least.
    pub fn probe(&self) -> Result<(), StoreError> {
        self.set_meta("probe", &"x".repeat(PROBE_BYTES))?;
        self.set_meta("probe", "")
    }

    /// Runs statements of a test's own, such as one that plants a fault.
    #[doc(hidden)]
    pub fn sabotage(&self, sql: &str) -> Result<(), StoreError> {
        self.writer().batch(sql)
    }

    /// The first column, as text, of the rows that a test's own query finds, with values for its `?1`, `?2` …; what is NULL
    /// is left out.
    #[doc(hidden)]
    pub fn inspect(&self, sql: &str, values: &[&str]) -> Result<Vec<String>, StoreError> {
        let values: Vec<_> = values.iter().map(|text| Value::from(*text)).collect();
        Ok(self.reader().rows(sql, &values, |row| row.opt_text(0))?.into_iter().flatten().collect())
    }

    pub(crate) fn write<T>(&self, work: impl FnOnce(&Db) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let done = self.writer().transaction(work)?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(done)
    }

    fn writer(&self) -> MutexGuard<'_, Db> {
        // A panic while it was held leaves the connection whole: its transaction was rolled back.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reader(&self) -> MutexGuard<'_, Db> {
        self.reader.as_ref().unwrap_or(&self.writer).lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn logs(&self) -> Option<&LogDirectory> {
        self.logs.as_ref()
    }
}

/// The path with a suffix: `pikoci.db` and `.logs` give `pikoci.db.logs`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let lock = beside(path, ".lock");
    let failed = |error| StoreError::File { path: lock.clone(), error };
    let file =
        File::options().create(true).truncate(false).write(true).mode(0o600).open(&lock).map_err(failed)?;
    match FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(fs4::TryLockError::WouldBlock) => Err(StoreError::Locked(path.to_owned())),
        Err(fs4::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Makes the file, if it is not there, so that only its owner can read it: SQLite gives its other files the same mode.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let made = File::options().create(true).append(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| StoreError::File { path: path.to_owned(), error })
}

/// Brings a ledger to the newest schema, one transaction for each step: one that is interrupted goes on there.
pub(crate) fn migrate(db: &Db, path: &Path) -> Result<(), StoreError> {
    let found = match db.row("SELECT name FROM sqlite_master WHERE name = 'meta'", &[], |row| row.text(0))? {
        None => 0,
        Some(_) => db
            .row("SELECT value FROM meta WHERE name = 'schema'", &[], |row| row.json::<u64>(0))?
            .unwrap_or(0),
    };
    if found > SCHEMA {
        return Err(StoreError::Newer { path: path.to_owned(), found });
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(found as usize) {
        db.transaction(|db| {
            db.batch(migration)?;
            db.execute("DELETE FROM meta WHERE name = 'schema'", &[])?;
            let number: u64 = number;
            db.execute(
                "INSERT INTO meta (name, value) VALUES ('schema', ?)",
                values![number.to_string().as_str()],
            )
        })?;
    }
    Ok(())
}
