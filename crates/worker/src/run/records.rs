//! The records of the attempts that the worker holds: found, saved, freed.

use super::{Loop, WorkerError, complain};
use crate::attempt::lost;
use crate::record::Record;
use pikoci_executor::{Home, steady_ms};
use pikoci_plan::id::AttemptId;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::PathBuf;

/// The pause after a disk that refused.
const SAVE_AGAIN_MS: u64 = 1_000;

/// The directory of records, below the worker's.
const RECORDS: &str = "records";

impl Loop {
    /// Saves what has waited too long. A disk that refuses is asked again after a while.
    pub(super) fn save(&mut self) {
        let now_ms = steady_ms();
        if now_ms < self.saves_from_ms {
            return;
        }
        let saved = self.held.iter().filter_map(|(attempt, held)| {
            let saved = held.record.save_if_due(now_ms)?;
            Some(saved.map_err(|error| format!("the record of attempt {attempt} cannot be written: {error}")))
        });
        match saved.reduce(Result::and) {
            Some(Ok(())) if self.disk_refuses => {
                self.disk_refuses = false;
                complain("records can be written again");
            }
            Some(Err(problem)) => {
                self.saves_from_ms = now_ms + SAVE_AGAIN_MS;
                // Said once, not each time that it is tried again.
                if !std::mem::replace(&mut self.disk_refuses, true) {
                    complain(&problem);
                }
            }
            _ => {}
        }
    }

    /// When something is to be saved, or the machine has something to do.
    pub(super) fn wake_ms(&self) -> u64 {
        let saves = self.held.values().filter_map(|held| held.record.lock().save_due_ms());
        let save = saves.fold(u64::MAX, u64::min).max(self.saves_from_ms);
        self.machine.wake_ms().min(save)
    }

    /// The ledger has all before this position.
    pub(super) fn stored(&mut self, attempt: &AttemptId, upto: u64) {
        let Some(held) = self.held.get(attempt) else { return };
        if let Err(error) = held.record.stored(upto) {
            complain(&format!("the record of attempt {attempt}: {error}"));
        }
        if self.lost.remove(attempt) {
            let mut record = held.record.lock();
            let is_known = upto > 0 || record.next() > 0;
            record.finish(steady_ms(), upto, lost(is_known));
            self.machine.produced(attempt, record.next(), true);
        }
    }

    /// The ledger stands at `at`, without the result.
    pub(super) fn again(&mut self, attempt: &AttemptId, at: u64) {
        let Some(held) = self.held.get(attempt) else { return };
        let mut record = held.record.lock();
        record.finish_again(steady_ms(), at);
        self.machine.produced(attempt, record.next(), record.is_complete());
    }

    /// The ledger has all of it.
    pub(super) fn forget(&mut self, attempt: &AttemptId) {
        let Some(held) = self.held.remove(attempt) else { return };
        let removed = held.record.lock().remove().and_then(|()| self.home.clear(attempt));
        if let Err(error) = removed {
            complain(&format!("the record of attempt {attempt} cannot be removed: {error}"));
        }
    }

    pub(super) fn record_path(&self, attempt: &AttemptId) -> PathBuf {
        self.home.path().join(RECORDS).join(attempt.as_str())
    }
}

/// The attempts that sessions before have not delivered, with what they left of their records.
pub(super) fn left(home: &Home) -> Result<HashMap<AttemptId, Record>, WorkerError> {
    let directory = home.path().join(RECORDS);
    let mut attempts: BTreeSet<_> = home.unfinished().iter().cloned().collect();
    match std::fs::read_dir(&directory) {
        Ok(entries) => {
            let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
            attempts.extend(names.map(AttemptId));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(WorkerError::Left { path: directory, error }),
    }
    let load = |attempt: AttemptId| {
        let path = directory.join(attempt.as_str());
        let record = Record::load(path.clone()).map_err(|error| WorkerError::Left { path, error })?;
        Ok((attempt, record))
    };
    attempts.into_iter().map(load).collect()
}
