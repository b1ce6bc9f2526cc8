//! What follows from what became of the parts of a commit.

use super::turn::{Has, Intent, PendingGo};
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
            Intent::Batch { worker, attempt, upto, ended, build, check } => {
                // Where it missed, another server took the events; the worker sends again and is told where it stands.
                let Applied::Advanced { due, seal, .. } = applied else { return };
                self.look |= !due.is_empty();
                out.extend(seal.then(|| Output::Seal(attempt.clone())));
                out.push(Output::Send(worker, ToWorker::Ack { attempt, upto, ended }));
                out.extend(build.map(Output::Changed));
                out.extend(check.map(Output::CheckEnded));
            }
            Intent::Create { token, build, go } => out.extend(self.created(token, build, go, applied)),
            Intent::Rerun { token, build } => out.extend(self.created(token, build, None, applied)),
            Intent::Decide { made, tell } => self.decided(made, tell, applied, out),
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
            Intent::Touch => {
                self.look |= !missed;
                if let Applied::Touched(builds) = applied {
                    out.extend(builds.into_iter().map(Output::Changed));
                }
            }
            Intent::Answer(token) => {
                self.look = true;
                if let Applied::Touched(builds) | Applied::Set { ended: builds, .. } = &applied {
                    out.extend(builds.iter().cloned().map(Output::Changed));
                }
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
                // What could not start yet is looked at again, with all that waits.
                self.look |= !started;
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
        made: Vec<(BuildId, Option<PendingGo>)>,
        tell: Vec<(BuildId, Has)>,
        applied: Applied,
        out: &mut Vec<Output>,
    ) {
        let (builds, touched) = match applied {
            Applied::Decided { builds, touched } => (builds, touched),
            _ => {
                // Somebody else decided on newer facts, or a brake was applied.
                self.look = true;
                (Vec::new(), Vec::new())
            }
        };
        let tell = tell.into_iter().filter(|(build, _)| touched.contains(build));
        out.extend(tell.map(|(_, (worker, session, ask, attempt))| {
            let message = ToWorker::Cancel { session, ask, attempt, skip_hooks: false, ended: false };
            Output::Send(worker, message)
        }));
        for (id, go) in made {
            let found = builds.iter().find(|(build, ..)| *build == id);
            out.extend(self.started(go, found.map(|(_, number, started)| (*number, *started))));
            out.extend(found.map(|(build, ..)| Output::Changed(build.clone())));
        }
        out.extend(touched.into_iter().map(Output::Changed));
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
        Applied::Set { id, revision, changed, .. } => Ok(Answer::Set { pipeline: id, revision, changed }),
        Applied::Conflict(revision) => Err(Problem::Conflict(revision)),
        Applied::Yes | Applied::Touched(_) => Ok(Answer::Done),
        _ => Err(Problem::NotFound),
    }
}
