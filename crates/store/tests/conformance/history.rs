//! What happens to the pipeline of a ledger, in few words.

use crate::fixture::{Ledger, assignment, events, version};
use pikoci_engine::facts::{JobFacts, Wanted};
use pikoci_engine::inputs::{NextBuild, Taken, decide};
use pikoci_engine::part::*;
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;
use pikoci_store::read::Build;
use std::cell::Cell;

pub(crate) struct History<'a> {
    ledger: &'a Ledger,
    /// How many things were made.
    made: Cell<u64>,
}

pub(crate) fn history(ledger: &Ledger) -> History<'_> {
    History { ledger, made: Cell::new(0) }
}

/// What a build takes at `input`, of versions that are known.
pub(crate) fn input_of(ledger: &Ledger, resource: &str, text: &str) -> BuildInput {
    let rows = ledger.versions(&resource.into(), None, 1_000).unwrap();
    let row = rows.into_iter().find(|row| row.version.get("ref") == Some(text)).unwrap();
    BuildInput {
        name: "input".into(),
        resource: resource.into(),
        resource_name: "git.app".into(),
        version_id: row.id,
        order: row.order,
        version: row.version,
    }
}

impl History<'_> {
    fn next(&self) -> u64 {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }

    pub(crate) fn set(&self, set: SetPipeline) -> Applied {
        let set = SetPipeline { source: format!("{} {}", set.source, self.next()), ..set };
        self.ledger.apply(Part::SetPipeline(Box::new(set)))
    }

    pub(crate) fn pause(of: Paused, paused: bool) -> Part {
        Part::Pause { of, paused, by: "ann".into(), at_ms: 1 }
    }

    /// Holds `git.app` at a version (`newest` for that), or lets it go.
    pub(crate) fn pin(&self, text: Option<&str>) -> Part {
        let rows = self.ledger.versions(&"app".into(), None, 1_000).unwrap();
        let held = self.ledger.resources(&"pipeline".into(), Some("git.app")).unwrap().pop().unwrap().pin;
        let named = |text: &str| match (text, &held) {
            ("newest", Some(held)) => held.version.id.clone(),
            ("newest", None) => rows[0].id.clone(),
            _ => rows.iter().find(|row| row.version.get("ref") == Some(text)).unwrap().id.clone(),
        };
        Part::Pin {
            resource: "app".into(),
            version: text.map(named),
            comment: Some("a reason".into()),
            by: "ann".into(),
            at_ms: 1,
        }
    }

    /// The check of a resource finds versions.
    pub(crate) fn found(&self, resource: &str, found: &[&str]) {
        let versions: Vec<_> = found.iter().map(|text| version(text)).collect();
        self.found_versions(resource, &versions);
    }

    pub(crate) fn found_versions(&self, resource: &str, found: &[Version]) {
        let request = Part::RequestCheck { resource: resource.into(), wanted_ms: 5 };
        let Applied::Requested { check, number } = self.ledger.apply(request) else { panic!("no check") };
        let (ask, attempt) = (10_000 + self.next(), AttemptId(format!("check {check} {number}")));
        let to = assignment(&attempt, ask, "check", 5);
        assert_eq!(self.ledger.apply(Part::StartCheck(StartCheck { check, number, to })), Applied::Yes);
        self.ledger.apply(Part::Advance(Advance {
            versions: Some((found.to_vec(), false)),
            result: Some(Outcome::Succeeded.into()),
            ..events(&attempt, 0, 1)
        }));
    }

    pub(crate) fn facts(&self, job: &str) -> JobFacts {
        let id = pikoci_plan::id::JobId(format!("job {job}"));
        let wanted = Wanted { jobs: vec![id.clone()], ..Default::default() };
        self.ledger.wanted(wanted).jobs.remove(&id).unwrap()
    }

    pub(crate) fn is_due(&self, job: &str) -> bool {
        let due = self.ledger.wanted(Wanted { due_jobs: true, ..Default::default() }).jobs;
        due.contains_key(&format!("job {job}").into())
    }

    /// What the engine decides on the facts of a job.
    pub(crate) fn decision(&self, job: &str) -> Decide {
        let facts = self.facts(job);
        let decision = decide(&facts);
        let inputs = |taken: &[Taken]| {
            let of = |Taken { input, version }: &Taken| BuildInput {
                name: facts.inputs[*input].name.clone(),
                resource: facts.inputs[*input].resource.clone(),
                resource_name: facts.inputs[*input].resource_name.clone(),
                version_id: version.id.clone(),
                order: version.order,
                version: version.version.clone(),
            };
            taken.iter().map(of).collect::<Vec<_>>()
        };
        let build = |next: &NextBuild| CreateBuild {
            id: format!("{job}-{:05}", self.next()).as_str().into(),
            job: format!("job {job}").into(),
            cause: next.cause.clone(),
            by: String::new(),
            inputs: inputs(&next.inputs),
            ready: next.needs.is_empty(),
            needs: next.needs.clone(),
            space: next.space.clone(),
            untrusted: next.untrusted,
            supersedes: next.supersedes.clone(),
            interrupts: next.interrupts.clone(),
            at_ms: 5,
            start: None,
        };
        Decide {
            job: format!("job {job}").into(),
            decided: facts.decided,
            changes: facts.changes,
            brakes: facts.brakes,
            builds: decision.builds.iter().map(build).collect(),
            resolved: decision.resolved.iter().map(|(id, taken)| (id.clone(), inputs(taken))).collect(),
            horizons: decision.horizons,
            caught_up: decision.caught_up,
            more: decision.more,
        }
    }

    /// Decides; the builds that were made, with what they take.
    pub(crate) fn decide(&self, job: &str) -> Vec<String> {
        match self.ledger.apply(Part::Decide(self.decision(job))) {
            Applied::Decided { builds, .. } => builds.iter().map(|(id, ..)| self.told(id.as_str())).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn told(&self, build: &str) -> String {
        let build = self.ledger.shown(build);
        let refs = build.inputs.iter().map(|input| input.version.get("ref").unwrap());
        format!("{} #{} {}", build.job, build.number_text(), refs.collect::<Vec<_>>().join(" "))
    }

    pub(crate) fn build_of(&self, job: &str, number: &str) -> Build {
        self.ledger.build_by_number(&format!("job {job}").into(), number).unwrap().unwrap()
    }

    /// Runs a build of a job to its end: these of its steps succeed, and it makes versions. The jobs that became due.
    pub(crate) fn run(
        &self,
        build: &Build,
        steps: &[u32],
        made: &[(&str, &str)],
        outcome: Outcome,
    ) -> Vec<String> {
        let ask = 20_000 + self.next();
        let applied = self.ledger.start_with(build.id.as_str(), (&build.job, ask), &[]);
        assert_eq!(applied, Applied::Yes);
        let attempt = AttemptId(format!("{}-{ask}", build.id));
        let step = |step: &u32| StepChange {
            step: *step,
            position: 0,
            status: Status::Succeeded,
            at_ms: 1,
            message: None,
            warning: false,
        };
        let one = |(resource, text): &(&str, &str)| Made {
            step: 9,
            position: 0,
            resource: (*resource).into(),
            versions: vec![version(text)],
        };
        let advanced = self.ledger.apply(Part::Advance(Advance {
            steps: steps.iter().map(step).collect(),
            outputs: made.iter().map(one).collect(),
            result: Some(outcome.into()),
            ..events(&attempt, 0, 1)
        }));
        match advanced {
            Applied::Advanced { due, .. } => due.into_iter().map(|job| job.0).collect(),
            other => panic!("{other:?}"),
        }
    }
}
