//! An attempt starts: its plan, its slot, its record.

use super::{Held, Loop};
use crate::attempt::{Running, Shared, errored};
use crate::record::Record;
use pikoci_executor::{Cancel, Given, Options, Work, steady_ms};
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use pikoci_plan::plan::Plan;
use pikoci_protocol::codec;
use pikoci_protocol::message::{Go, Values};
use pikoci_protocol::worker::Kind;
use std::sync::Arc;
use tokio::sync::watch;

/// How many decoded plans are kept; with more all are forgotten and decoded anew.
const PLANS: usize = 64;

impl Loop {
    pub(super) fn start(&mut self, go: Go) {
        let attempt = go.attempt.clone();
        let (kind, work) = match self.work(&go) {
            Ok(work) => work,
            Err(error) => {
                // The ask is used; the slot behind it was not.
                let result = errored(&format!("the worker does not understand the plan: {error}"));
                let kind = match go.values {
                    Values::Build(_) => Kind::Build,
                    Values::Check(_) => Kind::Check,
                };
                self.machine.free(kind);
                return self.hold_ended(attempt, result);
            }
        };
        let Some(slot) = self.slots(kind).pop() else {
            return self.hold_ended(attempt, errored("the worker had no slot for an ask that it opened"));
        };
        let (cancel, cancelled) = watch::channel(Cancel::No);
        let record = Shared::new(Record::new(self.record_path(&attempt)));
        self.held.insert(attempt.clone(), Held { record: record.clone(), cancel: Some(cancel) });
        let inputs = self.inputs.clone();
        let running = Running { attempt, kind, work, record, cancel: cancelled, inputs };
        self.running.push(Box::pin(running.run(slot)));
    }

    fn work(&mut self, go: &Go) -> Result<(Kind, Work), codec::CodecError> {
        if !self.plans.contains_key(&go.plan_hash) {
            if self.plans.len() >= PLANS {
                self.plans.clear();
            }
            self.plans.insert(go.plan_hash.clone(), codec::decode(&go.plan)?);
        }
        match (&self.plans[&go.plan_hash], &go.values) {
            (Plan::Build(plan), Values::Build(values)) => {
                let plan = Arc::new(plan.clone());
                let options = Options {
                    given: self.given(&plan.pipeline),
                    sure_until: Some(self.sure_until.subscribe()),
                    ..Options::default()
                };
                Ok((Kind::Build, Work::Build(plan, values.clone(), options)))
            }
            (Plan::Check(plan), Values::Check(values)) => {
                let given = self.given(&plan.pipeline);
                Ok((Kind::Check, Work::Check(plan.clone(), values.clone(), given)))
            }
            _ => Err(codec::CodecError::Malformed("the plan is of another kind than its values".into())),
        }
    }

    fn given(&self, pipeline: &str) -> Given {
        self.given.get(pipeline).cloned().unwrap_or_default()
    }

    /// Holds an attempt that ended before it began.
    pub(super) fn hold_ended(&mut self, attempt: AttemptId, result: Event) {
        let mut record = Record::new(self.record_path(&attempt));
        record.push(steady_ms(), result);
        self.machine.produced(&attempt, record.next(), true);
        self.held.insert(attempt, Held { record: Shared::new(record), cancel: None });
    }
}
