//! Revisions of pipelines.

use crate::db::{Row, Value, values};
use crate::{Store, StoreError};
use pikoci_plan::id::PipelineId;

/// A revision of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its number, from 1.
    pub number: u64,
    /// Who set it; empty where that is not known.
    pub by: String,
    /// When (milliseconds since 1970).
    pub created_ms: u64,
    /// Where its types came from: address and SHA-256 in hex.
    pub sources: Vec<(String, String)>,
}

fn revision(row: &Row<'_>) -> Result<Revision, StoreError> {
    Ok(Revision { number: row.int(0)?, by: row.text(1)?, created_ms: row.int(2)?, sources: row.json(3)? })
}

impl Store {
    /// The revisions of a pipeline, newest first, below the number `before`.
    pub fn revisions(
        &self,
        pipeline: &PipelineId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Revision>, StoreError> {
        let before = before.map_or(Value::Int(i64::MAX), Value::from);
        self.reader().rows(
            "SELECT number, set_by, created_ms, sources FROM revisions \
             WHERE pipeline_id = ? AND number < ? ORDER BY number DESC LIMIT ?",
            &[pipeline.as_str().into(), before, limit.into()],
            revision,
        )
    }

    /// A revision of a pipeline with its text.
    pub fn revision(
        &self,
        pipeline: &PipelineId,
        number: u64,
    ) -> Result<Option<(Revision, String)>, StoreError> {
        self.reader().row(
            "SELECT number, set_by, created_ms, sources, source FROM revisions \
             WHERE pipeline_id = ? AND number = ?",
            values![pipeline.as_str(), number],
            |row| Ok((revision(row)?, row.text(4)?)),
        )
    }
}
