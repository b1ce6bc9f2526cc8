//! Schedules: when the time itself is the version.

use crate::facts::DueTick;
use crate::part::Tick;
use pikoci_plan::Schedule;
use pikoci_plan::version::Version;

/// What a schedule whose time has come makes: a version of the newest instant that has passed, however many have, and
/// when it is due next.
pub fn tick(due: &DueTick, now_ms: u64) -> Tick {
    let schedule = Schedule::parse(&due.schedule).ok();
    let latest = schedule.as_ref().and_then(|of| of.latest_until(due.due_ms, now_ms)).unwrap_or(due.due_ms);
    Tick {
        check: due.check.clone(),
        due_ms: due.due_ms,
        version: version(latest),
        next_ms: schedule.and_then(|of| of.next_after(latest.max(now_ms))),
        at_ms: now_ms,
    }
}

/// The version of an instant, in milliseconds since 1970.
fn version(at_ms: u64) -> Version {
    let at = i64::try_from(at_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    Version::from([("date", at.unwrap_or_default().to_string().as_str())])
}
