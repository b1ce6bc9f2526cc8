//! When a resource is checked.

use crate::duration::parse_duration;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

/// When a resource is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Again and again, after so many milliseconds; at least 1,000.
    Every(u64),
    /// At the times of a cron expression.
    Cron {
        /// The expression: five fields, or six with seconds first.
        expression: String,
        /// The time zone by its IANA name; `None` is UTC.
        time_zone: Option<String>,
    },
}

impl Schedule {
    /// Reads `30s`, `@every 30s`, `@hourly`, `*/5 * * * *`, `CRON_TZ=Europe/Berlin 0 6 * * *`.
    ///
    /// # Errors
    /// The text is none of them: why, in a few words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let every = |ms: u64| Ok(Self::Every(ms));
        match text {
            "@hourly" => return every(3_600_000),
            "@daily" | "@midnight" => return every(86_400_000),
            "@weekly" => return every(7 * 86_400_000),
            "@monthly" => return every(30 * 86_400_000),
            "@yearly" | "@annually" => return every(365 * 86_400_000),
            _ => {}
        }
        if let Some(ms) = parse_duration(text.strip_prefix("@every ").unwrap_or(text).trim()) {
            return every(ms);
        }
        let (time_zone, expression) = time_zone(text)?;
        if !(5..=6).contains(&expression.split_whitespace().count()) {
            return Err("it is neither a duration nor a cron expression of five or six fields".to_owned());
        }
        cron(expression)?;
        Ok(Self::Cron { expression: expression.to_owned(), time_zone })
    }

    /// The milliseconds between two checks; `None` for a cron expression.
    pub fn every_ms(&self) -> Option<u64> {
        match self {
            Self::Every(ms) => Some(*ms),
            Self::Cron { .. } => None,
        }
    }
}

fn cron(expression: &str) -> Result<Cron, String> {
    let parser = CronParser::builder().seconds(Seconds::Optional).build();
    parser.parse(expression).map_err(|error| error.to_string())
}

/// `CRON_TZ=Europe/Berlin` or `TZ=…` before an expression.
fn time_zone(text: &str) -> Result<(Option<String>, &str), String> {
    let Some(rest) = text.strip_prefix("CRON_TZ=").or(text.strip_prefix("TZ=")) else {
        return Ok((None, text));
    };
    let (zone, expression) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let good = |letter: char| letter.is_ascii_alphanumeric() || "/_+-".contains(letter);
    if zone.is_empty() || !zone.chars().all(good) {
        return Err(format!("`{zone}` is no name of a time zone"));
    }
    Ok((Some(zone.to_owned()), expression.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_read() {
        let cron = |expression: &str, zone: Option<&str>| {
            Ok(Schedule::Cron { expression: expression.to_owned(), time_zone: zone.map(str::to_owned) })
        };
        assert_eq!(Schedule::parse("@every 1m"), Ok(Schedule::Every(60_000)));
        assert_eq!(Schedule::parse("30s"), Ok(Schedule::Every(30_000)));
        assert_eq!(Schedule::parse("@hourly"), Ok(Schedule::Every(3_600_000)));
        assert_eq!(Schedule::parse("*/5 * * * *"), cron("*/5 * * * *", None));
        assert_eq!(Schedule::parse("30 */5 * * * *"), cron("30 */5 * * * *", None));
        assert_eq!(
            Schedule::parse("CRON_TZ=Europe/Berlin 0 6 * * MON-FRI"),
            cron("0 6 * * MON-FRI", Some("Europe/Berlin"))
        );
        for text in ["sometimes", "* * * *", "61 * * * *", "CRON_TZ=a;b 0 6 * * *", "CRON_TZ=UTC"] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }
}
