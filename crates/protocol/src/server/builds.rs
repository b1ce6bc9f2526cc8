//! Builds are made: by what jobs decide, and for those who ask.

use super::requests::build_inputs;
use super::turn::{Intent, PendingGo};
use super::{Server, Token};
use pikoci_engine::cause::Cause;
use pikoci_engine::facts::{Facts, JobFacts, JobInfo, PendingBuild, Stored};
use pikoci_engine::inputs::{self, ByHand, NextBuild};
use pikoci_engine::part::{CreateBuild, Decide, Part, StartBuild, versions};
use pikoci_plan::id::{BuildId, JobId};
use std::collections::BTreeMap;

/// A build that this turn makes.
pub(super) struct Draft {
    pub(super) create: CreateBuild,
    pub(super) info: JobInfo,
    /// Who waits for it; else it belongs to a decision.
    pub(super) token: Option<Token>,
    /// The index of the decision that it belongs to.
    pub(super) decision: Option<usize>,
}

impl Draft {
    /// As it will stand in the queue, but for its number.
    pub(super) fn pending(&self) -> PendingBuild {
        PendingBuild {
            build: self.create.id.clone(),
            number: 0,
            rerun: 0,
            overtaken_by: None,
            inputs: versions(&self.create.inputs),
        }
    }
}

impl Server {
    /// What the jobs that are due decide.
    pub(super) fn decide_jobs(&mut self, facts: &Facts) {
        self.look |= facts.more_due;
        for (id, job) in &facts.jobs {
            if job.decided < job.changes {
                self.decide_job(id, job);
            }
        }
    }

    fn decide_job(&mut self, id: &JobId, job: &JobFacts) {
        let decision = inputs::decide(job);
        let resolved = decision.resolved.iter();
        let decide = Decide {
            job: id.clone(),
            decided: job.decided,
            changes: job.changes,
            brakes: job.brakes,
            builds: Vec::new(),
            resolved: resolved
                .map(|(build, taken)| (build.clone(), build_inputs(&job.inputs, taken)))
                .collect(),
            horizons: decision.horizons,
            caught_up: decision.caught_up,
            more: decision.more,
        };
        // The next turn gives what is resolved its asks.
        self.look |= !decide.resolved.is_empty() || decide.more;
        let interrupted =
            |build: &BuildId| decision.builds.iter().any(|next| next.interrupts.contains(build));
        let open = job.open.iter().filter(|open| interrupted(&open.build));
        let tell = open.filter_map(|open| Some((open.build.clone(), open.attempt.clone()?))).collect();
        self.turn.decisions.push((decide, tell));
        let at = self.turn.decisions.len() - 1;
        for next in decision.builds {
            let create = self.automatic(id, job, next);
            let (info, token) = (job.info.clone(), None);
            self.turn.drafts.push(Draft { create, info, token, decision: Some(at) });
        }
    }

    fn automatic(&mut self, id: &JobId, job: &JobFacts, next: NextBuild) -> CreateBuild {
        CreateBuild {
            id: BuildId(self.id(self.turn.now)),
            job: id.clone(),
            cause: next.cause,
            by: String::new(),
            inputs: build_inputs(&job.inputs, &next.inputs),
            ready: next.needs.is_empty(),
            needs: next.needs,
            space: next.space,
            untrusted: next.untrusted,
            supersedes: next.supersedes,
            interrupts: next.interrupts,
            at_ms: self.turn.now.wall_ms,
            start: None,
        }
    }

    /// A build that somebody asks for.
    pub(super) fn draft_by_hand(
        &mut self,
        token: Token,
        (id, job): (&JobId, &JobFacts),
        (key, by): (&str, String),
        named: &BTreeMap<String, Stored>,
    ) {
        let ByHand { inputs, needs, ready, space, untrusted } = inputs::by_hand(job, named);
        let create = CreateBuild {
            id: BuildId(self.id(self.turn.now)),
            job: id.clone(),
            cause: Cause::manual(key),
            by,
            inputs: build_inputs(&job.inputs, &inputs),
            ready,
            needs,
            space,
            untrusted,
            supersedes: Vec::new(),
            interrupts: Vec::new(),
            at_ms: self.turn.now.wall_ms,
            start: None,
        };
        let info = job.info.clone();
        self.turn.drafts.push(Draft { create, info, token: Some(token), decision: None });
    }

    /// The parts that make the drafts, started where an ask was found.
    pub(super) fn make(&mut self, drafts: Vec<Draft>, mut begun: BTreeMap<BuildId, (StartBuild, PendingGo)>) {
        let mut decisions: Vec<_> = std::mem::take(&mut self.turn.decisions)
            .into_iter()
            .map(|(decide, tell)| (decide, tell, Vec::new()))
            .collect();
        for mut draft in drafts {
            let build = draft.create.id.clone();
            let (start, go) = begun.remove(&build).unzip();
            draft.create.start = start;
            match (draft.token, draft.decision) {
                (Some(token), _) => {
                    let intent = Intent::Create { token, build, go: go.map(Box::new) };
                    self.turn.push(Part::CreateBuild(draft.create), intent);
                }
                (None, Some(at)) => {
                    decisions[at].0.builds.push(draft.create);
                    decisions[at].2.push((build, go));
                }
                (None, None) => {}
            }
        }
        for (decide, tell, made) in decisions {
            self.turn.push(Part::Decide(decide), Intent::Decide { made, tell });
        }
    }
}
