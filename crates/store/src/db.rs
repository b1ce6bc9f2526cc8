//! A thin layer over the database: portable values and rows, prepared statements, transactions.
//!
//! The rest of the crate writes SQL with `?` for values and knows nothing of the driver.

use crate::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use std::path::Path;
use std::time::Duration;

/// A value of the portable subset.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

macro_rules! value_from {
    ($($from:ty => |$it:ident| $to:expr),* $(,)?) => {$(
        impl<'a> From<$from> for Value<'a> {
            fn from($it: $from) -> Self {
                $to
            }
        }
    )*};
}

value_from! {
    &'a str => |it| Value::Text(it),
    &'a String => |it| Value::Text(it),
    &'a [u8] => |it| Value::Blob(it),
    &'a Vec<u8> => |it| Value::Blob(it),
    &'a [u8; 32] => |it| Value::Blob(it),
    // What is beyond is as far as the ledger can say: never below zero.
    u64 => |it| Value::Int(i64::try_from(it).unwrap_or(i64::MAX)),
    u32 => |it| Value::Int(i64::from(it)),
    i64 => |it| Value::Int(it),
    usize => |it| Value::Int(it as i64),
    bool => |it| Value::Int(i64::from(it)),
    Option<&'a str> => |it| it.map_or(Value::Null, Value::Text),
    &'a Option<String> => |it| it.as_deref().map_or(Value::Null, Value::Text),
}

/// The values of a statement, in the order of its `?`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] };
}
pub(crate) use values;

/// One row of an answer. The readers panic on no input: a column of another type is an error of the ledger.
pub(crate) struct Row<'a>(&'a rusqlite::Row<'a>);

impl Row<'_> {
    pub(crate) fn int(&self, column: usize) -> Result<u64, StoreError> {
        Ok(self.0.get::<_, i64>(column)? as u64)
    }

    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<u64>, StoreError> {
        Ok(self.0.get::<_, Option<i64>>(column)?.map(|number| number as u64))
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.0.get::<_, i64>(column)? != 0)
    }

    pub(crate) fn text(&self, column: usize) -> Result<String, StoreError> {
        Ok(self.0.get(column)?)
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        Ok(self.0.get(column)?)
    }

    pub(crate) fn blob(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        Ok(self.0.get(column)?)
    }

    /// The bytes where they stand.
    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        self.0.get_ref(column)?.as_blob().map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    pub(crate) fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(column)?)
    }

    /// All columns in one text, different ones in different texts.
    pub(crate) fn whole(&self) -> Result<String, StoreError> {
        let mut text = String::new();
        for column in 0..self.0.as_ref().column_count() {
            text.push_str(&match self.0.get_ref(column)? {
                ValueRef::Null => "-".to_owned(),
                ValueRef::Integer(number) => format!("{number};"),
                ValueRef::Real(number) => format!("{number};"),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    format!("{}:{}", bytes.len(), String::from_utf8_lossy(bytes))
                }
            });
        }
        Ok(text)
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        let text: String = self.0.get(column)?;
        serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(format!("{error} in {text:.80}")))
    }
}

/// A connection.
pub(crate) struct Db(Connection);

/// How long a connection waits for another one's transaction.
const BUSY: Duration = Duration::from_secs(10);

impl Db {
    pub(crate) fn memory() -> Result<Self, StoreError> {
        Self::prepared(Connection::open_in_memory()?, "PRAGMA foreign_keys = OFF")
    }

    /// A file, for writing: WAL, each commit on disk before it is answered, checkpoints left to their own thread.
    pub(crate) fn file(path: &Path) -> Result<Self, StoreError> {
        Self::prepared(
            Connection::open(path)?,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
             PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY",
        )
    }

    /// The same file, for reading only.
    pub(crate) fn file_reader(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::prepared(
            Connection::open_with_flags(path, flags)?,
            "PRAGMA query_only = ON; PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY",
        )
    }

    fn prepared(connection: Connection, pragmas: &str) -> Result<Self, StoreError> {
        connection.busy_timeout(BUSY)?;
        // More than there are: one that is not kept costs more to compile than to run.
        connection.set_prepared_statement_cache_capacity(512);
        // Without this each new value for an indexed column compiles the statement anew (SQLite is built with
        // SQLITE_ENABLE_STAT4).
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(pragmas)?;
        Ok(Self(connection))
    }

    /// Calls `told` after each commit with how many pages the write-ahead log has.
    pub(crate) fn on_commit(&mut self, mut told: impl FnMut(u64) + Send + 'static) -> Result<(), StoreError> {
        let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            told(pages as u64);
            Ok(())
        };
        Ok(self.0.wal_hook(Some(hook))?)
    }

    /// Calls `told` after each statement with its text and how many steps all runs of it have taken.
    #[cfg(test)]
    pub(crate) fn watch(&mut self, mut told: impl FnMut(&str, u64) + Send + 'static) {
        use rusqlite::StatementStatus::VmStep;
        use rusqlite::trace::{TraceEvent, TraceEventCodes};
        let each = move |event: TraceEvent<'_>| {
            if let TraceEvent::Profile(statement, _) = event {
                told(&statement.sql(), statement.get_status(VmStep) as u64);
            }
        };
        self.0.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(each)).unwrap();
    }

    /// How a statement goes through its tables, a line for each.
    #[cfg(test)]
    pub(crate) fn plan(&self, sql: &str) -> Vec<String> {
        let mut statement = self.0.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        std::iter::from_fn(|| rows.next().unwrap().map(|row| row.get_unwrap("detail"))).collect()
    }

    /// Runs several statements that give no rows.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.0.execute_batch(sql)?)
    }

    /// Runs one statement; how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        Ok(self.0.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?)
    }

    /// Each row of the answer through `each`.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(each(&Row(row))?);
        }
        Ok(found)
    }

    /// The first row of the answer through `each`.
    pub(crate) fn row<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        each: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        rows.next()?.map(|row| each(&Row(row))).transpose()
    }

    /// Runs `work`, which only reads, on one state of the database, whatever is committed meanwhile.
    pub(crate) fn snapshot<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _open = self.begin("BEGIN DEFERRED")?;
        work(self)
    }

    /// Runs `work` within the open transaction; if it says false, or fails, nothing of it stays.
    pub(crate) fn whole(&self, work: impl FnOnce() -> Result<bool, StoreError>) -> Result<bool, StoreError> {
        self.execute("SAVEPOINT part", &[])?;
        let done = work();
        if !matches!(done, Ok(true)) {
            self.execute("ROLLBACK TO SAVEPOINT part", &[])?;
        }
        self.execute("RELEASE SAVEPOINT part", &[])?;
        done
    }

    /// Runs `work` in a transaction of which nothing stays.
    pub(crate) fn rehearsal<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _open = self.begin("BEGIN IMMEDIATE")?;
        work(self)
    }

    /// Runs `work` in one transaction that takes the write lock at its beginning; an error, or a panic, undoes it all.
    pub(crate) fn transaction<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _open = self.begin("BEGIN IMMEDIATE")?;
        let done = work(self)?;
        self.execute("COMMIT", &[])?;
        Ok(done)
    }

    fn begin(&self, how: &str) -> Result<Open<'_>, StoreError> {
        self.execute(how, &[])?;
        Ok(Open(self))
    }
}

/// A transaction that is undone, if it was not committed, when this is dropped.
struct Open<'a>(&'a Db);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // A COMMIT ends it, and so may one that fails (a full disk).
        if !self.0.0.is_autocommit() {
            // Where that fails the connection is broken, as the next BEGIN says.
            let _broken = self.0.execute("ROLLBACK", &[]);
        }
    }
}
