//! Builds that let versions through `passed`: what is new of them, and what goes together with it.

use super::inputs::{self, MOST_SPACES};
use super::passed::{self, Of};
use super::versions::{self, COLUMNS, stored};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::{
    Horizon, InputFacts, Interruptible, JobFacts, NEXT_VERSIONS, Stored, UpstreamBuild,
};
use pikoci_plan::id::{BuildId, JobId};
use std::collections::{BTreeMap, BTreeSet};

/// The most builds that a decision reads.
const MOST_BUILDS: usize = 2_000;

/// Of each version the newest builds of a job that hold it, at most so many.
const BUILDS_OF_VERSION: usize = 10;

/// Of each input that names jobs in `passed` the newest versions that have passed all, at most so many.
const NEWEST: usize = 20;

/// A build of an upstream job: its job, and its place among those that have succeeded.
type Place = (JobId, u64);

/// What is read, and what is still to be followed.
struct Reading<'a> {
    db: &'a Db,
    job: &'a JobId,
    inputs: &'a [InputFacts],
    builds: BTreeMap<Place, UpstreamBuild>,
    /// Up to which place builds of a job are read, where there are more: what comes later is for the next decision, which
    /// could not go back behind it.
    limits: BTreeMap<JobId, u64>,
    /// Versions of inputs, each to be followed once.
    seen: BTreeSet<(usize, String)>,
    next: Vec<(usize, String)>,
    /// Versions with whether the job has taken them at an input.
    versions: BTreeMap<(usize, String), Stored>,
}

/// Reads the upstream builds, also those of versions that are named, and how far the decision looks at their jobs.
pub(super) fn read(db: &Db, id: &JobId, job: &mut JobFacts, named: &[String]) -> Result<(), StoreError> {
    if job.inputs.iter().all(|input| input.passed.is_empty()) {
        return Ok(());
    }
    let inputs = job.inputs.clone();
    let mut reading = Reading {
        db,
        job: id,
        inputs: &inputs,
        builds: BTreeMap::new(),
        limits: BTreeMap::new(),
        seen: BTreeSet::new(),
        next: Vec::new(),
        versions: BTreeMap::new(),
    };
    let begin = reading.since_last(job)?;
    for index in 0..inputs.len() {
        reading.newest(index, job, &begin)?;
        named.iter().for_each(|version| reading.reach(index, version));
    }
    reading.follow()?;
    for ((upstream, _), build) in reading.builds {
        job.upstream.entry(upstream).or_default().push(build);
    }
    Ok(())
}

impl<'a> Reading<'a> {
    /// Reads what jobs that triggering inputs name have let through since the last decision. Those of which the newest
    /// version of each space is to be read beside that.
    fn since_last(&mut self, job: &mut JobFacts) -> Result<BTreeSet<JobId>, StoreError> {
        let mut begin = BTreeSet::new();
        for (upstream, every) in self.named(job) {
            let last = last_passed(self.db, upstream)?;
            let mut upto = last;
            match inputs::horizon(self.db, self.job, upstream.as_str())? {
                Some(above) if above >= last => {}
                Some(above) if every => upto = self.oldest_since(upstream, (above, last), job)?,
                Some(above) if self.newest_since(upstream, above)? => {}
                _ => drop(begin.insert(upstream.clone())),
            }
            inputs::note(job, Horizon { source: upstream.as_str().to_owned(), upto });
        }
        Ok(begin)
    }

