//! Every job that does not run says why, and runs once what it says was done.

use crate::Broken;
use crate::dice::Dice;
use crate::host::Host;
use crate::script::HostSpec;
use crate::world::{Happening, World};
use pikoci_engine::part::Paused;
use pikoci_engine::why::{Reason, Worker, why};
use pikoci_plan::id::{JobId, PipelineId, ResourceId};
use pikoci_plan::version::Version;
use pikoci_protocol::server::Request;
use std::collections::BTreeMap;

/// How many jobs of a run are asked.
const ASKED: usize = 4;
/// How many jobs may name one another as what they wait for.
const DEPTH: usize = 8;
/// How often a job may name something else that it waits for.
const ROUNDS: usize = 12;

/// What came of doing what a sentence names.
#[derive(Debug, PartialEq, Eq)]
enum Obeyed {
    Done,
    /// Only time would help: a schedule that is due some day; or nobody could.
    Beyond,
}

impl World {
    /// Does what jobs say until they run; then lets all go on that rest.
    pub(crate) fn check_why(&mut self) -> Result<(), Broken> {
        self.say("-- why not");
        let mut dice = Dice::named(self.script.seed, "why");
        for _ in 0..ASKED {
            let all = self.pipelines.values();
            let mut jobs: Vec<_> =
                all.flat_map(|of| of.jobs.iter().map(|job| of.job_id(&job.name))).collect();
            if jobs.is_empty() {
                break;
            }
            let job = jobs.swap_remove(dice.index(jobs.len()));
            self.make_run(&job, DEPTH)?;
        }
        self.let_all_go_on();
        self.run_to_rest()?;
        self.check_newest()
    }

    fn let_all_go_on(&mut self) {
        for pipeline in self.pipelines.values().cloned().collect::<Vec<_>>() {
            let jobs = pipeline.jobs.iter().map(|job| Paused::Job(pipeline.job_id(&job.name)));
            for of in jobs.chain([Paused::Pipeline(pipeline.id())]) {
                self.ask(0, Request::Pause { of, paused: false, by: "ann".into() }, 9);
            }
        }
    }

    /// Asks a job why it does not run and does what it says, until it runs.
    fn make_run(&mut self, job: &JobId, depth: usize) -> Result<Obeyed, Broken> {
        let before = self.started(job);
        let mut said = Vec::new();
        if depth == 0 {
            return Ok(Obeyed::Beyond);
        }
        for round in 0..ROUNDS {
            let reasons = self.reasons(job);
            let Some(first) = reasons.first() else {
                return Err(Broken { rule: "R7", what: format!("{job} does not say why it does not run") });
            };
            let (sentence, unblock) = (first.to_string(), first.unblock().unwrap_or_default());
            self.say(format!("why {job}: {sentence}; to unblock: {unblock}"));
            let obeyed = said.last() == Some(&sentence);
            said.push(sentence);
            if obeyed && in_vain(&said) || self.obey(job, &unblock, (round, depth))? == Obeyed::Beyond {
                return Ok(Obeyed::Beyond);
            }
            self.run_to_rest()?;
            if self.started(job) > before {
                return Ok(Obeyed::Done);
            }
        }
        said.dedup();
        let last = self.reasons(job).first().and_then(Reason::unblock);
        Err(Broken { rule: "R7", what: format!("{job} does not run after {said:?}: {last:?}") })
    }

    fn reasons(&self, job: &JobId) -> Vec<Reason> {
        let mut facts = self.store.why_facts(job).unwrap().unwrap_or_default();
        let hosts = self.hosts.iter().filter(|host| host.worker.is_some());
        facts.workers = hosts
            .map(|host| Worker {
                name: host.id.to_string(),
                tags: host.spec.tags.clone(),
                free: host.spec.builds as u32,
                draining: false,
                fresh: true,
            })
            .collect();
        why(&facts)
    }

    /// How many attempts there were of a job's builds.
    fn started(&self, job: &JobId) -> usize {
        let sql = "SELECT a.id FROM attempts a JOIN builds b ON b.id = a.build_id WHERE b.job_id = ?1";
        self.inspect(sql, &[job.as_str()]).len()
    }

