//! The clock for what is waited for.

use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Milliseconds of a clock that never jumps, and that goes on while the machine is suspended: `CLOCK_BOOTTIME`.
pub fn steady_ms() -> u64 {
    // It is there on every Linux that has pidfds, and never fails.
    let since = clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
