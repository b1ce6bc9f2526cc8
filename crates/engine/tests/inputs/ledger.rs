//! A ledger in memory: one job, what it gets, and what became of it.

use crate::rules;
use pikoci_engine::facts::{
    Horizon, InputFacts, Interruptible, JobFacts, JobInfo, NEXT_VERSIONS, OpenBuild, Pin, Stored, Unresolved,
    UpstreamBuild,
};
use pikoci_engine::inputs::{ByHand, Decision, NextBuild, Taken, by_hand, decide};
use pikoci_plan::id::{JobId, ResourceId};
use pikoci_plan::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// A `get` of the job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Get {
    pub(crate) name: String,
    pub(crate) resource: String,
    pub(crate) trigger: bool,
    pub(crate) latest: bool,
    pub(crate) passed: Vec<String>,
    /// The version in the text.
    pub(crate) pin: Option<String>,
    pub(crate) on_demand: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Automatic,
    ByHand,
    Rerun,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Running,
    Ended,
}

/// A build of the job.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    pub(crate) made: Made,
    pub(crate) state: State,
    pub(crate) space: String,
    /// By the name of the input.
    pub(crate) taken: BTreeMap<String, Stored>,
    pub(crate) ready: bool,
    pub(crate) waits_for: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) gets: Vec<Get>,
    pub(crate) interruptible: Interruptible,
    pub(crate) trusted_only: bool,
    pub(crate) paused: bool,
    pub(crate) catch_up: bool,
    /// Builds stay pending until they are told to go on.
    pub(crate) slow: bool,
    /// By resource, oldest first.
    pub(crate) versions: BTreeMap<String, Vec<Stored>>,
    /// By resource: the name of the version.
    pub(crate) pins: BTreeMap<String, String>,
    /// By job: its builds that succeeded, each with versions by resource.
    pub(crate) upstream: BTreeMap<String, Vec<BTreeMap<String, Vec<Stored>>>>,
    pub(crate) horizons: BTreeMap<String, u64>,
    pub(crate) builds: Vec<Build>,
    pub(crate) causes: BTreeSet<String>,
}

impl Ledger {
    /// Stores a version: `ref`, `space:ref`; one that comes from outside ends with `!`. A known one is the newest again.
    pub(crate) fn found(&mut self, resource: &str, text: &str) {
        let (space, _) = text.split_once(':').unwrap_or_default();
        let name = text.trim_end_matches('!');
        let versions = self.versions.entry(resource.to_owned()).or_default();
        let order = versions.last().map_or(1, |last| last.order + 1);
        if let Some(known) = versions.iter().position(|of| of.version.get("ref") == Some(name)) {
            let again = Stored { order, ..versions.remove(known) };
            let taken = self.builds.iter_mut().flat_map(|build| build.taken.values_mut());
            taken.filter(|of| of.id == again.id).for_each(|of| of.order = order);
            return versions.push(again);
        }
        versions.push(Stored {
            id: format!("{resource}={name}"),
            order,
            space: space.to_owned(),
            untrusted: text.ends_with('!'),
            taken: false,
            version: Version::from([("ref", name)]),
        });
    }

    pub(crate) fn version(&self, resource: &str, name: &str) -> Option<Stored> {
        let all = self.versions.get(resource)?;
        all.iter().find(|version| version.version.get("ref") == Some(name)).cloned()
    }

    /// A build of an upstream job succeeded.
    pub(crate) fn passed(&mut self, job: &str, held: &[(&str, &str)]) {
        let mut build: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
        for (resource, name) in held {
            build.entry((*resource).to_owned()).or_default().push(self.version(resource, name).unwrap());
        }
        self.upstream.entry(job.to_owned()).or_default().push(build);
    }

    pub(crate) fn unpin(&mut self, resource: &str) {
        self.catch_up |= self.pins.remove(resource).is_some();
    }

