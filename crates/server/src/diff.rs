//! What setting a pipeline changes. Pure: what is there and what is wanted in, the difference out.

use pikoci_engine::facts::JobFacts;
use pikoci_engine::inputs::{self, NextBuild};
use pikoci_engine::part::{InputSpec, JobSpec, ResourceSpec, SetPipeline};
use pikoci_store::read;
use serde::Serialize;
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use utoipa::ToSchema;

/// How long the difference of two texts is thought about; then it is a coarse one.
const THINKING: Duration = Duration::from_millis(300);

/// A pipeline that is there.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) revision: u64,
    pub(crate) source: String,
    pub(crate) shape: read::Shape,
}

/// What setting a pipeline changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Diff {
    /// The numbers of the revisions.
    revision: Step,
    /// `new`, `changed` or `unchanged`.
    pipeline: &'static str,
    /// Its jobs, in the order of the file; then those that go.
    jobs: Vec<Change>,
    /// Its resources, in the order of the file; then those that go.
    resources: Vec<Change>,
    /// The builds that start because of it.
    triggers: Vec<Trigger>,
    /// The text, as a unified diff.
    text: String,
}

/// From which revision to which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RevisionStep)]
struct Step {
    /// The one that there is; null if there is none.
    from: Option<u64>,
    /// The one that there will be.
    to: u64,
}

/// What becomes of a job or a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Change {
    /// Its name.
    name: String,
    /// `added`, `removed`, `changed` or `unchanged`.
    change: &'static str,
    /// What changes: of a job `steps`, `inputs`, `tags`, `serial_groups`, `concurrency`, `max_in_flight`, `interruptible`,
    /// `on_worker_loss`, `disable_retry`, `untrusted`; of a resource `check`, `check_interval`, `space`, `untrusted`.
    what: Vec<&'static str>,
}

/// A build that starts because of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DiffTrigger)]
struct Trigger {
    /// The job.
    job: String,
    /// Why, in a sentence.
    why: String,
    /// What its gets take.
    inputs: Vec<Taken>,
}

/// What a get takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DiffInput)]
struct Taken {
    /// The name of the step.
    name: String,
    /// The resource, `type.name`.
    resource: String,
    /// What identifies the version.
    version: BTreeMap<String, String>,
}

/// The difference; `to` is the number that the revision gets if it differs, `after` the facts of the jobs after it.
pub(crate) fn diff<'a>(
    current: Option<&Current>,
    set: &SetPipeline,
    (to, changed): (u64, bool),
    after: impl IntoIterator<Item = &'a JobFacts>,
) -> Diff {
    let jobs = current.map_or(&[][..], |current| &current.shape.jobs);
    let resources = current.map_or(&[][..], |current| &current.shape.resources);
    Diff {
        revision: Step { from: current.map(|current| current.revision), to },
        pipeline: match current {
            None => "new",
            Some(_) if changed => "changed",
            Some(_) => "unchanged",
        },
        jobs: changes(&set.jobs, jobs, |job| &job.name, |job| &job.name, job),
        resources: changes(&set.resources, resources, |one| &one.name, |one| &one.name, resource),
        triggers: after.into_iter().flat_map(triggers).collect(),
        text: text(current, set, to),
    }
}

/// What becomes of each, by name.
fn changes<N, O>(
    new: &[N],
    old: &[O],
    new_name: impl Fn(&N) -> &String,
    old_name: impl Fn(&O) -> &String,
    what: impl Fn(&N, &O) -> Vec<&'static str>,
) -> Vec<Change> {
    let mut all = Vec::new();
    for one in new {
        let name = new_name(one).clone();
        all.push(match old.iter().find(|other| *old_name(other) == name) {
            None => Change { name, change: "added", what: Vec::new() },
            Some(other) => {
                let what = what(one, other);
                Change { name, change: if what.is_empty() { "unchanged" } else { "changed" }, what }
            }
        });
    }
    let kept: BTreeSet<_> = new.iter().map(&new_name).collect();
    let gone = old.iter().map(&old_name).filter(|name| !kept.contains(name));
    all.extend(gone.map(|name| Change { name: name.clone(), change: "removed", what: Vec::new() }));
    all
}

