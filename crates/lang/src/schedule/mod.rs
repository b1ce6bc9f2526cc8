//! When a resource is checked, and when a cron resource makes its versions.

mod clock;
mod cron;
mod wall;

use crate::diagnostic::closest;
use crate::duration::parse_duration;
use clock::Clock;
use cron::Times;
use std::fmt;

/// When a resource is checked, or when a cron resource makes its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Again and again, after so many milliseconds.
    Every(u64),
    /// At the times of a cron expression.
    Cron {
        /// The expression: five fields, or six with seconds first.
        expression: String,
        /// The time zone by its IANA name; `None` is UTC.
        time_zone: Option<String>,
    },
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleError {
    /// What is wrong, in a few words.
    pub message: String,
    /// What was probably meant.
    pub hint: Option<String>,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for ScheduleError {}

impl From<&str> for ScheduleError {
    fn from(message: &str) -> Self {
        Self { message: message.to_owned(), hint: None }
    }
}

/// What stands for an expression by name.
const NAMED: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

impl Schedule {
    /// Reads `30s`, `@every 30s`, `@hourly`, `*/5 * * * *`, `CRON_TZ=Europe/Berlin 0 6 * * *`. Any duration is
    /// taken, also one below a second.
    ///
    /// # Errors
    /// The text is none of them, names a time zone that does not exist, or a time that never comes.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        if let Some(ms) = parse_duration(text.strip_prefix("@every ").unwrap_or(text).trim()) {
            return Ok(Self::Every(ms));
        }
        if text.split_whitespace().next() == Some("@every") {
            return Err("`@every` takes a duration, such as `@every 90s`".into());
        }
        let (time_zone, expression) = time_zone(text)?;
        let expression = named(expression)?;
        if !(5..=6).contains(&expression.split_whitespace().count()) {
            return Err("it is neither a duration nor a cron expression of five or six fields".into());
        }
        let times = Times::parse(expression).map_err(|why| ScheduleError { message: why, hint: None })?;
        times.next(&Clock::utc(), 0).ok_or("there is no such day")?;
        Ok(Self::Cron { expression: expression.to_owned(), time_zone })
    }

    /// The milliseconds between two checks; `None` for a cron expression.
    pub fn every_ms(&self) -> Option<u64> {
        match self {
            Self::Every(ms) => Some(*ms),
            Self::Cron { .. } => None,
        }
    }

    /// The first instant after `after_ms`, both in milliseconds since 1970. A schedule that was not
    /// [parsed](Self::parse) may have none.
    pub fn next_after(&self, after_ms: u64) -> Option<u64> {
        match self {
            Self::Every(ms) => after_ms.checked_add((*ms).max(1)),
            Self::Cron { .. } => {
                let (times, clock) = self.times()?;
                milliseconds(times.next(&clock, seconds(after_ms)?)?)
            }
        }
    }

    /// The newest instant after `after_ms` that is not after `now_ms`, all in milliseconds since 1970; those of
    /// [`Every`](Self::Every) are counted from `after_ms`. The time this takes does not grow with the gap.
    pub fn latest_until(&self, after_ms: u64, now_ms: u64) -> Option<u64> {
        let latest = match self {
            Self::Every(ms) => now_ms - now_ms.checked_sub(after_ms)? % (*ms).max(1),
            Self::Cron { .. } => {
                let (times, clock) = self.times()?;
                milliseconds(times.latest(&clock, seconds(now_ms)?)?)?
            }
        };
        (latest > after_ms).then_some(latest)
    }

    fn times(&self) -> Option<(Times, Clock)> {
        let Self::Cron { expression, time_zone } = self else { return None };
        let clock = time_zone.as_deref().map_or(Some(Clock::utc()), Clock::of)?;
        Some((Times::parse(expression).ok()?, clock))
    }
}

/// A text that [`Schedule::parse`] reads back.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(ms) => {
                f.write_str("@every ")?;
                every(*ms, f)
            }
            Self::Cron { expression, time_zone: None } => f.write_str(expression),
            Self::Cron { expression, time_zone: Some(zone) } => write!(f, "CRON_TZ={zone} {expression}"),
        }
    }
}

/// A duration as Go writes it, without the units that it has none of: `1h30m`.
fn every(ms: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if ms == 0 {
        return f.write_str("0s");
    }
    let parts = [(ms / 3_600_000, "h"), (ms / 60_000 % 60, "m"), (ms / 1_000 % 60, "s"), (ms % 1_000, "ms")];
    parts.iter().filter(|(count, _)| *count > 0).try_for_each(|(count, unit)| write!(f, "{count}{unit}"))
}

fn seconds(ms: u64) -> Option<i64> {
    i64::try_from(ms / 1_000).ok()
}

fn milliseconds(seconds: i64) -> Option<u64> {
    u64::try_from(seconds).ok()?.checked_mul(1_000)
}

/// The expression that a name such as `@daily` stands for; of anything else that itself.
fn named(expression: &str) -> Result<&str, ScheduleError> {
    if !expression.starts_with('@') {
        return Ok(expression);
    }
    let known = NAMED.iter().find(|(name, _)| *name == expression);
    known.map(|(_, expression)| *expression).ok_or_else(|| {
        let names = NAMED.iter().map(|(name, _)| *name);
        let hint = closest(expression, names).map(|name| format!("did you mean `{name}`?"));
        ScheduleError { hint, ..ScheduleError::from("there is no schedule of that name") }
    })
}

/// `CRON_TZ=Europe/Berlin` or `TZ=…` before an expression.
fn time_zone(text: &str) -> Result<(Option<String>, &str), ScheduleError> {
    let Some(rest) = text.strip_prefix("CRON_TZ=").or(text.strip_prefix("TZ=")) else {
        return Ok((None, text));
    };
    let (zone, expression) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if Clock::of(zone).is_none() {
        let hint = clock::closest_zone(zone).map(|zone| format!("did you mean `{zone}`?"));
        return Err(ScheduleError { message: format!("there is no time zone `{zone}`"), hint });
    }
    Ok((Some(zone.to_owned()), expression.trim()))
}

#[cfg(test)]
mod tests;
