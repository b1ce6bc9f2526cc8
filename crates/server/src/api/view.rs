//! What the API shows of what the ledger has.

use pikoci_engine::part::OutlineRow;
use pikoci_plan::status::Status;
use pikoci_plan::version::Version;
use pikoci_store::StepRow;
use pikoci_store::read::{Build, Job, Made, Pipeline, Resource, VersionRow};
use serde_json::{Map, Value, json};

/// A time: RFC 3339 in UTC with microseconds, or null.
pub(super) fn time(ms: Option<u64>) -> Value {
    let stamp = ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms as i64).ok());
    stamp.map_or(Value::Null, |stamp| format!("{stamp:.6}").into())
}

fn duration(from: Option<u64>, to: Option<u64>) -> Option<u64> {
    Some(to?.saturating_sub(from?))
}

/// A pipeline.
pub(super) fn pipeline(pipeline: &Pipeline) -> Value {
    json!({
        "id": pipeline.id,
        "team": pipeline.team,
        "name": pipeline.name,
        "revision": pipeline.revision,
        "paused": false,
        "jobs": pipeline.jobs,
        "resources": pipeline.resources,
        "created_at": time(Some(pipeline.created_ms)),
    })
}

/// A job.
pub(super) fn job(pipeline: &Pipeline, job: &Job, last: Option<&Build>) -> Value {
    let inputs: Vec<_> = job
        .inputs
        .iter()
        .map(|(name, resource, trigger, passed)| {
            json!({"name": name, "resource": resource, "trigger": trigger, "passed": passed})
        })
        .collect();
    json!({
        "id": job.id,
        "team": pipeline.team,
        "pipeline": pipeline.name,
        "name": job.name,
        "last_build": last.map(brief),
        "pending": job.pending,
        "running": job.running,
        "note": note(job),
        "inputs": inputs,
    })
}

/// Why the job does not start by itself.
fn note(job: &Job) -> Option<&'static str> {
    if job.inputs.iter().any(|(.., passed)| !passed.is_empty()) {
        Some("starts only by hand: this version does not yet choose versions by `passed`")
    } else if !job.inputs.iter().any(|(_, _, trigger, _)| *trigger) {
        Some("starts only by hand: none of its gets has `trigger = true`")
    } else {
        None
    }
}

/// A build as it stands in lists.
pub(super) fn brief(build: &Build) -> Value {
    let ended = build.status.is_final();
    json!({
        "id": build.id,
        "number": build.number,
        "team": build.team,
        "pipeline": build.pipeline,
        "job": build.job,
        "status": build.status.as_str(),
        "warning": build.warning,
        "cancelling": build.cancel && !ended,
        "message": build.message,
        "waiting_for": waiting_for(build),
        "cause": cause(build),
        "created_at": time(Some(build.created_ms)),
        "started_at": time(build.started_ms),
        "ended_at": time(build.ended_ms),
        "duration_ms": duration(build.started_ms, build.ended_ms),
        "worker": build.worker,
        "attempt": build.attempt,
    })
}

/// A build whole.
pub(super) fn build(build: &Build) -> Value {
    let mut view = brief(build);
    view["inputs"] = build
        .inputs
        .iter()
        .map(|input| {
            let (version, metadata) = split(&input.version);
            json!({"name": input.name, "resource": input.resource, "version": version, "metadata": metadata})
        })
        .collect();
    view["outputs"] = build.outputs.iter().map(|made| output(build, made)).collect();
    view["steps"] = (0..build.outline.len()).map(|index| step(build, index)).collect();
    view
}

/// A version that a put of a build made.
fn output(build: &Build, made: &Made) -> Value {
    let (version, metadata) = split(&made.version);
    let name = build.outline.get(made.step as usize).map(|row| row.name.as_str());
    json!({
        "step": made.step,
        "name": name,
        "resource": made.resource,
        "version": version,
        "metadata": metadata,
    })
}

/// A step of a build.
pub(super) fn step(build: &Build, index: usize) -> Value {
    let OutlineRow { name, kind, depth } = build.outline.get(index).cloned().unwrap_or_default();
    let row: Option<&StepRow> = build.steps.iter().find(|row| row.step as usize == index);
    let status = row.map_or(Status::Pending, |row| row.status);
    let status = if status == Status::Pending && build.status.is_final() { Status::Skipped } else { status };
    let (started, ended) = (row.and_then(|row| row.started_ms), row.and_then(|row| row.ended_ms));
    json!({
        "index": index,
        "name": name,
        "kind": kind,
        "depth": depth,
        "status": status.as_str(),
        "started_at": time(started),
        "ended_at": time(ended),
        "duration_ms": duration(started, ended),
        "message": row.and_then(|row| row.message.as_deref()),
        "warning": row.is_some_and(|row| row.warning),
    })
}

/// A step as it was when it began.
pub(super) fn step_began(build: &Build, row: &StepRow) -> Value {
    let mut view = step(build, row.step as usize);
    view["status"] = Status::Running.as_str().into();
    for later in ["ended_at", "duration_ms", "message"] {
        view[later] = Value::Null;
    }
    view["warning"] = false.into();
    view
}

fn waiting_for(build: &Build) -> Option<&'static str> {
    match (build.status, build.ready) {
        (Status::Pending, false) => Some("waits for a first version of each resource that it gets"),
        (Status::Pending, true) => Some("waits for a free slot of a worker"),
        _ => None,
    }
}

fn cause(build: &Build) -> Value {
    if build.cause.starts_with("m:") {
        return json!({"kind": "manual", "detail": null});
    }
    let texts = build.inputs.iter().map(|input| {
        let keys: Vec<_> = input.version.identifying().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{} {}", input.resource, keys.join(" "))
    });
    json!({"kind": "version", "detail": texts.collect::<Vec<_>>().join(", ")})
}

/// What identifies a version, and its metadata.
pub(super) fn split(version: &Version) -> (Map<String, Value>, Map<String, Value>) {
    let pairs = version.0.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str())));
    pairs.partition(|(key, _)| !key.starts_with('_'))
}

/// A version of a resource.
pub(super) fn version(row: &VersionRow) -> Value {
    let (version, metadata) = split(&row.version);
    json!({"version": version, "metadata": metadata, "created_at": time(Some(row.created_ms))})
}

/// A resource.
pub(super) fn resource(pipeline: &Pipeline, resource: &Resource) -> Value {
    json!({
        "id": resource.id,
        "team": pipeline.team,
        "pipeline": pipeline.name,
        "name": resource.name,
        "type": resource.name.split('.').next(),
        "check_interval_ms": resource.interval_ms,
        "checking": resource.checking,
        "last_checked_at": time(resource.checked_ms),
        "check_error": resource.check_error,
        "newest": resource.newest.as_ref().map(version),
    })
}
