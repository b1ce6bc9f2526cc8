//! What follows from what became of the parts of a commit.

use super::turn::{Intent, PendingGo};
use super::{Answer, Output, Problem, Server};
use crate::message::ToWorker;
use pikoci_engine::part::Applied;
use pikoci_plan::id::BuildId;

impl Server {
    /// What follows from what became of one part.
    pub(super) fn conclude_one(&mut self, intent: Intent, applied: Applied, out: &mut Vec<Output>) {
        let missed = applied == Applied::Missed;
        match intent {
            Intent::Session(worker) => {
                if missed {
                    // A higher session is known to the ledger: this one is over.
                    self.workers.remove(&worker);
                }
            }
            Intent::Batch { worker, attempt, upto, build, check } => {
                // Where it missed, another server took the events; the worker sends again and is told where it stands.
                let Applied::Advanced { due, seal, .. } = applied else { return };
                self.look |= !due.is_empty();
                out.extend(seal.then(|| Output::Seal(attempt.clone())));
                out.push(Output::Send(worker, ToWorker::Ack { attempt, upto }));
                out.extend(build.map(Output::Changed));
                out.extend(check.map(Output::CheckEnded));
            }
            Intent::Create { token, build, go } => out.extend(self.created(token, build, go, applied)),
            Intent::Decide { made, ids, resolved } => self.decided(made, ids, resolved, applied, out),
            Intent::Start { build, go } => {
                if missed {
                    return self.doubt(&go.ask);
                }
                out.push(go.output(None));
                out.extend(build.map(Output::Changed));
            }
            Intent::Cancel { token, build, tell, skip_hooks } => {
                if let (false, Some((worker, session, ask, attempt))) = (missed, tell) {
                    let message = ToWorker::Cancel { session, ask, attempt, skip_hooks, ended: false };
                    out.push(Output::Send(worker, message));
                }
                out.push(Output::Changed(build));
                out.push(Output::Answer(token, Ok(Answer::Cancelled)));
            }
            Intent::Lose { build } => {
                self.look = true;
                out.extend(build.map(Output::Changed));
            }
            Intent::End(build) => out.push(Output::Changed(build)),
            Intent::Answer(token) => {
                self.look = true;
                out.push(Output::Answer(token, answer(applied)));
            }
        }
    }

    /// A build was made for a request, or had been before.
    fn created(
        &mut self,
        token: super::Token,
        build: BuildId,
        go: Option<Box<PendingGo>>,
        applied: Applied,
    ) -> Vec<Output> {
        let answer = |build, created| Output::Answer(token, Ok(Answer::Triggered { build, created }));
        match applied {
            Applied::Made { number, started } => {
                let mut out = self.started(go.map(|go| *go), Some((number, started)));
                out.extend([Output::Changed(build.clone()), answer(build, true)]);
                out
            }
            Applied::Exists(before) => {
                let mut out = self.started(go.map(|go| *go), None);
                out.push(answer(before, false));
                out
            }
            _ => vec![Output::Answer(token, Err(Problem::NotFound))],
        }
    }

    /// A job's decision made builds; those that are missing had been made before.
    fn decided(
        &mut self,
        made: Vec<Option<PendingGo>>,
        ids: Vec<BuildId>,
        resolved: Vec<BuildId>,
        applied: Applied,
        out: &mut Vec<Output>,
    ) {
        let builds = match applied {
            Applied::Decided(builds) => builds,
            _ => {
                // Somebody else decided on newer facts.
                self.look = true;
                Vec::new()
            }
        };
        for (go, id) in made.into_iter().zip(ids) {
            let found = builds.iter().find(|(build, ..)| *build == id);
            out.extend(self.started(go, found.map(|(_, number, started)| (*number, *started))));
            out.extend(found.map(|(build, ..)| Output::Changed(build.clone())));
        }
        out.extend(resolved.into_iter().map(Output::Changed));
    }

    /// The `Go` of a new build, or a doubt about the ask that was meant for it.
    fn started(&mut self, go: Option<PendingGo>, made: Option<(u64, bool)>) -> Vec<Output> {
        match (go, made) {
            (Some(go), Some((number, true))) => vec![go.output(Some(number))],
            (Some(go), _) => {
                self.doubt(&go.ask);
                Vec::new()
            }
            (None, _) => Vec::new(),
        }
    }
}

fn answer(applied: Applied) -> Result<Answer, Problem> {
    match applied {
        Applied::Requested { check, number } => Ok(Answer::Checking { check, number }),
        Applied::Set { id, revision } => Ok(Answer::Set { pipeline: id, revision }),
        _ => Err(Problem::NoCheck),
    }
}
