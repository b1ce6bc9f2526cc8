//! Pipelines as the simulator makes them up, and what a server would be asked to set for them.

use pikoci_engine::facts::Interruptible;
use pikoci_engine::part::{CheckSpec, InputSpec, JobSpec, OutlineRow, PlanSpec, ResourceSpec, SetPipeline};
use pikoci_plan::Schedule;
use pikoci_plan::id::{CheckId, JobId, PipelineId, ResourceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The team that all pipelines belong to.
pub(crate) const TEAM: &str = "main";

/// A revision of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Pipeline {
    pub(crate) name: String,
    pub(crate) jobs: Vec<Job>,
    pub(crate) resources: Vec<Resource>,
}

/// A job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) gets: Vec<Get>,
    /// The resources that it puts, by name.
    pub(crate) puts: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) concurrency: u32,
    pub(crate) max_in_flight: Option<(String, u32)>,
    pub(crate) interruptible: Interrupt,
    pub(crate) retry: bool,
    pub(crate) no_rerun: bool,
    pub(crate) trusted_only: bool,
    /// About how long its task takes.
    pub(crate) work_ms: u64,
    /// How many of 100 builds fail.
    pub(crate) fails: u64,
}

/// See [`Interruptible`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Interrupt {
    #[default]
    Never,
    Waiting,
    Always,
}

/// A `get`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Get {
    pub(crate) name: String,
    pub(crate) resource: String,
    pub(crate) trigger: bool,
    pub(crate) passed: Vec<String>,
    pub(crate) latest: bool,
    /// The `ref` that the text holds it at.
    pub(crate) pin: Option<u64>,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// What it is of the outside: resources with the same number are the same.
    pub(crate) origin: u64,
    /// Its versions belong to spaces.
    pub(crate) spaces: bool,
    pub(crate) tags: Vec<String>,
}

/// Where a resource's versions come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// A check, every so many seconds.
    Checked(u64),
    /// A check, when a build needs it.
    OnDemand,
    /// Only puts.
    Put,
    /// The time, every so many seconds.
    Cron(u64),
    /// Puts of all pipelines that have it.
    Stream,
}

impl Pipeline {
    pub(crate) fn id(&self) -> PipelineId {
        PipelineId(self.name.clone())
    }

    pub(crate) fn job_id(&self, job: &str) -> JobId {
        JobId(format!("{}.{job}", self.name))
    }

    pub(crate) fn resource_id(&self, resource: &str) -> ResourceId {
        ResourceId(format!("{}.{resource}", self.name))
    }

