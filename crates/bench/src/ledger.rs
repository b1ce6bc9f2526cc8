//! A long history, written into the SQLite file of a stopped server: what one real build left, many times over.
//!
//! The rows are copies of real ones, whatever their columns, but for ids, numbers and unique keys. So the history has the
//! shape that servers give it, also after the tables have changed.

use crate::bed::State;
use anyhow::{Context, Result};
use rusqlite::Connection;
use std::fs::File;
use std::path::PathBuf;

/// The file while no server has it.
#[derive(Debug)]
pub struct Ledger {
    database: Connection,
    path: PathBuf,
}

/// The id that a copy has, of whatever kind. It sorts before all that a server makes, as old ones do.
const ID: &str = "printf('%026d', n.i)";

/// The smallest id that a server makes nowadays.
const REAL: &str = "01";

/// How old builds are made.
const FAST: &str = "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
     PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -300000; PRAGMA temp_store = MEMORY; BEGIN";

impl Ledger {
    /// Opens what a server left.
    pub fn open(state: &State) -> Result<Self> {
        let path = state.ledger();
        let database = Connection::open(&path)?;
        database.execute_batch(FAST)?;
        Ok(Self { database, path })
    }

    /// Writes all of it to the disk, so that nothing of it is left to be written while a server is measured.
    pub fn close(self) -> Result<()> {
        self.database.execute_batch("COMMIT")?;
        drop(self.database);
        // Only a new connection may leave the exclusive mode.
        Connection::open(&self.path)?.pragma_update(None, "journal_mode", "WAL")?;
        File::open(&self.path)?.sync_all()?;
        Ok(())
    }

    /// Pauses a job.
    pub fn pause(&self, job: &str) -> Result<()> {
        let id = self.job(job)?;
        self.database.execute("UPDATE jobs SET paused = 1 WHERE id = ?", [id])?;
        Ok(())
    }

    /// Copies the newest ended build of a job so often, with all that it left: its attempt, its log, the versions it took.
    pub fn repeat(&self, job: &str, count: i64) -> Result<()> {
        let job = self.job(job)?;
        let build: String =
            self.one("SELECT MAX(id) FROM builds WHERE job_id = ?1 AND ended_ms > 0", &job)?;
        let attempt: String = self.one("SELECT attempt_id FROM builds WHERE id = ?1", &build)?;
        let number: i64 = self.one("SELECT last_number FROM jobs WHERE id = ?1", &job)?;
        let place: i64 = self.one("SELECT last_passed FROM jobs WHERE id = ?1", &job)?;
        let copies = self.copies(count)?;
        let number = copies.from(number);
        self.copy_build(&copies, &build, &[("number", &number), ("attempt_id", ID)])?;
        let ask = "1000000000 + n.i";
        self.copy(&copies, "attempts", ("id", &attempt), &[("id", ID), ("build_id", ID), ("ask", ask)])?;
        self.copy(&copies, "log_segments", ("attempt_id", &attempt), &[("attempt_id", ID)])?;
        self.copy_versions(&copies, &build)?;
        let taken = [("build_id", ID), ("version_id", ID)];
        self.copy(&copies, "build_inputs", ("build_id", &build), &taken)?;
        let passed = copies.from(place);
        let places = [("place", passed.as_str()), ("number", &number)];
        self.copy(&copies, "passed", ("build_id", &build), &[taken, places].concat())?;
        self.database.execute(
            "UPDATE jobs SET last_number = last_number + ?2, \
             last_passed = CASE WHEN last_passed > 0 THEN last_passed + ?2 ELSE 0 END WHERE id = ?1",
            (&job, count),
        )?;
        // Whoever reads what the job lets through has seen it.
        self.database.execute("UPDATE horizons SET upto = upto + ?2 WHERE source_id = ?1", (&job, count))?;
        Ok(())
    }

    /// Makes so many builds of a job that wait to be started, all as old as can be. They are like the newest ended build of
    /// `like`.
    pub fn wait(&self, job: &str, like: &str, count: i64) -> Result<()> {
        let (job, like) = (self.job(job)?, self.job(like)?);
        let build: String =
            self.one("SELECT MAX(id) FROM builds WHERE job_id = ?1 AND ended_ms > 0", &like)?;
        let number: i64 = self.one("SELECT last_number FROM jobs WHERE id = ?1", &job)?;
        let copies = self.copies(count)?;
        let number = copies.from(number);
        let id = format!("'{job}'");
        let changed = [
            ("job_id", id.as_str()),
            ("number", &number),
            ("status", "'pending'"),
            ("attempt_id", "NULL"),
            ("revision", "NULL"),
            ("message", "NULL"),
            ("started_ms", "NULL"),
            ("ended_ms", "NULL"),
        ];
        self.copy_build(&copies, &build, &changed)?;
        self.database
            .execute("UPDATE jobs SET last_number = last_number + ?2 WHERE id = ?1", (&job, count))?;
        Ok(())
    }

