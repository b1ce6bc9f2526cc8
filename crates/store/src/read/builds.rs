//! Builds.

use crate::db::{Db, Row, Value, values};
use crate::steps::{self, StepRow};
use crate::{Store, StoreError, outline};
use pikoci_engine::facts::number_text;
use pikoci_engine::part::OutlineRow;
use pikoci_plan::id::{AttemptId, BuildId, JobId, WorkerId};
use pikoci_plan::status::Status;
use pikoci_plan::version::Version;
use serde::Deserialize;

/// A build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Its id.
    pub id: BuildId,
    /// Its job.
    pub job_id: JobId,
    /// The team's name.
    pub team: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The job's name.
    pub job: String,
    /// Its number within the job; that of its original where it is a rerun.
    pub number: u64,
    /// Which repetition of that build it is; 0 is the original.
    pub rerun: u64,
    /// What it was made for: `v:…`, `m:…` or `r:…`.
    pub cause: String,
    /// Who wanted it; empty for a build that versions made.
    pub made_by: String,
    /// Its line of work; mostly the empty one.
    pub space: String,
    /// Whether something in it comes from outside.
    pub untrusted: bool,
    /// The number of the pipeline's revision that it runs; `None` until it starts.
    pub revision: Option<u64>,
    /// Its state.
    pub status: Status,
    /// Whether it succeeded only because a failure in it is allowed.
    pub warning: bool,
    /// Whether its versions have been chosen.
    pub ready: bool,
    /// Whether somebody, or a newer build, wishes it cancelled.
    pub cancel: bool,
    /// Why, in one sentence.
    pub cancel_reason: Option<String>,
    /// How many workers were lost with it.
    pub losses: u64,
    /// The number of its newest change, among all changes of all builds.
    pub seq: u64,
    /// Why it ended as it did, where its steps do not say it.
    pub message: Option<String>,
    /// Its versions.
    pub inputs: Vec<Input>,
    /// What its puts made, in order. Lists leave it out.
    pub outputs: Vec<Made>,
    /// The attempt that has it.
    pub attempt: Option<AttemptId>,
    /// Who has that attempt.
    pub worker: Option<WorkerId>,
    /// The outline of the attempt's plan, or of the job's while there is none.
    pub outline: Vec<OutlineRow>,
    /// The steps that have begun or been skipped.
    pub steps: Vec<StepRow>,
    /// How many events the ledger has of the attempt.
    pub position: u64,
    /// Milliseconds since 1970.
    pub created_ms: u64,
    /// Milliseconds since 1970.
    pub started_ms: Option<u64>,
    /// Milliseconds since 1970.
    pub ended_ms: Option<u64>,
}

impl Build {
    /// `7`; of a rerun `7.1`.
    pub fn number_text(&self) -> String {
        number_text(self.number, self.rerun)
    }

    /// What kind of thing it was made for.
    pub fn cause_kind(&self) -> CauseKind {
        match self.cause.split_once(':') {
            Some(("v", _)) => CauseKind::Versions,
            Some(("r", _)) => CauseKind::Rerun,
            _ => CauseKind::Manual,
        }
    }
}

/// What kind of thing a build was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CauseKind {
    /// New versions.
    Versions,
    /// Somebody triggered it.
    Manual,
    /// Somebody wanted a build again.
    Rerun,
}

/// What one `get` of a build took.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Input {
    /// The name of the step.
    pub name: String,
    /// The resource, `type.name`.
    pub resource: String,
    /// The version, metadata included.
    pub version: InputVersion,
}

/// The version of an [`Input`].
pub type InputVersion = Version;

/// A version that a put of a build made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The index of the step.
    pub step: u32,
    /// The resource, `type.name`.
    pub resource: String,
    /// The version, metadata included.
    pub version: Version,
}

/// Which builds of a job a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildPage {
    /// Only those made before this one.
    pub before: Option<BuildId>,
    /// Only those in this state.
    pub status: Option<Status>,
    /// At most so many.
    pub limit: usize,
}

pub(super) const COLUMNS: &str = "builds.id, builds.job_id, pipelines.team, pipelines.name, jobs.name, builds.number, \
     builds.cause, builds.status, builds.ready, builds.cancel, builds.message, builds.inputs, builds.attempt_id, \
     attempts.worker_id, plans.steps, attempts.steps, attempts.position, builds.created_ms, builds.started_ms, \
     builds.ended_ms, builds.warning, builds.rerun, builds.made_by, builds.space, builds.untrusted, builds.revision, \
     builds.cancel_reason, builds.losses, builds.seq";

pub(super) const TABLES: &str = "builds JOIN jobs ON jobs.id = builds.job_id \
     JOIN pipelines ON pipelines.id = jobs.pipeline_id LEFT JOIN attempts ON attempts.id = builds.attempt_id \
     LEFT JOIN plans ON plans.hash = COALESCE(attempts.plan, jobs.plan)";

