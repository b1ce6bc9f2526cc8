//! Pipelines, and what is changed in them.

use crate::dice::Dice;
use crate::model::{Get, Interrupt, Job, Kind, Pipeline, Resource};

/// What several pipelines check.
const SHARED: u64 = 1;

/// A pipeline of a few resources and jobs.
pub(super) fn pipeline(dice: &mut Dice, index: u64) -> Pipeline {
    let mut resources: Vec<_> = (0..dice.between(1, 3)).map(|at| resource(dice, index, at)).collect();
    resources.push(Resource {
        name: "trigger.release".into(),
        kind: Kind::Stream,
        origin: 0,
        spaces: false,
        tags: Vec::new(),
    });
    let mut pipeline = Pipeline { name: format!("p{index}"), jobs: Vec::new(), resources };
    for _ in 0..dice.between(2, 7) {
        let job = job(dice, &pipeline);
        pipeline.jobs.push(job);
    }
    pipeline
}

fn resource(dice: &mut Dice, pipeline: u64, at: u64) -> Resource {
    let (word, kind) = match if at == 0 { 0 } else { dice.below(20) } {
        0..11 => ("git", Kind::Checked(dice.between(3, 15))),
        11..14 => ("tag", Kind::OnDemand),
        14..18 => ("out", Kind::Put),
        _ => ("cron", Kind::Cron(dice.between(7, 25))),
    };
    // Some are shared between pipelines: of the same kind and number they are the same outside.
    let shared = matches!(kind, Kind::Checked(_)) && dice.chance(30);
    let origin = if shared { SHARED } else { 10 + pipeline * 10 + at };
    Resource {
        name: format!("{word}.r{at}"),
        kind,
        origin,
        spaces: word == "git" && !shared && dice.chance(30),
        tags: if dice.chance(5) { vec!["linux".into()] } else { Vec::new() },
    }
}

/// A job that is made of what the pipeline has already.
fn job(dice: &mut Dice, pipeline: &Pipeline) -> Job {
    let number = pipeline.jobs.len() as u64 + dice.below(90) * 10;
    let mut job = Job { name: format!("j{number}"), work_ms: work_ms(dice), ..Job::default() };
    for at in 0..*dice.pick(&[0, 1, 1, 1, 1, 2, 2, 3]) {
        let get = get(dice, pipeline, at);
        job.gets.push(get);
    }
    if let (true, Some(get)) = (pipeline.jobs.is_empty(), job.gets.first_mut()) {
        let resource = pipeline.resources[0].name.clone();
        *get = Get { name: "g0".into(), resource, trigger: true, latest: get.latest, ..Get::default() };
    }
    let puts = pipeline.resources.iter().map(|resource| &resource.name);
    let able: Vec<_> =
        puts.filter(|put| !put.starts_with("cron") && !feeds_itself(&job, put, pipeline)).cloned().collect();
    if !able.is_empty() && dice.chance(35) {
        job.puts.push(dice.pick(&able).clone());
    }
    job.fails = *dice.pick(&[0, 10, 10, 30]);
    limits(dice, &mut job);
    job
}

/// A put that starts its own job, directly or through others, never rests.
fn feeds_itself(job: &Job, put: &str, pipeline: &Pipeline) -> bool {
    // Streams are read by all pipelines, so nobody who reads one puts one; else only later jobs may read what is put.
    let reads = |job: &Job| job.gets.iter().any(|get| get.resource == put);
    let shared = pipeline.resource(put).is_some_and(|resource| resource.origin == SHARED);
    let circles = put.starts_with("trigger") && !starts_first(job, pipeline);
    shared || circles || reads(job) || pipeline.jobs.iter().any(reads)
}

/// Whether nothing of a stream is among what leads to a job.
fn starts_first(job: &Job, pipeline: &Pipeline) -> bool {
    let from_stream = |job: &Job| job.gets.iter().any(|get| get.resource.starts_with("trigger"));
    !from_stream(job) && !pipeline.jobs.iter().any(from_stream)
}

fn work_ms(dice: &mut Dice) -> u64 {
    match dice.below(20) {
        0..2 => dice.between(10_000, 40_000),
        2..5 => dice.between(1_000, 5_000),
        _ => dice.between(10, 400),
    }
}

