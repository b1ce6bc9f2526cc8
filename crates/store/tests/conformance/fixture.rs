//! A ledger with a pipeline: `auto` is started by versions of `git.app`, `hand` by hand.

use pikoci_engine::assign::Ask;
use pikoci_engine::cause::Cause;
use pikoci_engine::facts::{Facts, Holder, Wanted};
use pikoci_engine::part::*;
use pikoci_plan::Schedule;
use pikoci_plan::event::Frame;
use pikoci_plan::id::{AttemptId, BuildId};
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;
use pikoci_store::Store;
use pikoci_store::read::Build;
use std::collections::BTreeMap;
use std::ops::Deref;

/// How often `git.app` is checked.
pub(crate) const INTERVAL_MS: u64 = 60_000;

pub(crate) struct Ledger {
    store: Store,
    _directory: Option<tempfile::TempDir>,
}

impl Deref for Ledger {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

pub(crate) fn plan(name: &str) -> PlanSpec {
    PlanSpec {
        hash: format!("hash of {name}"),
        bytes: name.into(),
        outline: vec![OutlineRow { name: name.into(), kind: "task".into(), depth: 0 }],
    }
}

pub(crate) fn job(name: &str, inputs: Vec<InputSpec>) -> JobSpec {
    JobSpec {
        id: format!("job {name}").into(),
        name: name.into(),
        plan: plan(name),
        inputs,
        ..JobSpec::default()
    }
}

pub(crate) fn pipeline(source: &str, jobs: Vec<JobSpec>) -> SetPipeline {
    let check = CheckSpec {
        id: "check".into(),
        key: [1; 32],
        plan: Some(plan("check")),
        schedule: Schedule::Every(INTERVAL_MS),
        tags: vec!["net".into()],
    };
    let resource = |id: &str, name: &str, check| ResourceSpec {
        id: id.into(),
        name: name.into(),
        check,
        ..ResourceSpec::default()
    };
    SetPipeline {
        id: "pipeline".into(),
        team: "main".into(),
        name: "shop".into(),
        source: source.into(),
        jobs,
        resources: vec![resource("app", "git.app", Some(check)), resource("image", "oci.image", None)],
        at_ms: 1,
        ..SetPipeline::default()
    }
}

pub(crate) fn both_jobs() -> Vec<JobSpec> {
    vec![job("auto", vec![get("git.app")]), job("hand", vec![])]
}

/// The same, whose builds need no versions.
pub(crate) fn without_inputs() -> Vec<JobSpec> {
    vec![job("auto", vec![]), job("hand", vec![])]
}

pub(crate) fn get(resource: &str) -> InputSpec {
    InputSpec { name: "input".into(), resource: resource.into(), trigger: true, ..InputSpec::default() }
}

pub(crate) fn version(text: &str) -> Version {
    Version::from([("ref", text), ("_message", "a message")])
}

impl Ledger {
    pub(crate) fn memory() -> Self {
        Self { store: Store::memory().unwrap(), _directory: None }.prepared()
    }

