//! The steps of an attempt as they stand in its row.

use crate::StoreError;
use pikoci_engine::part::StepChange;
use pikoci_plan::status::{Outcome, Status};
use serde::{Deserialize, Serialize};

/// A step that has begun or been skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// The index of the step.
    pub step: u32,
    /// Its state.
    pub status: Status,
    /// When it began, by the worker's clock, in milliseconds since 1970.
    pub started_ms: Option<u64>,
    /// When it ended, by the worker's clock, in milliseconds since 1970.
    pub ended_ms: Option<u64>,
    /// What happened, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// Whether it succeeded only because its failure is allowed.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub warning: bool,
    /// The position of its first event.
    pub began: u64,
    /// The position of its newest event.
    pub position: u64,
}

/// Reads the column.
pub(crate) fn parse(text: &str) -> Result<Vec<StepRow>, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("steps: {error}")))
}

/// Writes the column.
pub(crate) fn print(rows: &[StepRow]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::Corrupt(format!("steps: {error}")))
}

/// Applies what became of a step.
pub(crate) fn apply(rows: &mut Vec<StepRow>, change: &StepChange) {
    let place = rows.iter().position(|row| row.step == change.step).unwrap_or_else(|| {
        rows.push(StepRow {
            step: change.step,
            status: Status::Pending,
            started_ms: None,
            ended_ms: None,
            message: None,
            warning: false,
            began: change.position,
            position: change.position,
        });
        rows.len() - 1
    });
    let row = &mut rows[place];
    row.status = change.status;
    row.position = change.position;
    row.message.clone_from(&change.message);
    row.warning = change.warning;
    match change.status {
        // What is in a step that is tried again begins anew.
        Status::Running => (row.started_ms, row.ended_ms) = (Some(change.at_ms), None),
        Status::Skipped | Status::Pending => {}
        _ => row.ended_ms = Some(change.at_ms),
    }
}

/// Ends the steps that still run, when their attempt has ended without saying so.
pub(crate) fn end_running(rows: &mut [StepRow], outcome: Outcome, at_ms: u64) {
    for row in rows.iter_mut().filter(|row| row.status == Status::Running) {
        row.status = outcome.max(Outcome::Errored).into();
        row.ended_ms = Some(at_ms);
    }
}
