//! What an attempt tells, in order: its steps, its log, the versions that a check found, its result.

use crate::status::{Outcome, Status};
use crate::version::Version;
use serde::{Deserialize, Serialize};

/// The most bytes of log (before compression) in one [`Frame`].
pub const FRAME_BYTES: usize = 256 * 1024;

/// One event of an attempt. Events of an attempt are numbered from 0; that number is its *position*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A step began (of a get, task …), at a time of the worker's clock in milliseconds since 1970.
    StepStarted {
        /// The step: its number in the plan's [outline](crate::plan::BuildPlan::outline).
        step: u32,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// Bytes that a process of the step wrote.
    Log(Frame),
    /// A step ended or was skipped.
    StepEnded {
        /// The step: its number in the plan's [outline](crate::plan::BuildPlan::outline).
        step: u32,
        /// A final state.
        status: Status,
        /// Milliseconds since 1970.
        at_ms: u64,
        /// What happened, in one sentence, where the state alone does not say it: `exit code 2`.
        message: Option<String>,
        /// Whether it succeeded only because its failure is allowed.
        warning: bool,
    },
    /// What a put made: versions of a resource.
    Output {
        /// The step: its number in the plan's outline.
        step: u32,
        /// The resource, as `type.name`.
        resource: String,
        /// The versions, oldest first.
        versions: Vec<Version>,
    },
    /// What a check found: oldest first, at most [`crate::plan::CHECK_VERSIONS`].
    Versions {
        /// The versions.
        versions: Vec<Version>,
        /// Whether there were more, so that the check is to be repeated.
        more: bool,
    },
    /// The end of the attempt; always its last event.
    Result {
        /// How it ended.
        outcome: Outcome,
        /// Milliseconds since 1970.
        at_ms: u64,
        /// What happened, in one sentence, where the steps do not say it: `worker lost`.
        message: Option<String>,
        /// Whether it succeeded only because a failure in it is allowed.
        warning: bool,
        /// The worker was told to stop before it was done: `on_worker_loss` of the job applies.
        #[serde(default)]
        stopped: bool,
    },
}

/// Where bytes of a log came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stream {
    /// What a process wrote: standard output and standard error, in the order it wrote them.
    Output,
    /// What PikoCI itself has to say about the step: a cut log, a note, a hint.
    Note,
}

/// How the bytes of a [`Frame`] stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// As the process wrote them.
    Raw,
    /// One zstd frame ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)).
    Zstd,
}

/// A run of bytes of one step's log. Everybody but the worker and the reader passes it on unopened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The step: its number in the plan's [outline](crate::plan::BuildPlan::outline).
    pub step: u32,
    /// Where the bytes came from.
    pub stream: Stream,
    /// How many bytes (before compression) of this step's log stand before these.
    pub offset: u64,
    /// How many bytes these are before compression; at most [`FRAME_BYTES`].
    pub length: u32,
    /// How many line feeds are among them.
    pub lines: u32,
    /// How `data` is encoded.
    pub encoding: Encoding,
    /// The bytes.
    #[serde(with = "serde_bytes")]
    pub data: Vec<u8>,
}

impl Frame {
    /// A frame of bytes as they were written.
    pub fn raw(step: u32, stream: Stream, offset: u64, data: Vec<u8>) -> Self {
        let lines = memchr::memchr_iter(b'\n', &data).count() as u32;
        Self { step, stream, offset, length: data.len() as u32, lines, encoding: Encoding::Raw, data }
    }
}