    /// The row of a build, and of what it was made for.
    fn copy_build(&self, copies: &Copies, build: &str, changed: &[(&str, &str)]) -> Result<()> {
        let seq: i64 = self.one("SELECT value FROM counters WHERE name = ?1", "builds.seq")?;
        let seq = copies.from(seq);
        let own = [("id", ID), ("cause", "substr(made.cause, 1, 2) || n.i"), ("seq", &seq)];
        self.copy(copies, "builds", ("id", build), &[&own, changed].concat())?;
        self.database.execute(
            "UPDATE counters SET value = value + ?1 WHERE name = 'builds.seq'",
            [copies.last - copies.first + 1],
        )?;
        let job: Vec<_> = changed.iter().filter(|(column, _)| *column == "job_id").copied().collect();
        let own = [("build_id", ID), ("cause_key", "randomblob(32)")];
        self.copy(copies, "causes", ("build_id", build), &[&own, job.as_slice()].concat())
    }

    /// The version that a build took, if it took one; all copies are older than those that are there.
    fn copy_versions(&self, copies: &Copies, build: &str) -> Result<()> {
        let taken = "SELECT version_id FROM build_inputs WHERE build_id = ?1";
        let mut taken = self.database.prepare(taken)?;
        let mut rows = taken.query([build])?;
        let Some(row) = rows.next()? else { return Ok(()) };
        let version: String = row.get(0)?;
        let resource: String = self.one("SELECT resource_id FROM versions WHERE id = ?1", &version)?;
        let sql = "SELECT COUNT(*) FROM versions WHERE resource_id = ?1 AND id < '01'";
        let before: i64 = self.one(sql, &resource)?;
        let count = copies.last - copies.first + 1;
        for sql in [
            &format!("UPDATE versions SET place = place + ?2 WHERE resource_id = ?1 AND id >= '{REAL}'"),
            "UPDATE resources SET last_order = last_order + ?2 WHERE id = ?1",
            "UPDATE horizons SET upto = upto + ?2 WHERE source_id = ?1",
        ] {
            self.database.execute(sql, (&resource, count))?;
        }
        let changed = [("id", ID), ("identity", "randomblob(32)"), ("place", &copies.from(before))];
        self.copy(copies, "versions", ("id", &version), &changed)
    }

    /// Copies the rows of a table whose column has that value, with some columns changed.
    fn copy(
        &self,
        copies: &Copies,
        table: &str,
        (column, value): (&str, &str),
        changed: &[(&str, &str)],
    ) -> Result<()> {
        let columns = self.columns(table)?;
        let with = |column: &String| {
            let changed = changed.iter().find(|(name, _)| name == column);
            changed.map_or_else(|| format!("made.{column}"), |(_, with)| (*with).to_owned())
        };
        let values: Vec<_> = columns.iter().map(with).collect();
        // Copied from a copy: to read a table that is written to, all of the answer would be kept first.
        let sql = format!(
            "DROP TABLE IF EXISTS made; CREATE TEMP TABLE made AS SELECT * FROM {table} WHERE {column} = '{value}'; \
             WITH RECURSIVE n (i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
             INSERT INTO main.{table} ({}) SELECT {} FROM n CROSS JOIN made",
            copies.first,
            copies.last,
            columns.join(", "),
            values.join(", "),
        );
        self.database.execute_batch(&sql).with_context(|| format!("cannot copy rows of {table}"))
    }

    fn columns(&self, table: &str) -> Result<Vec<String>> {
        let mut info = self.database.prepare("SELECT name FROM pragma_table_info(?)")?;
        Ok(info.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// The numbers of new copies.
    fn copies(&self, count: i64) -> Result<Copies> {
        let sql = "SELECT COALESCE(MAX(CAST(id AS INTEGER)), 0) FROM builds WHERE id < ?1";
        let before: i64 = self.one(sql, REAL)?;
        Ok(Copies { first: before + 1, last: before + count })
    }

    fn job(&self, name: &str) -> Result<String> {
        self.one("SELECT id FROM jobs WHERE name = ?1", name)
    }

    fn one<T: rusqlite::types::FromSql>(&self, sql: &str, value: &str) -> Result<T> {
        let found = self.database.query_row(sql, [value], |row| row.get(0));
        found.with_context(|| format!("{sql} of {value}"))
    }
}

/// The numbers that some copies have among all, whatever they are copies of.
struct Copies {
    first: i64,
    last: i64,
}

impl Copies {
    /// The numbers from `before` on, one for each copy.
    fn from(&self, before: i64) -> String {
        format!("({before} + n.i - {})", self.first - 1)
    }
}
