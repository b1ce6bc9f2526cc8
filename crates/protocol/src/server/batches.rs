//! Batches become parts of the commit, in the order in which they came.

use super::turn::Intent;
use super::{Output, Server};
use crate::message::{Batch, ToWorker};
use pikoci_engine::facts::{AttemptPosition, AttemptTarget, Facts};
use pikoci_engine::part::{Advance, Ending, Made, Part, StepChange};
use pikoci_plan::event::Event;
use pikoci_plan::status::Status;
use std::collections::BTreeMap;

/// Where the ledger stands with an attempt, with the batches of this turn.
#[derive(Clone, Copy)]
struct Stand {
    upto: u64,
    ended: bool,
}

impl Server {
    /// Each batch is answered: with where the ledger stands, after the commit or at once.
    pub(super) fn take_batches(&mut self, facts: &Facts) {
        let mut moved = BTreeMap::new();
        for batch in std::mem::take(&mut self.turn.batches) {
            let Some(upto) = batch.from.checked_add(batch.events.len() as u64) else {
                // No worker of ours has produced so much.
                continue;
            };
            let Some(known) = facts.positions.get(&batch.attempt) else {
                // Nobody knows it any more: nothing of it is wanted.
                self.acknowledge(&batch, Stand { upto, ended: true });
                continue;
            };
            let before = Stand { upto: known.position, ended: !known.running };
            let stands = *moved.get(&batch.attempt).unwrap_or(&before);
            if batch.from > stands.upto || upto <= stands.upto {
                self.acknowledge(&batch, stands);
                continue;
            }
            let attempt = batch.attempt.clone();
            let ended = self.advance(batch, (stands, upto), known);
            moved.insert(attempt, Stand { upto, ended });
        }
    }

    fn acknowledge(&mut self, batch: &Batch, Stand { upto, ended }: Stand) {
        let message = ToWorker::Ack { attempt: batch.attempt.clone(), upto, ended };
        self.turn.outputs.push(Output::Send(batch.worker.clone(), message));
    }

    /// The events from where the ledger stands on. Whether the attempt has ended then.
    fn advance(&mut self, batch: Batch, (stands, upto): (Stand, u64), known: &AttemptPosition) -> bool {
        let mut advance = Advance {
            attempt: batch.attempt.clone(),
            from: stands.upto,
            upto,
            steps: Vec::new(),
            frames: Vec::new(),
            outputs: Vec::new(),
            versions: None,
            result: None,
            at_ms: self.turn.now.wall_ms,
        };
        let events =
            batch.events.into_iter().zip(batch.from..).filter(|(_, position)| *position >= stands.upto);
        for (event, position) in events {
            add(&mut advance, event, position);
        }
        let ends = !stands.ended && advance.result.is_some();
        let ended = stands.ended || ends;
        let (build, check) = match &known.of {
            AttemptTarget::Build(build) => {
                // What it held is free for others.
                self.serve |= ends;
                (Some(build.clone()), None)
            }
            AttemptTarget::Check(check) => (None, ends.then(|| check.clone())),
        };
        let (worker, attempt, upto) = (batch.worker, batch.attempt, advance.upto);
        self.turn.push(Part::Advance(advance), Intent::Batch { worker, attempt, upto, ended, build, check });
        ended
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
