//! What became of a part.

use pikoci_plan::id::{BuildId, CheckId, JobId, PipelineId};
use pikoci_plan::version::Version;

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It was applied.
    Yes,
    /// Its expectation did not hold; nothing of it was applied.
    Missed,
    /// A build was made; whether it was given to the ask in the same breath.
    Made {
        /// Its number.
        number: u64,
        /// Whether the attempt of [`CreateBuild::start`] has it.
        started: bool,
    },
    /// A build for that cause was made before.
    Exists(BuildId),
    /// What a decision did.
    Decided {
        /// The builds that it made, those that existed left out: number, and whether it was started.
        builds: Vec<(BuildId, u64, bool)>,
        /// Builds that were superseded, interrupted or resolved.
        touched: Vec<BuildId>,
    },
    /// The events were stored; which jobs became due, and what ended.
    Advanced {
        /// Jobs whose decision reads what was stored.
        due: Vec<JobId>,
        /// The new versions that a check brought, of one resource.
        new_versions: Vec<Version>,
        /// Whether so much of the log is in the tail that a segment is due.
        seal: bool,
    },
    /// The pipeline was set.
    Set {
        /// The pipeline.
        id: PipelineId,
        /// The revision's number, from 1.
        revision: u64,
        /// Whether it differs from the one before.
        changed: bool,
        /// The builds that it ended, as their job is gone.
        ended: Vec<BuildId>,
    },
    /// The pipeline's revision is not the expected one: its number, 0 if there is none.
    Conflict(u64),
    /// A lease was ended, or a pipeline archived: the builds that it changed.
    Touched(Vec<BuildId>),
    /// The check with this number, once ended, has seen all that was there at the request.
    Requested {
        /// The check.
        check: CheckId,
        /// The number.
        number: u64,
    },
}