    /// The jobs that triggering inputs name, and whether each of their builds counts, or only the newest.
    fn named(&self, job: &JobFacts) -> BTreeMap<&'a JobId, bool> {
        let newest_only = job.catch_up || job.info.interruptible != Interruptible::Never;
        let mut named = BTreeMap::new();
        for input in self.inputs.iter().filter(|input| input.trigger) {
            for (upstream, _) in &input.passed {
                *named.entry(upstream).or_default() |= !(newest_only || input.latest);
            }
        }
        named
    }

    /// Reads the oldest builds above a place, as many as may be; up to which place that was.
    fn oldest_since(
        &mut self,
        upstream: &JobId,
        (above, last): (u64, u64),
        job: &mut JobFacts,
    ) -> Result<u64, StoreError> {
        let mut found = places(self.db, OLDEST_SINCE, values![upstream.as_str(), above, NEXT_VERSIONS + 1])?;
        let cut = found.len() > NEXT_VERSIONS;
        found.truncate(NEXT_VERSIONS);
        let upto = found.last().filter(|_| cut).map_or(last, |build| build.place);
        if cut {
            job.more = true;
            self.limits.insert(upstream.clone(), upto);
        }
        found.into_iter().try_for_each(|build| self.add(upstream, build))?;
        Ok(upto)
    }

    /// Reads the newest builds above a place, as many as may be. False if there are more.
    fn newest_since(&mut self, upstream: &JobId, above: u64) -> Result<bool, StoreError> {
        let found = places(self.db, NEWEST_SINCE, values![upstream.as_str(), above, NEXT_VERSIONS + 1])?;
        let all = found.len() <= NEXT_VERSIONS;
        found.into_iter().try_for_each(|build| self.add(upstream, build))?;
        Ok(all)
    }

    /// Has the newest versions of an input followed; of each space, where the job begins with those. And what it took
    /// last, what it is held at, and what builds that wait have taken.
    fn newest(&mut self, index: usize, job: &JobFacts, begin: &BTreeSet<JobId>) -> Result<(), StoreError> {
        let input = &self.inputs[index];
        if input.passed.is_empty() {
            return Ok(());
        }
        let jobs: Vec<&JobId> = input.passed.iter().map(|(id, _)| id).collect();
        let begins = input.trigger
            && (jobs.iter().any(|id| begin.contains(*id)) || !inputs::has_mark(self.db, self.job, input)?);
        let trusted_only = job.trusted_only;
        let mut of = Of { resource: &input.resource, space: None, jobs, trusted_only };
        let mut found = passed::newest(self.db, &of, NEWEST)?;
        if begins {
            let spaces = versions::newest_of_spaces(self.db, of.resource, trusted_only, MOST_SPACES)?;
            for space in &spaces {
                of.space = Some(&space.space);
                found.extend(passed::newest(self.db, &of, NEWEST)?);
            }
        }
        let pinned = input.pin.iter().filter_map(|pin| pin.version.as_ref());
        let waiting = job.unresolved.iter().filter_map(|build| build.taken.get(&input.name));
        let known = found.iter().chain(&input.last).chain(pinned).chain(waiting);
        known.for_each(|version| self.reach(index, &version.id));
        Ok(())
    }

    /// A version of an input is to be followed, unless it was.
    fn reach(&mut self, input: usize, version: &str) {
        let key = (input, version.to_owned());
        if self.seen.insert(key.clone()) {
            self.next.push(key);
        }
    }

    /// Adds the builds that hold what is to be followed, what they hold beside it, and so on.
    fn follow(&mut self) -> Result<(), StoreError> {
        while let Some((index, version)) = self.next.pop() {
            for (upstream, _) in &self.inputs[index].passed {
                let holding = values![upstream.as_str(), version.as_str(), BUILDS_OF_VERSION];
                for build in places(self.db, HOLDING, holding)? {
                    self.add(upstream, build)?;
                }
            }
        }
        Ok(())
    }

    /// Adds a build with what it lets through, and has that followed.
    fn add(&mut self, upstream: &JobId, mut build: UpstreamBuild) -> Result<(), StoreError> {
        let key = (upstream.clone(), build.place);
        let later = self.limits.get(upstream).is_some_and(|limit| build.place > *limit);
        if later || self.builds.len() >= MOST_BUILDS || self.builds.contains_key(&key) {
            return Ok(());
        }
        let held = db_versions(self.db, upstream, build.place)?;
        for (index, input) in self.inputs.iter().enumerate() {
            if !input.passed.iter().any(|(id, _)| id == upstream) {
                continue;
            }
            for (_, version) in held.iter().filter(|(resource, _)| *resource == input.resource.as_str()) {
                let version = self.known(index, version)?;
                self.reach(index, &version.id);
                build.versions.entry(index).or_default().push(version);
            }
        }
        self.builds.insert(key, build);
        Ok(())
    }

    /// A version as an input sees it.
    fn known(&mut self, index: usize, version: &Stored) -> Result<Stored, StoreError> {
        let key = (index, version.id.clone());
        if let Some(known) = self.versions.get(&key) {
            return Ok(known.clone());
        }
        let taken = inputs::taken(self.db, self.job, &self.inputs[index].name, &version.id)?;
        let known = Stored { taken, ..version.clone() };
        self.versions.insert(key, known.clone());
        Ok(known)
    }
}

const OLDEST_SINCE: &str = "SELECT DISTINCT build_id, number, place FROM passed \
     WHERE job_id = ? AND place > ? ORDER BY place LIMIT ?";

const NEWEST_SINCE: &str = "SELECT DISTINCT build_id, number, place FROM passed \
     WHERE job_id = ? AND place > ? ORDER BY place DESC LIMIT ?";

const HOLDING: &str = "SELECT build_id, number, place FROM passed \
     WHERE job_id = ? AND version_id = ? ORDER BY place DESC LIMIT ?";

fn places(db: &Db, sql: &str, values: &[crate::db::Value<'_>]) -> Result<Vec<UpstreamBuild>, StoreError> {
    db.rows(sql, values, |row| {
        let build = BuildId(row.text(0)?);
        Ok(UpstreamBuild { build, number: row.text(1)?, place: row.int(2)?, versions: BTreeMap::new() })
    })
}

/// What a build lets through: resources and versions.
fn db_versions(db: &Db, job: &JobId, place: u64) -> Result<Vec<(String, Stored)>, StoreError> {
    db.rows(
        &format!(
            "SELECT {COLUMNS}, passed.resource_id FROM passed JOIN versions ON versions.id = passed.version_id \
             WHERE passed.job_id = ? AND passed.place = ? ORDER BY versions.place"
        ),
        values![job.as_str(), place],
        |row| Ok((row.text(5)?, stored(row)?)),
    )
}

/// How many builds of a job have let something through.
fn last_passed(db: &Db, job: &JobId) -> Result<u64, StoreError> {
    let last =
        db.row("SELECT last_passed FROM jobs WHERE id = ?", values![job.as_str()], |row| row.int(0))?;
    Ok(last.unwrap_or_default())
}
