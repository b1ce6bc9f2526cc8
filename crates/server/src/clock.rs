//! The clocks.

use pikoci_protocol::server::Now;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// What time it is, by a clock that never jumps and by the one on the wall.
pub(crate) fn now() -> Now {
    static START: OnceLock<Instant> = OnceLock::new();
    let steady_ms = START.get_or_init(Instant::now).elapsed().as_millis() as u64;
    Now { steady_ms, wall_ms: now_ms() }
}