    pub(crate) fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name == name)
    }

    pub(crate) fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.name == name)
    }

    /// Takes a job out, and its name out of `passed`.
    pub(crate) fn remove(&mut self, job: usize) {
        let gone = self.jobs.remove(job);
        for get in self.jobs.iter_mut().flat_map(|job| &mut job.gets) {
            get.passed.retain(|job| *job != gone.name);
        }
    }

    /// The hash of a job's plan.
    pub(crate) fn plan_hash(&self, job: &Job) -> String {
        let mut hash = DefaultHasher::new();
        job.hash(&mut hash);
        format!("{}.{}.{:x}", self.name, job.name, hash.finish())
    }

    /// The keys of a job's serial groups that tell it from those of other pipelines.
    pub(crate) fn group_keys(&self, job: &Job) -> Vec<String> {
        let key = |group: &String| match group.starts_with("team/") {
            true => group.clone(),
            false => format!("{}/{group}", self.name),
        };
        job.groups.iter().map(key).collect()
    }

    /// What a server is asked to set. All that stands in it follows from the model, so that equal models are no news.
    pub(crate) fn to_set(&self, expected: Option<u64>, at_ms: u64) -> SetPipeline {
        SetPipeline {
            id: self.id(),
            team: TEAM.into(),
            name: self.name.clone(),
            expected,
            by: "ann".into(),
            source: serde_json::to_string(self).unwrap(),
            jobs: self.jobs.iter().map(|job| self.job_spec(job)).collect(),
            resources: self.resources.iter().map(|resource| self.resource_spec(resource)).collect(),
            at_ms,
            ..SetPipeline::default()
        }
    }

    fn job_spec(&self, job: &Job) -> JobSpec {
        JobSpec {
            id: self.job_id(&job.name),
            name: job.name.clone(),
            plan: PlanSpec { hash: self.plan_hash(job), bytes: Vec::new(), outline: job.outline() },
            inputs: job.gets.iter().map(|get| self.input_spec(get)).collect(),
            tags: job.tags.clone(),
            serial_groups: job.groups.clone(),
            concurrency: job.concurrency,
            max_in_flight: job.max_in_flight.clone(),
            interruptible: match job.interruptible {
                Interrupt::Never => Interruptible::Never,
                Interrupt::Waiting => Interruptible::Waiting,
                Interrupt::Always => Interruptible::Always,
            },
            retry: job.retry,
            no_rerun: job.no_rerun,
            trusted_only: job.trusted_only,
        }
    }

    fn input_spec(&self, get: &Get) -> InputSpec {
        let resource = self.resource(&get.resource);
        let is_schedule = resource.is_some_and(|resource| matches!(resource.kind, Kind::Cron(_)));
        InputSpec {
            name: get.name.clone(),
            resource: get.resource.clone(),
            trigger: get.trigger,
            passed: get.passed.clone(),
            latest: get.latest || is_schedule,
            pin: get.pin.map(|number| BTreeMap::from([("ref".to_owned(), number.to_string())])),
        }
    }

    fn resource_spec(&self, resource: &Resource) -> ResourceSpec {
        let origin = resource.origin;
        let check = |schedule, plan| CheckSpec {
            id: CheckId(format!("c{origin}{}", resource.tags.concat())),
            key: key(origin, &resource.tags),
            plan,
            schedule,
            tags: resource.tags.clone(),
        };
        let plan = || {
            let outline = vec![line("check", "check")];
            Some(PlanSpec { hash: format!("check.{origin}"), bytes: Vec::new(), outline })
        };
        ResourceSpec {
            id: self.resource_id(&resource.name),
            name: resource.name.clone(),
            check: match resource.kind {
                Kind::Checked(s) => Some(check(Schedule::Every(s * 1_000), plan())),
                Kind::OnDemand => Some(check(Schedule::Every(60_000), plan())),
                Kind::Cron(s) => Some(check(Schedule::Every(s * 1_000), None)),
                Kind::Put | Kind::Stream => None,
            },
            space: resource.spaces.then(|| "pr".to_owned()),
            untrusted: resource.spaces.then(|| "outside".to_owned()),
            on_demand: resource.kind == Kind::OnDemand,
            stream: (resource.kind == Kind::Stream).then(|| resource.name.clone()),
        }
    }
}

impl Job {
    /// Its steps: gets, a task, puts.
    pub(crate) fn outline(&self) -> Vec<OutlineRow> {
        let gets = self.gets.iter().map(|get| line(&get.name, "get"));
        let puts = self.puts.iter().map(|put| line(put, "put"));
        gets.chain([line("work", "task")]).chain(puts).collect()
    }

    /// Whether a worker that hears no server begins none of its steps.
    pub(crate) fn is_careful(&self) -> bool {
        self.retry || !self.groups.is_empty() || self.concurrency > 0 || self.max_in_flight.is_some()
    }
}

fn line(name: &str, kind: &str) -> OutlineRow {
    OutlineRow { name: name.into(), kind: kind.into(), depth: 0 }
}

fn key(origin: u64, tags: &[String]) -> [u8; 32] {
    let mut hash = DefaultHasher::new();
    (origin, tags).hash(&mut hash);
    let mut key = [7; 32];
    key[..8].copy_from_slice(&hash.finish().to_le_bytes());
    key
}