impl Store {
    /// A build by its id.
    pub fn build(&self, id: &BuildId) -> Result<Option<Build>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE builds.id = ?");
        let db = self.reader();
        db.row(&sql, values![id.as_str()], build)?.map(|build| whole(&db, build)).transpose()
    }

    /// A build of a job by its number: `7`, or `7.1` for a rerun.
    pub fn build_by_number(&self, job: &JobId, number: &str) -> Result<Option<Build>, StoreError> {
        let Some((number, rerun)) = parse_number(number) else { return Ok(None) };
        let sql = format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE builds.job_id = ? AND builds.number = ? AND builds.rerun = ?"
        );
        let db = self.reader();
        db.row(&sql, values![job.as_str(), number, rerun], build)?.map(|build| whole(&db, build)).transpose()
    }

    /// Builds of a job, newest first.
    pub fn builds(&self, job: &JobId, page: &BuildPage) -> Result<Vec<Build>, StoreError> {
        let (status, of_status) = match &page.status {
            Some(status) => (Some(Value::from(status.as_str())), "AND builds.status = ?"),
            None => (None, ""),
        };
        let before = page.before.as_ref().map_or(AFTER_ALL, BuildId::as_str);
        let mut values = vec![Value::from(job.as_str()), before.into()];
        values.extend(status);
        values.push(page.limit.into());
        self.reader().rows(
            &format!(
                "SELECT {COLUMNS} FROM {TABLES} WHERE builds.job_id = ? AND builds.id < ? {of_status} \
                 ORDER BY builds.id DESC LIMIT ?"
            ),
            &values,
            build,
        )
    }

    /// The builds that have changed since the change `seq` (of whatever build), in the order of their newest changes. A
    /// build that has changed several times is there once.
    pub fn builds_changed_since(&self, seq: u64, limit: usize) -> Result<Vec<Build>, StoreError> {
        self.reader().rows(
            &format!("SELECT {COLUMNS} FROM {TABLES} WHERE builds.seq > ? ORDER BY builds.seq LIMIT ?"),
            values![seq, limit],
            build,
        )
    }

    /// The number of the newest change of any build.
    pub fn last_change(&self) -> Result<u64, StoreError> {
        let sql = "SELECT value FROM counters WHERE name = 'builds.seq'";
        Ok(self.reader().row(sql, &[], |row| row.int(0))?.unwrap_or_default())
    }
}

/// Greater than all ids.
const AFTER_ALL: &str = "~";

/// `7` is 7 and 0, `7.1` is 7 and 1.
fn parse_number(text: &str) -> Option<(u64, u64)> {
    let (number, rerun) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    Some((digits(number)?, digits(rerun)?)).filter(|(number, rerun)| number_text(*number, *rerun) == text)
}

/// Adds what stands in other rows.
fn whole(db: &Db, mut build: Build) -> Result<Build, StoreError> {
    if build.attempt.is_some() {
        build.outputs = db.rows(
            "SELECT build_outputs.step, resources.name, versions.data FROM build_outputs \
             JOIN resources ON resources.id = build_outputs.resource_id \
             JOIN versions ON versions.id = build_outputs.version_id \
             WHERE build_outputs.build_id = ? ORDER BY build_outputs.position, versions.place",
            values![build.id.as_str()],
            |row| Ok(Made { step: row.int(0)? as u32, resource: row.text(1)?, version: row.json(2)? }),
        )?;
    }
    Ok(build)
}

pub(super) fn build(row: &Row<'_>) -> Result<Build, StoreError> {
    let status = row.text(7)?;
    let status = Status::parse(&status).ok_or_else(|| StoreError::Corrupt(format!("a build is {status}")))?;
    Ok(Build {
        id: BuildId(row.text(0)?),
        job_id: JobId(row.text(1)?),
        team: row.text(2)?,
        pipeline: row.text(3)?,
        job: row.text(4)?,
        number: row.int(5)?,
        rerun: row.int(21)?,
        cause: row.text(6)?,
        made_by: row.text(22)?,
        space: row.text(23)?,
        untrusted: row.flag(24)?,
        revision: row.opt_int(25)?,
        status,
        warning: row.flag(20)?,
        ready: row.flag(8)?,
        cancel: row.flag(9)?,
        cancel_reason: row.opt_text(26)?,
        losses: row.int(27)?,
        seq: row.int(28)?,
        message: row.opt_text(10)?,
        inputs: row.json(11)?,
        outputs: Vec::new(),
        attempt: row.opt_text(12)?.map(AttemptId),
        worker: row.opt_text(13)?.map(WorkerId),
        outline: row.opt_text(14)?.map_or(Ok(Vec::new()), |text| outline::parse(&text))?,
        steps: row.opt_text(15)?.map_or(Ok(Vec::new()), |text| steps::parse(&text))?,
        position: row.opt_int(16)?.unwrap_or_default(),
        created_ms: row.int(17)?,
        started_ms: row.opt_int(18)?,
        ended_ms: row.opt_int(19)?,
    })
}