fn get(dice: &mut Dice, pipeline: &Pipeline, at: u64) -> Get {
    let resource = dice.pick(&pipeline.resources);
    let upstream: Vec<&Job> = pipeline.jobs.iter().filter(|job| job.has(&resource.name)).collect();
    let mut passed: Vec<String> = Vec::new();
    if !upstream.is_empty() && dice.chance(65) {
        for _ in 0..dice.between(1, 2) {
            let job = *dice.pick(&upstream);
            // No version passes two jobs that only make their own.
            let makes = |job: &Job| !job.gets.iter().any(|get| get.resource == resource.name);
            let other = passed.iter().any(|name| pipeline.job(name).is_some_and(makes));
            if !(passed.contains(&job.name) || (other && makes(job))) {
                passed.push(job.name.clone());
            }
        }
    }
    Get {
        name: format!("g{at}"),
        resource: resource.name.clone(),
        trigger: resource.kind != Kind::OnDemand && dice.chance(75),
        passed,
        latest: dice.chance(20),
        pin: dice.chance(3).then(|| dice.between(1, 4)),
    }
}

impl Job {
    /// Whether it gets or puts a resource.
    pub(crate) fn has(&self, resource: &str) -> bool {
        self.puts.iter().any(|put| put == resource) || self.gets.iter().any(|get| get.resource == resource)
    }
}

fn limits(dice: &mut Dice, job: &mut Job) {
    job.tags = match dice.below(20) {
        0..3 => vec!["linux".into()],
        3 => vec!["gpu".into()],
        _ => Vec::new(),
    };
    if dice.chance(25) {
        job.groups.push(if dice.chance(40) { "team/deploy".into() } else { format!("g{}", dice.below(2)) });
    }
    if dice.chance(25) {
        job.concurrency = dice.between(1, 2) as u32;
    }
    if dice.chance(8) {
        job.max_in_flight = Some(("matrix".into(), dice.between(1, 2) as u32));
    }
    job.interruptible = match dice.below(20) {
        0..2 => Interrupt::Waiting,
        2..4 => Interrupt::Always,
        _ => Interrupt::Never,
    };
    job.retry = dice.chance(20);
    job.no_rerun = dice.chance(5);
    job.trusted_only = dice.chance(8);
}

/// Changes a pipeline a little.
pub(super) fn revise(dice: &mut Dice, pipeline: &mut Pipeline) {
    match dice.below(8) {
        0..2 => {
            let job = job(dice, pipeline);
            if pipeline.job(&job.name).is_none() {
                pipeline.jobs.push(job);
            }
        }
        2 if pipeline.jobs.len() > 1 => pipeline.remove(dice.index(pipeline.jobs.len())),
        3 => rename_input(dice, pipeline),
        4 => {
            let at = dice.index(pipeline.jobs.len());
            let (old, fresh) = (pipeline.jobs[at].clone(), Job::default());
            let mut changed =
                Job { name: old.name, gets: old.gets, puts: old.puts, work_ms: old.work_ms, ..fresh };
            limits(dice, &mut changed);
            pipeline.jobs[at] = changed;
        }
        5 => {
            let at = dice.index(pipeline.jobs.len());
            pipeline.jobs[at].work_ms = work_ms(dice);
        }
        6 => {
            let at = dice.index(pipeline.jobs.len());
            let earlier = Pipeline { jobs: pipeline.jobs[..at].to_vec(), ..pipeline.clone() };
            let added = Get { name: format!("h{}", dice.below(9)), ..get(dice, &earlier, 0) };
            let loops = pipeline.jobs[at..].iter().any(|job| job.puts.contains(&added.resource));
            let loops = loops || added.resource.starts_with("trigger");
            if !loops && !pipeline.jobs[at].gets.iter().any(|get| get.name == added.name) {
                pipeline.jobs[at].gets.push(added);
            }
        }
        _ => {}
    }
}

fn rename_input(dice: &mut Dice, pipeline: &mut Pipeline) {
    let at = dice.index(pipeline.jobs.len());
    let gets = &mut pipeline.jobs[at].gets;
    if !gets.is_empty() {
        let get = dice.index(gets.len());
        gets[get].name = format!("n{}", dice.below(1_000));
    }
}
