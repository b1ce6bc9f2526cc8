//! Facts for decisions, a file per kind.

mod attempts;
mod builds_of;
mod checks;
pub(crate) mod info;
pub(crate) mod inputs;
mod jobs;
mod leases;
mod passed;
pub(crate) mod pins;
mod queue;
mod upstream;
pub(crate) mod versions;

use crate::StoreError;
use crate::db::Db;
use pikoci_engine::facts::{AttemptOf, Facts, Holder, JobFacts, JobInfo, Wanted};
use pikoci_engine::inputs::by_hand;
use pikoci_plan::id::JobId;
use std::collections::BTreeMap;

/// What the ledger knows of what is wanted.
pub(crate) fn facts(db: &Db, wanted: &Wanted) -> Result<Facts, StoreError> {
    let mut facts = Facts::default();
    let due;
    (due, facts.more_due) = if wanted.due_jobs { jobs::due(db)? } else { (Vec::new(), false) };
    facts.jobs = each(wanted.jobs.iter().chain(&due), |id| jobs::job(db, id, &wanted.versions))?;
    if !wanted.queue.is_empty() {
        facts.queue = queue::queue(db, &wanted.queue)?;
    }
    let named = facts.jobs.values().map(|job| &job.info).chain(facts.queue.iter().map(|job| &job.info));
    facts.holds = queue::holders(db, named)?;
    if !wanted.checks.is_empty() {
        facts.due_checks = checks::due(db, wanted.now_ms, &wanted.checks)?;
    }
    facts.due_ticks = checks::ticks(db, wanted.now_ms)?;
    facts.next_check_ms = checks::next(db, wanted.now_ms)?;
    for worker in &wanted.workers {
        attempts::of_worker(db, worker, &mut facts.attempts)?;
    }
    facts.positions = each(&wanted.positions, |id| attempts::position(db, id))?;
    facts.builds = each(&wanted.builds, |id| attempts::build(db, id))?;
    facts.versions = each(&wanted.versions, |id| versions::version(db, id))?;
    if wanted.leases {
        facts.leases = leases::leases(db)?;
        facts.unreleased = leases::unreleased(db)?;
    }
    info::count_running(db, infos(&mut facts))?;
    Ok(facts)
}

/// The facts of a job, and who has each of the holds that it names.
type JobAndHolders = (JobFacts, BTreeMap<String, Holder>);

/// What the decision of one job reads, with who has the holds that it names. Where no versions go together for it, also the
/// newest that each of its upstream jobs has let through.
pub(crate) fn job_with_holders(db: &Db, id: &JobId) -> Result<Option<JobAndHolders>, StoreError> {
    let Some(mut job) = jobs::job(db, id, &[])? else { return Ok(None) };
    if !by_hand(&job, &BTreeMap::new()).ready {
        let named = passed::newest_of_each(db, &job)?;
        job = jobs::job(db, id, &named)?.unwrap_or(job);
    }
    let holders = queue::holders(db, std::iter::once(&job.info))?;
    Ok(Some((job, holders)))
}

/// What jobs are, wherever facts say so.
fn infos(facts: &mut Facts) -> impl Iterator<Item = &mut JobInfo> {
    let attempts = facts.attempts.iter_mut().filter_map(|attempt| match &mut attempt.of {
        AttemptOf::Build(info, _) => Some(info),
        AttemptOf::Check(_) => None,
    });
    let jobs = facts.jobs.values_mut().map(|job| &mut job.info);
    jobs.chain(facts.queue.iter_mut().map(|job| &mut job.info)).chain(attempts)
}

/// What is known of each, by its id; what is unknown is missing.
fn each<'a, K: Ord + Clone + 'a, V>(
    ids: impl IntoIterator<Item = &'a K>,
    find: impl Fn(&K) -> Result<Option<V>, StoreError>,
) -> Result<BTreeMap<K, V>, StoreError> {
    let found = ids.into_iter().map(|id| Ok(find(id)?.map(|fact| (id.clone(), fact))));
    found.filter_map(Result::transpose).collect()
}
