//! The wire between servers and workers. It promises nothing: a message may be lost, doubled, delayed or reordered;
//! the protocol stands above that.

pub mod in_process;

use pikoci_plan::id::WorkerId;

/// Where a message goes, or who is reached there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// All servers.
    Servers,
    /// One worker.
    Worker(WorkerId),
}
