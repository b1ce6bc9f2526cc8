//! The states of the table: a job that has built all there is, and what is otherwise.

use pikoci_engine::facts::{Holder, InputFacts, JobFacts, JobInfo, Pin, Stored, UpstreamBuild};
use pikoci_engine::why::{Check, Pending, Upstream, WhyFacts, Worker};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

pub(crate) type Build = fn(&mut WhyFacts);

/// Job `shop/deploy`, which gets `git.app`; its newest build, #7, has taken the newest version, and a worker is free.
pub(crate) fn facts(otherwise: Build) -> WhyFacts {
    let info = JobInfo {
        team: "main".into(),
        pipeline: "shop".into(),
        name: "deploy".into(),
        plan: Some("plan".into()),
        ..JobInfo::default()
    };
    let mut facts = WhyFacts {
        job: JobFacts { info, inputs: vec![input("app", 3)], ..JobFacts::default() },
        newest_build: Some("7".into()),
        workers: vec![worker("w1", 1)],
        checks: BTreeMap::from([("app".into(), Check::Works)]),
        ..WhyFacts::default()
    };
    otherwise(&mut facts);
    facts
}

pub(crate) fn version(order: u64) -> Stored {
    Stored {
        id: order.to_string(),
        order,
        taken: order <= 3,
        version: Version::from([("ref", format!("c{order}"))]),
        ..Stored::default()
    }
}

/// A triggering input whose newest version was built.
pub(crate) fn input(name: &str, newest: u64) -> InputFacts {
    InputFacts {
        name: name.into(),
        resource: name.into(),
        resource_name: format!("git.{name}"),
        trigger: true,
        newest: Some(version(newest)),
        last: Some(version(newest)),
        marks: BTreeMap::from([(String::new(), version(newest))]),
        ..InputFacts::default()
    }
}

pub(crate) fn worker(name: &str, free: u32) -> Worker {
    Worker { name: name.into(), free, fresh: true, ..Worker::default() }
}

pub(crate) fn first(facts: &mut WhyFacts) -> &mut InputFacts {
    &mut facts.job.inputs[0]
}

/// The input has no version, and none was ever built.
pub(crate) fn nothing(facts: &mut WhyFacts) -> &mut InputFacts {
    facts.newest_build = None;
    let of = first(facts);
    (of.newest, of.last, of.marks) = (None, None, BTreeMap::new());
    of
}

/// No version has passed `test`.
pub(crate) fn not_passed(facts: &mut WhyFacts, upstream: Upstream) {
    nothing(facts).passed = vec![("t".into(), "test".into())];
    facts.upstream = BTreeMap::from([("t".into(), upstream)]);
}

/// Versions have passed, each by a build of its own: `test` holds these of input 0 and 1.
pub(crate) fn passed(facts: &mut WhyFacts, builds: &[&[(usize, u64)]]) {
    let build = |held: &&[(usize, u64)]| UpstreamBuild {
        versions: held.iter().map(|(input, order)| (*input, vec![version(*order)])).collect(),
        ..UpstreamBuild::default()
    };
    for input in &mut facts.job.inputs {
        input.passed = vec![("t".into(), "test".into())];
    }
    facts.job.upstream = BTreeMap::from([("t".into(), builds.iter().map(build).collect())]);
}

pub(crate) fn upstream(jobs: &[&str], known: Upstream) -> BTreeMap<pikoci_plan::id::JobId, Upstream> {
    jobs.iter().map(|job| ((*job).into(), known.clone())).collect()
}

/// The input names two jobs: `lint` has let c2 through, `test` c3.
pub(crate) fn two_jobs(facts: &mut WhyFacts, known: Upstream) {
    nothing(facts).passed = vec![("l".into(), "lint".into()), ("t".into(), "test".into())];
    let build = |order| UpstreamBuild {
        versions: BTreeMap::from([(0, vec![version(order)])]),
        ..UpstreamBuild::default()
    };
    facts.job.upstream = BTreeMap::from([("l".into(), vec![build(2)]), ("t".into(), vec![build(3)])]);
    facts.upstream = upstream(&["l", "t"], known);
}

pub(crate) fn pending(facts: &mut WhyFacts) -> &mut Pending {
    facts.pending = vec![Pending { number: "8".into(), ready: true, ..Pending::default() }];
    &mut facts.pending[0]
}

pub(crate) fn hold(facts: &mut WhyFacts, key: &str, build: &str, lost: bool) {
    facts.holds.insert(key.into(), Holder { attempt: "a".into(), build: build.into(), lost });
}

pub(crate) fn pin(order: u64, written: bool) -> Option<Pin> {
    let version = (order > 0).then(|| version(order));
    Some(Pin { version, text: format!("ref=c{order}"), written })
}
