//! Batches become parts of the commit, in the order in which they came.

use super::turn::Intent;
use super::{Output, Server};
use crate::message::{Batch, ToWorker};
use pikoci_engine::facts::{AttemptPosition, AttemptTarget, Facts};
use pikoci_engine::part::{Advance, Ending, Made, Part, StepChange};
use pikoci_plan::event::Event;
use pikoci_plan::status::Status;
use std::collections::BTreeMap;

impl Server {
    /// Each batch is answered: with where the ledger stands, after the commit or at once.
    pub(super) fn take_batches(&mut self, facts: &Facts) {
        let mut moved = BTreeMap::new();
        for batch in std::mem::take(&mut self.turn.batches) {
            let upto = batch.from + batch.events.len() as u64;
            let Some(known) = facts.positions.get(&batch.attempt) else {
                // Nobody knows it any more: nothing of it is wanted.
                self.acknowledge(&batch, upto);
                continue;
            };
            let stands = *moved.get(&batch.attempt).unwrap_or(&known.position);
            if batch.from > stands || upto <= stands {
                self.acknowledge(&batch, stands);
                continue;
            }
            moved.insert(batch.attempt.clone(), upto);
            self.advance(batch, stands, known);
        }
    }

    fn acknowledge(&mut self, batch: &Batch, upto: u64) {
        let message = ToWorker::Ack { attempt: batch.attempt.clone(), upto };
        self.turn.outputs.push(Output::Send(batch.worker.clone(), message));
    }

    /// The events from where the ledger stands on.
    fn advance(&mut self, batch: Batch, stands: u64, known: &AttemptPosition) {
        let mut advance = Advance {
            attempt: batch.attempt.clone(),
            from: stands,
            upto: batch.from + batch.events.len() as u64,
            steps: Vec::new(),
            frames: Vec::new(),
            outputs: Vec::new(),
            versions: None,
            result: None,
            at_ms: self.turn.now.wall_ms,
        };
        let events = batch.events.into_iter().zip(batch.from..).filter(|(_, position)| *position >= stands);
        for (event, position) in events {
            add(&mut advance, event, position);
        }
        let ends = known.running && advance.result.is_some();
        let (build, check) = match &known.of {
            AttemptTarget::Build(build) => (Some(build.clone()), None),
            AttemptTarget::Check(check) => (None, ends.then(|| check.clone())),
        };
        let intent =
            Intent::Batch { worker: batch.worker, attempt: batch.attempt, upto: advance.upto, build, check };
        self.turn.push(Part::Advance(advance), intent);
    }
}

/// Sorts an event into what it changes.
fn add(advance: &mut Advance, event: Event, position: u64) {
    match event {
        Event::StepStarted { step, at_ms } => {
            let status = Status::Running;
            let change = StepChange { step, position, status, at_ms, message: None, warning: false };
            advance.steps.push(change);
        }
        Event::StepEnded { step, status, at_ms, message, warning } => {
            advance.steps.push(StepChange { step, position, status, at_ms, message, warning });
        }
        Event::Log(frame) => advance.frames.push((position, frame)),
        Event::Output { step, resource, versions } => {
            advance.outputs.push(Made { step, position, resource, versions });
        }
        Event::Versions { versions, more } => advance.versions = Some((versions, more)),
        Event::Result { outcome, message, warning, stopped, .. } => {
            advance.result = Some(Ending { outcome, message, warning, stopped });
        }
    }
}
