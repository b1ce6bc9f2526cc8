//! What the whole of the ledger keeps to: what it costs, and what never happens.

mod cost;
mod decisions;
mod panics;
mod random;
mod reads;

use crate::db::Db;
use pikoci_engine::assign::Ask;
use pikoci_engine::cause::Cause;
use pikoci_engine::facts::Interruptible;
use pikoci_engine::part::*;
use pikoci_plan::Schedule;
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;
use std::path::Path;

const NOW: u64 = 1_000_000;

/// A ledger with the pipeline and a worker.
fn ledger() -> Db {
    let db = Db::memory().unwrap();
    crate::store::migrate(&db, Path::new("memory")).unwrap();
    commit(&db, &[Part::SetPipeline(Box::new(pipeline())), session(1, 1)]);
    db
}

fn commit(db: &Db, parts: &[Part]) -> Vec<Applied> {
    db.transaction(|db| crate::commit::commit(db, parts)).unwrap()
}

fn pipeline() -> SetPipeline {
    let plan = |name: &str| PlanSpec { hash: name.into(), ..PlanSpec::default() };
    let job =
        |name: &str| JobSpec { id: name.into(), name: name.into(), plan: plan("job"), ..JobSpec::default() };
    let resource = |id: &str, plan, schedule: &str| ResourceSpec {
        id: id.into(),
        name: format!("type.{id}"),
        check: Some(CheckSpec {
            id: if id == "app" { "check" } else { "tick" }.into(),
            key: [id.len() as u8; 32],
            plan,
            schedule: Schedule::parse(schedule).unwrap(),
            tags: vec![],
        }),
        ..ResourceSpec::default()
    };
    let input = InputSpec {
        name: "app".into(),
        resource: "type.app".into(),
        trigger: true,
        latest: true,
        ..InputSpec::default()
    };
    SetPipeline {
        id: "pipeline".into(),
        name: "pipeline".into(),
        jobs: vec![
            JobSpec { concurrency: 5, serial_groups: vec!["group".into()], retry: true, ..job("hand") },
            JobSpec { inputs: vec![input], interruptible: Interruptible::Waiting, ..job("auto") },
        ],
        resources: vec![resource("app", Some(plan("check")), "1m"), resource("timer", None, "15m")],
        ..SetPipeline::default()
    }
}

fn session(session: u64, n: u64) -> Part {
    Part::Session { worker: "worker".into(), session, n, tags: vec![], draining: false, at_ms: NOW }
}

fn build(id: &str, job: &str) -> CreateBuild {
    CreateBuild {
        id: id.into(),
        job: job.into(),
        cause: Cause::manual(id),
        by: String::new(),
        inputs: vec![],
        ready: true,
        needs: vec![],
        space: String::new(),
        untrusted: false,
        supersedes: vec![],
        interrupts: vec![],
        at_ms: NOW,
        start: None,
    }
}

fn assignment(attempt: &str, ask: u64, plan: &str) -> Assignment {
    let ask = Ask { worker: "worker".into(), session: 1, ask, n: 1, tags: vec![] };
    Assignment { attempt: attempt.into(), ask, plan: plan.into(), at_ms: NOW }
}

fn start(build: &str, attempt: &str, ask: u64, holds: &[&str]) -> Part {
    let holds = holds.iter().map(|key| (*key).to_owned()).collect();
    Part::StartBuild(StartBuild { build: build.into(), to: assignment(attempt, ask, "job"), holds })
}

fn end(attempt: &str, versions: Option<(Vec<Version>, bool)>) -> Part {
    Part::Advance(Advance {
        attempt: attempt.into(),
        from: 0,
        upto: 1,
        steps: vec![],
        frames: vec![],
        outputs: vec![],
        versions,
        result: Some(Outcome::Succeeded.into()),
        at_ms: NOW,
    })
}