    pub(crate) fn file() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("test.db")).unwrap();
        Self { store, _directory: Some(directory) }.prepared()
    }

    fn prepared(self) -> Self {
        self.apply(Part::SetPipeline(Box::new(pipeline("first", both_jobs()))));
        self.session(1, 1);
        self
    }

    /// Applies one part.
    pub(crate) fn apply(&self, part: Part) -> Applied {
        self.commit(&[part]).unwrap().pop().unwrap()
    }

    pub(crate) fn session(&self, session: u64, n: u64) -> Applied {
        self.apply(Part::Session {
            worker: "worker".into(),
            session,
            n,
            tags: vec![],
            draining: false,
            at_ms: 1,
        })
    }

    pub(crate) fn wanted(&self, wanted: Wanted) -> Facts {
        self.facts(&wanted).unwrap()
    }

    /// Makes a build of `hand` for a key.
    pub(crate) fn create(&self, id: &str, key: &str) -> Applied {
        self.apply(Part::CreateBuild(by_hand(id, "hand", key)))
    }

    /// Gives a build to an ask of session 1; the attempt is named after both.
    pub(crate) fn start(&self, build: &str, ask: u64) -> (AttemptId, Applied) {
        let attempt = AttemptId(format!("{build}-{ask}"));
        let applied = self.start_with(build, ("hand", ask), &[]);
        (attempt, applied)
    }

    /// Gives a build of a job to an ask of session 1, with holds; the attempt is named after build and ask.
    pub(crate) fn start_with(&self, build: &str, (job, ask): (&str, u64), holds: &[&str]) -> Applied {
        let to = assignment(&AttemptId(format!("{build}-{ask}")), ask, job, 3);
        let holds = holds.iter().map(|key| (*key).to_owned()).collect();
        self.apply(Part::StartBuild(StartBuild { build: build.into(), to, holds }))
    }

    /// A build of `hand` that runs.
    pub(crate) fn running(&self, id: &str) -> AttemptId {
        self.create(id, id);
        let (attempt, applied) = self.start(id, 1_000 + id.len() as u64);
        assert_eq!(applied, Applied::Yes);
        attempt
    }

    /// Begins a run of the check.
    pub(crate) fn start_check(&self, number: u64, ask: u64) -> (AttemptId, Applied) {
        let attempt = AttemptId(format!("check-{number}-{ask}"));
        let to = assignment(&attempt, ask, "check", 5);
        let start = StartCheck { check: "check".into(), number, to };
        (attempt, self.apply(Part::StartCheck(start)))
    }

    /// A whole run of the check that finds these versions.
    pub(crate) fn check(&self, number: u64, found: &[&str]) -> Applied {
        let (attempt, applied) = self.start_check(number, 100 + number);
        assert_eq!(applied, Applied::Yes);
        let versions = found.iter().map(|text| version(text)).collect();
        self.apply(Part::Advance(Advance {
            versions: Some((versions, false)),
            result: Some(Outcome::Succeeded.into()),
            ..events(&attempt, 0, 2)
        }))
    }

    /// The versions of the resource that is checked, newest first.
    pub(crate) fn known(&self) -> Vec<String> {
        self.known_of("app")
    }

    /// The versions of a resource, newest first.
    pub(crate) fn known_of(&self, resource: &str) -> Vec<String> {
        let rows = self.versions(&resource.into(), None, 100).unwrap();
        rows.iter().map(|row| row.version.get("ref").unwrap().to_owned()).collect()
    }

    pub(crate) fn shown(&self, id: &str) -> Build {
        self.build(&BuildId::from(id)).unwrap().unwrap()
    }
}

/// The numbers of the runs of checks that are due.
pub(crate) fn due_checks(ledger: &Ledger, now_ms: u64) -> Vec<u64> {
    let facts = ledger.wanted(Wanted { checks: 9, now_ms, ..Default::default() });
    facts.due_checks.iter().map(|check| check.number).collect()
}

/// A build of a job that somebody wants, without inputs.
pub(crate) fn by_hand(id: &str, job: &str, key: &str) -> CreateBuild {
    CreateBuild {
        id: id.into(),
        job: format!("job {job}").into(),
        cause: Cause::manual(key),
        by: "ann".into(),
        inputs: vec![],
        ready: true,
        needs: vec![],
        space: String::new(),
        untrusted: false,
        supersedes: vec![],
        interrupts: vec![],
        at_ms: 2,
        start: None,
    }
}

pub(crate) fn assignment(attempt: &AttemptId, ask: u64, of: &str, at_ms: u64) -> Assignment {
    let ask = Ask { worker: "worker".into(), session: 1, ask, n: 1, tags: vec![] };
    Assignment { attempt: attempt.clone(), ask, plan: plan(of).hash, at_ms }
}

/// Events of an attempt that change nothing but its position.
pub(crate) fn events(attempt: &AttemptId, from: u64, upto: u64) -> Advance {
    Advance {
        attempt: attempt.clone(),
        from,
        upto,
        steps: vec![],
        frames: vec![],
        outputs: vec![],
        versions: None,
        result: None,
        at_ms: 10,
    }
}

/// Frames of so many bytes each, at the positions from `from` on.
pub(crate) fn frames(from: u64, count: u64, bytes: usize) -> Vec<(u64, Frame)> {
    let frame = |position: u64| {
        let mut data = vec![b'a' + (position % 26) as u8; bytes - 1];
        data.push(b'\n');
        Frame::raw(0, pikoci_plan::event::Stream::Output, (position - from) * bytes as u64, data)
    };
    (from..from + count).map(|position| (position, frame(position))).collect()
}

/// The end of an attempt.
pub(crate) fn end(attempt: &AttemptId, from: u64, outcome: Outcome) -> Part {
    Part::Advance(Advance { result: Some(outcome.into()), ..events(attempt, from, from + 1) })
}

/// A build of `auto` that a version made, in a space.
pub(crate) fn automatic(id: &str, space: &str) -> CreateBuild {
    let cause = Cause::versions([("git.app", &version(id))]);
    CreateBuild { cause, by: String::new(), space: space.into(), ..by_hand(id, "auto", id) }
}

/// Who holds what jobs name.
pub(crate) fn holds(ledger: &Ledger, jobs: &[&str]) -> BTreeMap<String, Holder> {
    let jobs = jobs.iter().map(|job| (*job).into()).collect();
    ledger.wanted(Wanted { jobs, ..Default::default() }).holds
}