    /// Does what a sentence names: its command, or what it says in words.
    fn obey(&mut self, job: &JobId, unblock: &str, (round, depth): (usize, usize)) -> Result<Obeyed, Broken> {
        let command = unblock.split_once("pikoci ").map_or("", |(_, command)| command);
        let words: Vec<&str> = command.split(' ').map(|word| word.trim_matches([',', ')'])).collect();
        match words[..] {
            ["job", "trigger", of, "--version", ..] => {
                let (_, named) = command.split_once("--version ").unwrap();
                self.trigger_at(of, named.trim_matches('\''), round);
            }
            ["job", "trigger", of, ..] => self.trigger_now(of, BTreeMap::new(), round),
            ["job", "unpause", of, ..] => self.unpause(Paused::Job(JobId(of.replacen('/', ".", 1)))),
            ["pipeline", "unpause", of, ..] => self.unpause(Paused::Pipeline(PipelineId(of.into()))),
            ["resource", "check", of, ..] => {
                self.ask(0, Request::Check { resource: resource(of), within_ms: 0 }, 9);
            }
            ["resource", "unpin", of, ..] => {
                let (resource, by) = (resource(of), "ann".to_owned());
                self.ask(0, Request::Pin { resource, version: None, comment: None, by }, 9);
            }
            ["pipeline", "set", ..] => self.set_without_pins(job),
            ["worker", ..] => self.add_host(job),
            ["job", "why", of, ..] => {
                return self.make_run(&JobId(of.replacen('/', ".", 1)), depth - 1);
            }
            _ => return Ok(self.in_words(unblock, round)),
        }
        Ok(Obeyed::Done)
    }

    /// What is no command.
    fn in_words(&mut self, unblock: &str, round: usize) -> Obeyed {
        let Some(of) = unblock.strip_prefix("a build that puts ") else {
            return match unblock {
                "" => Obeyed::Done,
                _ => Obeyed::Beyond,
            };
        };
        let (pipeline, name) = of.split_once('/').unwrap();
        let found = self.pipelines.get(pipeline).and_then(|pipeline| {
            let puts = pipeline.jobs.iter().find(|job| job.puts.iter().any(|put| put == name));
            puts.map(|job| format!("{}/{}", pipeline.name, job.name))
        });
        match found {
            // Whether that one can run is another question.
            Some(job) if round == 0 => self.trigger_now(&job, BTreeMap::new(), round),
            _ => return Obeyed::Beyond,
        }
        Obeyed::Done
    }

    fn unpause(&mut self, of: Paused) {
        self.ask(0, Request::Pause { of, paused: false, by: "ann".into() }, 9);
    }

    fn trigger_now(&mut self, of: &str, versions: BTreeMap<String, String>, round: usize) {
        let job = JobId(of.replacen('/', ".", 1));
        let key = format!("why {} {round}", self.now);
        self.ask(0, Request::Trigger { job, key, by: "ann".into(), versions }, 9);
    }

    /// With a version that is named as `RESOURCE={"KEY":"VALUE"}`.
    fn trigger_at(&mut self, of: &str, named: &str, round: usize) {
        let (resource, version) = named.split_once('=').unwrap();
        let version: Version = serde_json::from_str(version).unwrap();
        let job = of.replacen('/', ".", 1);
        let sql = format!(
            "SELECT i.name || ' ' || v.id FROM job_inputs i JOIN resources r ON r.id = i.resource_id \
             JOIN versions v ON v.resource_id = r.id WHERE i.job_id = '{job}' AND r.name = '{resource}' \
             AND v.data LIKE '%\"{}\"%'",
            version.get("ref").or(version.get("date")).unwrap()
        );
        let found = self.inspect(&sql, &[]);
        let pairs = found.iter().filter_map(|row| row.split_once(' '));
        let versions = pairs.map(|(name, id)| (name.to_owned(), id.to_owned())).collect();
        self.trigger_now(of, versions, round);
    }

    fn set_without_pins(&mut self, job: &JobId) {
        let owner = self.pipelines.values().find(|of| of.jobs.iter().any(|it| of.job_id(&it.name) == *job));
        let Some(mut pipeline) = owner.cloned() else { return };
        pipeline.jobs.iter_mut().flat_map(|job| &mut job.gets).for_each(|get| get.pin = None);
        self.set(0, &pipeline, None);
    }

    /// A worker with all that the job asks for.
    fn add_host(&mut self, job: &JobId) {
        let all = self.pipelines.values();
        let mut tags = all.flat_map(|of| of.jobs.iter().map(move |job| (of.job_id(&job.name), &job.tags)));
        let tags = tags.find(|(id, _)| id == job).map(|(_, tags)| tags.clone()).unwrap_or_default();
        let index = self.hosts.len();
        self.hosts.push(Host::new(index, &HostSpec { builds: 1, checks: 1, tags }));
        self.after(0, Happening::StartHost(index));
    }
}

/// Whether what was done of the last sentence may change nothing: a version that is wanted does not exist, or jobs upstream
/// take others each time.
fn in_vain(said: &[String]) -> bool {
    let may = ["which no check has found", "succeeded with others", "together", "which did not pass"];
    said.last().is_some_and(|last| may.iter().any(|text| last.contains(text)))
}

/// `p/git.r` is the resource `p.git.r`.
fn resource(of: &str) -> ResourceId {
    ResourceId(of.replacen('/', ".", 1))
}
