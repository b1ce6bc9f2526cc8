//! Cheap process-wide counters of what is costly: processes and file operations. A test asserts how many
//! of each a build needs, so that the hot path cannot grow unseen.

use std::sync::atomic::{AtomicU64, Ordering};

static SPAWNS: AtomicU64 = AtomicU64::new(0);
static FILE_OPERATIONS: AtomicU64 = AtomicU64::new(0);

/// What this process has done since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Processes started.
    pub spawns: u64,
    /// Operations on names and contents of files that the executor itself did: directories read, made and
    /// removed, files made, written and removed. Pipes, `/proc` and what the processes do are not counted.
    pub file_operations: u64,
}

/// The counters as they stand.
pub fn counters() -> Counters {
    Counters {
        spawns: SPAWNS.load(Ordering::Relaxed),
        file_operations: FILE_OPERATIONS.load(Ordering::Relaxed),
    }
}

pub(crate) fn spawn() {
    SPAWNS.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn file_operation() {
    FILE_OPERATIONS.fetch_add(1, Ordering::Relaxed);
}