/// The words whose answer is that something differs.
fn differing<const N: usize>(words: [(&'static str, bool); N]) -> Vec<&'static str> {
    words.into_iter().filter(|(_, differs)| *differs).map(|(word, _)| word).collect()
}

fn job(new: &JobSpec, old: &read::JobShape) -> Vec<&'static str> {
    let groups = |groups: &[String]| groups.iter().cloned().collect::<BTreeSet<_>>();
    differing([
        ("steps", new.plan.hash != old.plan),
        ("inputs", !new.inputs.iter().map(input).eq(old.inputs.iter().cloned())),
        ("tags", new.tags != old.tags),
        ("serial_groups", groups(&new.serial_groups) != groups(&old.serial_groups)),
        ("concurrency", new.concurrency != old.concurrency),
        ("max_in_flight", new.max_in_flight != old.max_in_flight),
        ("interruptible", new.interruptible != old.interruptible),
        ("on_worker_loss", new.retry != old.retry),
        ("disable_retry", new.no_rerun != old.no_rerun),
        ("untrusted", new.trusted_only != old.trusted_only),
    ])
}

fn input(spec: &InputSpec) -> read::InputShape {
    read::InputShape {
        name: spec.name.clone(),
        resource: spec.resource.clone(),
        trigger: spec.trigger,
        passed: spec.passed.clone(),
        latest: spec.latest,
        pin: spec.pin.clone(),
    }
}

fn resource(new: &ResourceSpec, old: &read::ResourceShape) -> Vec<&'static str> {
    let schedule = new.check.as_ref().map(|check| check.schedule.to_string()).unwrap_or_default();
    differing([
        ("check", new.check.as_ref().map(|check| check.key.as_slice()) != old.check_key.as_deref()),
        ("check_interval", schedule != old.schedule),
        ("space", new.space != old.space),
        ("untrusted", new.untrusted != old.untrusted),
    ])
}

/// The builds that a job makes.
fn triggers(job: &JobFacts) -> Vec<Trigger> {
    inputs::decide(job).builds.iter().map(|build| trigger(job, build)).collect()
}

fn trigger(job: &JobFacts, build: &NextBuild) -> Trigger {
    let taken = build.inputs.iter().filter_map(|taken| Some((job.inputs.get(taken.input)?, &taken.version)));
    let new = taken.clone().filter(|(input, version)| input.trigger && !version.taken);
    let mut new: Vec<_> = new.map(|(input, _)| input.resource_name.as_str()).collect();
    new.dedup();
    let inputs = taken.map(|(input, stored)| Taken {
        name: input.name.clone(),
        resource: input.resource_name.clone(),
        version: stored
            .version
            .identifying()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    });
    Trigger {
        job: job.info.name.clone(),
        why: format!("the job has not taken this version of {}", new.join(" and ")),
        inputs: inputs.collect(),
    }
}

fn text(current: Option<&Current>, set: &SetPipeline, to: u64) -> String {
    let (old, from) = current.map_or(("", 0), |current| (current.source.as_str(), current.revision));
    if old == set.source {
        return String::new();
    }
    let diff = TextDiff::configure().timeout(THINKING).diff_lines(old, &set.source);
    diff.unified_diff().header(&format!("revision {from}"), &format!("revision {to}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pikoci_engine::part::PlanSpec;

    fn spec(name: &str, plan: &str, tags: &[&str]) -> JobSpec {
        JobSpec {
            name: name.into(),
            plan: PlanSpec { hash: plan.into(), ..PlanSpec::default() },
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..JobSpec::default()
        }
    }

    fn there(name: &str, plan: &str) -> read::JobShape {
        read::JobShape { id: name.into(), name: name.into(), plan: plan.into(), ..Default::default() }
    }

    #[test]
    fn jobs_are_added_removed_and_changed_by_name() {
        let current = Current {
            revision: 3,
            source: "one\ntwo\n".into(),
            shape: read::Shape {
                jobs: vec![there("kept", "a"), there("gone", "a"), there("other", "a")],
                resources: Vec::new(),
            },
        };
        let set = SetPipeline {
            source: "one\nthree\n".into(),
            jobs: vec![spec("new", "a", &[]), spec("kept", "a", &[]), spec("other", "b", &["gpu"])],
            ..SetPipeline::default()
        };
        let found = diff(Some(&current), &set, (4, true), []);
        let jobs: Vec<_> =
            found.jobs.iter().map(|job| (job.name.as_str(), job.change, job.what.join(","))).collect();
        assert_eq!(
            jobs,
            [
                ("new", "added", String::new()),
                ("kept", "unchanged", String::new()),
                ("other", "changed", "steps,tags".into()),
                ("gone", "removed", String::new()),
            ]
        );
        assert_eq!((found.pipeline, found.revision.from, found.revision.to), ("changed", Some(3), 4));
        assert_eq!(found.text, "--- revision 3\n+++ revision 4\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n");
    }

    #[test]
    fn what_is_not_there_is_new_and_what_is_the_same_has_no_text() {
        let set = SetPipeline { source: "one\n".into(), ..SetPipeline::default() };
        let new = diff(None, &set, (1, true), []);
        assert_eq!((new.pipeline, new.revision.from), ("new", None));
        assert!(new.text.ends_with("+one\n"));
        let current = Current { revision: 1, source: "one\n".into(), shape: read::Shape::default() };
        let same = diff(Some(&current), &set, (1, false), []);
        assert_eq!((same.pipeline, same.text.as_str()), ("unchanged", ""));
    }
}