    /// Decides as long as there is more, and applies it.
    pub(crate) fn decide(&mut self) -> Decision {
        let mut all = Decision::default();
        loop {
            let facts = self.facts();
            let decision = decide(&facts);
            assert_eq!(decision, decide(&facts), "a decision depends on nothing but its facts");
            self.apply(&decision);
            all.builds.extend(decision.builds);
            all.resolved.extend(decision.resolved);
            if !decision.more {
                return all;
            }
            assert!(!decision.horizons.is_empty() || !all.builds.is_empty(), "it goes on for ever");
        }
    }

    fn apply(&mut self, decision: &Decision) {
        for (id, taken) in &decision.resolved {
            let build = &mut self.builds[id.as_str().parse::<usize>().unwrap()];
            build.ready = true;
            build.taken = by_name(&self.gets, taken);
        }
        for build in &decision.builds {
            rules::holds(self, build);
            self.make(build);
        }
        for horizon in &decision.horizons {
            self.horizons.insert(horizon.source.clone(), horizon.upto);
        }
        self.catch_up &= !decision.caught_up;
    }

    /// Makes a build, unless there is one for that cause: a get of the same resource may have made it.
    fn make(&mut self, build: &NextBuild) {
        if !self.causes.insert(build.cause.as_str().to_owned()) {
            assert!(self.gets.iter().any(|get| self.shares_resource(get)), "two builds for one cause");
            return;
        }
        for ended in build.supersedes.iter().chain(&build.interrupts) {
            self.builds[ended.as_str().parse::<usize>().unwrap()].state = State::Ended;
        }
        self.builds.push(Build {
            made: Made::Automatic,
            state: if self.slow { State::Pending } else { State::Ended },
            space: build.space.clone(),
            taken: by_name(&self.gets, &build.inputs),
            ready: build.needs.is_empty(),
            waits_for: build.needs.iter().map(|resource| resource.to_string()).collect(),
        });
    }

    fn shares_resource(&self, get: &Get) -> bool {
        self.gets.iter().any(|other| other.name != get.name && other.resource == get.resource)
    }

    /// Makes a build by hand, with some versions named.
    pub(crate) fn by_hand(&mut self, named: &BTreeMap<String, Stored>) -> ByHand {
        let made = by_hand(&self.facts_of(named), named);
        self.builds.push(Build {
            made: Made::ByHand,
            state: if self.slow { State::Pending } else { State::Ended },
            space: made.space.clone(),
            taken: by_name(&self.gets, &made.inputs),
            ready: made.ready,
            waits_for: made.needs.iter().map(|resource| resource.to_string()).collect(),
        });
        made
    }

    pub(crate) fn rerun(&mut self, index: usize) {
        let build = Build { made: Made::Rerun, ..self.builds[index].clone() };
        self.builds.push(build);
    }

    /// What a decision reads.
    pub(crate) fn facts(&self) -> JobFacts {
        self.facts_of(&BTreeMap::new())
    }

    /// What is read where some versions are named.
    fn facts_of(&self, named: &BTreeMap<String, Stored>) -> JobFacts {
        let upstream = self.upstream_facts(named);
        let mut facts = JobFacts {
            info: JobInfo {
                plan: Some("plan".into()),
                paused: self.paused,
                interruptible: self.interruptible,
                ..JobInfo::default()
            },
            catch_up: self.catch_up,
            trusted_only: self.trusted_only,
            upstream,
            unresolved: self.unresolved(),
            open: self.open(),
            ..JobFacts::default()
        };
        for get in &self.gets {
            let (input, upto, more) = self.input(get);
            facts.horizons.extend(upto.map(|upto| Horizon { source: get.resource.clone(), upto }));
            facts.more |= more;
            facts.inputs.push(input);
        }
        let jobs: BTreeSet<&String> = self.gets.iter().flat_map(|get| &get.passed).collect();
        let upto = |job: &String| self.upstream.get(job).map_or(0, |builds| builds.len() as u64);
        facts
            .horizons
            .extend(jobs.iter().map(|job| Horizon { source: format!("job {job}"), upto: upto(job) }));
        facts
    }

