//! Work goes to asks: builds that wait, the builds that this very turn makes, and checks.

use super::builds::Draft;
use super::turn::{Intent, NUMBER, PendingGo};
use super::{Server, workers};
use crate::message::Values;
use pikoci_engine::assign;
use pikoci_engine::facts::{Facts, Holder, JobInfo, PendingBuild, QueuedJob};
use pikoci_engine::part::{Part, StartBuild, StartCheck};
use pikoci_engine::queue::{self, Start};
use pikoci_engine::ticks;
use pikoci_plan::id::{AttemptId, BuildId, JobId};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::{BuildValues, CheckValues};
use std::collections::{BTreeMap, BTreeSet};

impl Server {
    /// Gives pending builds and new ones to asks, all in one order, so that one whose ask is waiting starts in the commit
    /// that makes it.
    pub(super) fn start_builds(&mut self, queue: Vec<QueuedJob>, holds: &BTreeMap<String, Holder>) {
        let drafts = std::mem::take(&mut self.turn.drafts);
        let superseded: BTreeSet<&BuildId> =
            drafts.iter().flat_map(|draft| &draft.create.supersedes).collect();
        let mut waiting = self.waiting(queue, &superseded);
        let begins = with_drafts(&mut waiting, &drafts);
        let asks = self.free_asks(self.turn.now, workers::builds);
        let mut begun = BTreeMap::new();
        for start in queue::schedule(&waiting, holds, &asks) {
            let QueuedJob { info, builds, .. } = &waiting[start.job];
            let build = &builds[start.build];
            let go = self.new_go(&start, info, build);
            let part = self.start_part(build.build.clone(), &go, start.holds);
            if begins.contains(&build.build) {
                begun.insert(build.build.clone(), (part, go));
            } else {
                let intent = Intent::Start { build: Some(part.build.clone()), go: Box::new(go) };
                self.turn.push(Part::StartBuild(part), intent);
            }
        }
        self.make(drafts, begun);
    }

    /// The queue without the builds that cannot run any more: these end.
    fn waiting(&mut self, mut waiting: Vec<QueuedJob>, superseded: &BTreeSet<&BuildId>) -> Vec<QueuedJob> {
        for job in &mut waiting {
            let gone = job.info.plan.is_none();
            for build in &job.builds {
                if let Some(why) = over(gone, build) {
                    self.end_pending(&build.build, why);
                }
            }
            job.builds.retain(|build| over(gone, build).is_none() && !superseded.contains(&build.build));
        }
        waiting
    }

    fn end_pending(&mut self, build: &BuildId, message: String) {
        let at_ms = self.turn.now.wall_ms;
        let part = Part::EndPending { build: build.clone(), outcome: Outcome::Cancelled, message, at_ms };
        self.turn.push(part, Intent::End(build.clone()));
        self.look = true;
    }

    pub(super) fn start_checks(&mut self, facts: &Facts) {
        let now = self.turn.now;
        let mut asks = assign::spread(&self.free_asks(now, workers::checks));
        for check in &facts.due_checks {
            let Some(at) = asks.iter().position(|ask| ask.offers(&check.tags)) else { continue };
            let ask = asks.remove(at);
            self.take_ask(&ask);
            let attempt = AttemptId(self.id(now));
            let values = Values::Check(CheckValues { newest: check.newest.clone() });
            let go = PendingGo { ask, attempt, plan: check.plan.clone(), values };
            let to = go.assignment(now.wall_ms);
            let start = StartCheck { check: check.check.clone(), number: check.number, to };
            self.turn.push(Part::StartCheck(start), Intent::Start { build: None, go: Box::new(go) });
        }
    }

    /// Schedules whose time has come make versions.
    pub(super) fn tick(&mut self, facts: &Facts) {
        for due in &facts.due_ticks {
            let tick = ticks::tick(due, self.turn.now.wall_ms);
            self.turn.push(Part::Tick(tick), Intent::Touch);
        }
    }

    fn new_go(&mut self, start: &Start, info: &JobInfo, build: &PendingBuild) -> PendingGo {
        self.take_ask(&start.ask);
        let values = Values::Build(self.build_values(info, build));
        let attempt = AttemptId(self.id(self.turn.now));
        PendingGo { ask: start.ask.clone(), attempt, plan: info.plan.clone().unwrap_or_default(), values }
    }

    fn start_part(&self, build: BuildId, go: &PendingGo, holds: Vec<String>) -> StartBuild {
        StartBuild { build, to: go.assignment(self.turn.now.wall_ms), holds }
    }

    pub(super) fn build_values(&self, info: &JobInfo, build: &PendingBuild) -> BuildValues {
        // A build that is only being made gets its number in the commit.
        let number = if build.number == 0 { NUMBER.to_owned() } else { build.number_text() };
        BuildValues {
            id: build.build.to_string(),
            url: self.url(info, &number),
            number,
            team: info.team.clone(),
            inputs: build.inputs.clone(),
        }
    }

    fn url(&self, info: &JobInfo, number: &str) -> String {
        if self.base_url.is_empty() {
            return String::new();
        }
        let JobInfo { team, pipeline, name, .. } = info;
        format!("{}/teams/{team}/pipelines/{pipeline}/jobs/{name}/builds/{number}", self.base_url)
    }
}

/// Why a pending build cannot run any more.
fn over(gone: bool, build: &PendingBuild) -> Option<String> {
    match build.overtaken_by {
        _ if gone => Some("job removed from the pipeline".into()),
        Some(number) => Some(format!("superseded by #{number}")),
        None => None,
    }
}

/// Adds the builds that are being made to the queue, as its youngest; which these are.
fn with_drafts(waiting: &mut Vec<QueuedJob>, drafts: &[Draft]) -> BTreeSet<BuildId> {
    let mut at: BTreeMap<JobId, usize> =
        waiting.iter().enumerate().map(|(at, job)| (job.job.clone(), at)).collect();
    for draft in drafts.iter().filter(|draft| draft.create.ready) {
        let job = draft.create.job.clone();
        let at = *at.entry(job.clone()).or_insert_with(|| {
            waiting.push(QueuedJob { job, info: draft.info.clone(), builds: Vec::new() });
            waiting.len() - 1
        });
        waiting[at].builds.push(draft.pending());
    }
    drafts.iter().map(|draft| draft.create.id.clone()).collect()
}
