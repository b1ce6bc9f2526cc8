//! The number of a build's newest change, among all changes of all builds: what streams of events go by.

use crate::StoreError;
use crate::db::{Db, values};

/// A build has changed.
pub(super) fn touch(db: &Db, build: &str) -> Result<(), StoreError> {
    db.execute("UPDATE counters SET value = value + 1 WHERE name = 'builds.seq'", &[])?;
    db.execute(
        "UPDATE builds SET seq = (SELECT value FROM counters WHERE name = 'builds.seq') WHERE id = ?",
        values![build],
    )
    .map(drop)
}