    fn stored(&self, get: &Get, version: &Stored) -> Stored {
        let taken =
            self.builds.iter().any(|build| build.taken.get(&get.name).is_some_and(|of| of.id == version.id));
        Stored { taken, ..version.clone() }
    }

    /// The input, how far its resource was read, and whether there was more.
    fn input(&self, get: &Get) -> (InputFacts, Option<u64>, bool) {
        let all: Vec<_> =
            self.versions.get(&get.resource).into_iter().flatten().map(|of| self.stored(get, of)).collect();
        let pin = self.pins.get(&get.resource).or(get.pin.as_ref()).map(|name| Pin {
            version: all.iter().find(|of| of.version.get("ref") == Some(name)).cloned(),
            text: format!("ref={name}"),
            written: get.pin.is_some(),
        });
        let marks = self.marks(get);
        let reads = get.trigger && get.passed.is_empty() && pin.is_none();
        let horizon = self.horizons.get(&get.resource).copied().unwrap_or_default();
        let mut next: Vec<_> = if marks.is_empty() {
            let newest = self.newest_of_spaces(get);
            all.iter()
                .filter(|of| newest.get(&of.space).is_some_and(|newest| newest.id == of.id))
                .cloned()
                .collect()
        } else {
            all.iter().filter(|of| of.order > horizon).cloned().collect()
        };
        let more = next.len() > NEXT_VERSIONS;
        next.truncate(if reads { NEXT_VERSIONS } else { 0 });
        let last_read = if more { next.last() } else { all.last() };
        let upto = last_read.filter(|_| reads).map(|of| of.order);
        let mut allowed =
            all.iter().rev().filter(|of| !(self.trusted_only && of.untrusted) && self.has_passed(get, of));
        let input = InputFacts {
            name: get.name.clone(),
            resource: ResourceId(get.resource.clone()),
            resource_name: get.resource.clone(),
            trigger: get.trigger,
            latest: get.latest,
            passed: get.passed.iter().map(|job| (JobId(job.clone()), job.clone())).collect(),
            pin,
            on_demand: get.on_demand,
            newest: allowed.next().cloned(),
            last: self.last(get),
            marks,
            next,
        };
        (input, upto, more && reads)
    }

    pub(crate) fn has_passed(&self, get: &Get, version: &Stored) -> bool {
        let held = |job: &String| {
            let mut builds = self.upstream.get(job).into_iter().flatten();
            builds.any(|build| build.get(&get.resource).into_iter().flatten().any(|of| of.id == version.id))
        };
        get.passed.iter().all(held)
    }

    pub(crate) fn marks(&self, get: &Get) -> BTreeMap<String, Stored> {
        let mut marks: BTreeMap<String, Stored> = BTreeMap::new();
        let builds = self.builds.iter().filter(|build| build.made != Made::Rerun);
        for version in builds.filter_map(|build| build.taken.get(&get.name)) {
            let mark = marks.entry(version.space.clone()).or_insert_with(|| version.clone());
            if mark.order < version.order {
                *mark = version.clone();
            }
        }
        marks
    }

    fn last(&self, get: &Get) -> Option<Stored> {
        let newest = self.builds.iter().rev().find(|build| build.made != Made::Rerun)?;
        Some(self.stored(get, newest.taken.get(&get.name)?))
    }

