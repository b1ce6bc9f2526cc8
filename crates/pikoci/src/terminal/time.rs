//! Times and durations for people.

use std::time::{Duration, SystemTime};

/// How long ago an RFC 3339 time was: `3 min ago`. What is no time comes back as it is.
pub(crate) fn ago(text: &str, now: SystemTime) -> String {
    match humantime::parse_rfc3339(text) {
        Ok(time) => now.duration_since(time).map_or_else(|_| "now".into(), coarse),
        Err(_) => super::clean(text).into_owned(),
    }
}

/// A time as it is shown on standard output: how long ago on a terminal, exactly elsewhere.
pub(crate) fn shown(text: &str) -> String {
    match super::is_terminal() {
        true => ago(text, SystemTime::now()),
        false => super::clean(text).into_owned(),
    }
}

/// The largest unit only.
fn coarse(past: Duration) -> String {
    match past.as_secs() {
        0..5 => "now".into(),
        seconds @ 5..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

/// A duration in milliseconds: `340 ms`, `3.4 s`, `2 min 5 s`, `1 h 3 min`.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{seconds}.{} s", ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// An interval in milliseconds, exactly: `1m`, `1h 30m`.
pub(crate) fn interval(ms: u64) -> String {
    humantime::format_duration(Duration::from_millis(ms)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_largest_unit() {
        let now = humantime::parse_rfc3339("2026-11-24T10:00:00Z").unwrap();
        for (time, expected) in [
            ("2026-11-24T09:59:58.123456Z", "now"),
            ("2026-11-24T10:00:01.000000Z", "now"),
            ("2026-11-24T09:59:20.000000Z", "40 s ago"),
            ("2026-11-24T09:57:00.000000Z", "3 min ago"),
            ("2026-11-23T10:00:00.000000Z", "24 h ago"),
            ("2026-11-14T10:00:00.000000Z", "10 days ago"),
            ("soon", "soon"),
        ] {
            assert_eq!(ago(time, now), expected, "{time}");
        }
    }

    #[test]
    fn durations() {
        for (ms, expected) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (3_449, "3.4 s"),
            (59_999, "59.9 s"),
            (125_000, "2 min 5 s"),
            (3_780_000, "1 h 3 min"),
        ] {
            assert_eq!(duration(ms), expected);
        }
    }
}
