//! The clock that all processes of a machine share.

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds since the machine started; 0 if the system has no such clock, which Linux always has.
pub fn now() -> u64 {
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map(|time| time.tv_sec().unsigned_abs() * 1_000_000_000 + time.tv_nsec().unsigned_abs())
        .unwrap_or_default()
}

/// Milliseconds from one time to a later one.
pub fn milliseconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1e6
}