    /// Builds of upstream jobs that came since the last decision or hold what matters, and all that is joined to them.
    fn upstream_facts(&self, named: &BTreeMap<String, Stored>) -> BTreeMap<JobId, Vec<UpstreamBuild>> {
        let mut all: Vec<(String, u64, BTreeMap<usize, Vec<Stored>>)> = Vec::new();
        for (job, builds) in &self.upstream {
            for (index, build) in builds.iter().enumerate() {
                let inputs = self.gets.iter().enumerate().filter(|(_, get)| get.passed.contains(job));
                let held = inputs.filter_map(|(input, get)| {
                    let versions = build.get(&get.resource)?;
                    Some((input, versions.iter().map(|version| self.stored(get, version)).collect()))
                });
                all.push((job.clone(), index as u64 + 1, held.collect()));
            }
        }
        let mut ids: BTreeSet<(usize, String)> = self.matters();
        let named = named.iter().filter_map(|(name, version)| {
            Some((self.gets.iter().position(|get| get.name == *name)?, version.id.clone()))
        });
        ids.extend(named);
        let mut kept: Vec<bool> = vec![false; all.len()];
        loop {
            let before = kept.iter().filter(|kept| **kept).count();
            for ((job, place, held), kept) in all.iter().zip(&mut kept) {
                let horizon = self.horizons.get(&format!("job {job}")).copied().unwrap_or_default();
                let of = || held.iter().flat_map(|(input, of)| of.iter().map(|of| (*input, of.id.clone())));
                *kept |= *place > horizon || of().any(|of| ids.contains(&of));
                ids.extend(of().filter(|_| *kept));
            }
            if before == kept.iter().filter(|kept| **kept).count() {
                break;
            }
        }
        let mut facts: BTreeMap<JobId, Vec<UpstreamBuild>> = BTreeMap::new();
        for ((job, place, versions), _) in all.into_iter().zip(kept).filter(|(_, kept)| *kept) {
            let (build, number) = (format!("{job}{place}").into(), place.to_string());
            facts.entry(JobId(job)).or_default().push(UpstreamBuild { build, number, place, versions });
        }
        facts
    }

    /// By input: the newest that passed, what was taken last, and what it is held at; the newest of each space that
    /// passed, where the job begins with those.
    fn matters(&self) -> BTreeSet<(usize, String)> {
        let of = |(index, get): (usize, &Get)| {
            let input = self.input(get).0;
            let pin = input.pin.and_then(|pin| pin.version);
            let known = input.newest.into_iter().chain(input.last).chain(pin);
            let begins = get.trigger && (self.catch_up || input.marks.is_empty());
            let first = if begins { self.newest_of_spaces(get) } else { BTreeMap::new() };
            known.chain(first.into_values()).map(move |of| (index, of.id))
        };
        self.gets.iter().enumerate().flat_map(of).collect()
    }

    fn newest_of_spaces(&self, get: &Get) -> BTreeMap<String, Stored> {
        let all = self.versions.get(&get.resource).into_iter().flatten();
        let may = all.filter(|of| !(self.trusted_only && of.untrusted) && self.has_passed(get, of));
        may.map(|of| (of.space.clone(), of.clone())).collect()
    }

    fn unresolved(&self) -> Vec<Unresolved> {
        let waiting = self.builds.iter().enumerate().filter(|(_, build)| !build.ready);
        let of = |(index, build): (usize, &Build)| Unresolved {
            build: index.to_string().into(),
            taken: build.taken.clone(),
            waits_for: build.waits_for.iter().map(|resource| ResourceId(resource.clone())).collect(),
        };
        waiting.map(of).collect()
    }

    fn open(&self) -> Vec<OpenBuild> {
        let open = self.builds.iter().enumerate();
        let open = open.filter(|(_, build)| build.state != State::Ended && build.made == Made::Automatic);
        let of = |(index, build): (usize, &Build)| OpenBuild {
            build: index.to_string().into(),
            number: index as u64 + 1,
            space: build.space.clone(),
            attempt: (build.state == State::Running).then(|| ("w".into(), 1, 1, index.to_string().into())),
        };
        open.map(of).collect()
    }
}

/// What is taken, by the name of the input.
pub(crate) fn by_name(gets: &[Get], taken: &[Taken]) -> BTreeMap<String, Stored> {
    taken.iter().map(|of| (gets[of.input].name.clone(), of.version.clone())).collect()
}
