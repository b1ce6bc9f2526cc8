//! The instants of a cron expression by the clocks of a zone, in seconds since 1970.
//!
//! Where clocks are put forward or back there are two kinds of expressions. Fixed times happen when the clock first
//! shows them or jumps over them, so exactly once. Intervals (a `*`, `?` or `/` among seconds, minutes and hours)
//! happen whenever the clock shows a reading that matches, so at their pace in real time.

use super::clock::Clock;
use super::wall::Wall;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

/// The readings of a cron expression.
pub(super) struct Times {
    cron: Cron,
    is_interval: bool,
}

impl Times {
    /// Those of an expression of five or six fields.
    pub(super) fn parse(expression: &str) -> Result<Self, String> {
        let parser = CronParser::builder().seconds(Seconds::Optional).build();
        let cron = parser.parse(expression).map_err(|error| error.to_string())?;
        let fields: Vec<_> = expression.split_whitespace().collect();
        // All but day of the month, month and day of the week.
        let times = &fields[..fields.len().saturating_sub(3)];
        Ok(Self { cron, is_interval: times.iter().any(|field| field.contains(['*', '?', '/'])) })
    }

    /// The first instant after that one.
    pub(super) fn next(&self, clock: &Clock, after: i64) -> Option<i64> {
        if self.is_interval {
            return self.next_shown(clock, after);
        }
        let reading = self.reading_from(clock.furthest(after)?.checked_add(1)?)?;
        clock.first_at(reading)
    }

    /// The newest instant until then, that one included.
    pub(super) fn latest(&self, clock: &Clock, until: i64) -> Option<i64> {
        if self.is_interval {
            return self.latest_shown(clock, until);
        }
        clock.first_at(self.reading_until(clock.furthest(until)?)?)
    }

    /// Between two changes of the clock, readings go as time does.
    fn next_shown(&self, clock: &Clock, after: i64) -> Option<i64> {
        let mut from = after.checked_add(1)?;
        loop {
            let ahead = clock.ahead(from)?;
            let found = self.reading_from(from + ahead)? - ahead;
            match clock.next_change(from) {
                Some(change) if found >= change => from = change,
                _ => return Some(found),
            }
        }
    }

    fn latest_shown(&self, clock: &Clock, mut until: i64) -> Option<i64> {
        loop {
            let ahead = clock.ahead(until)?;
            let found = self.reading_until(until + ahead)? - ahead;
            match clock.last_change(until) {
                Some(change) if found < change => until = change - 1,
                _ => return Some(found),
            }
        }
    }

    fn reading_from(&self, reading: i64) -> Option<i64> {
        self.cron.find_next_occurrence(&Wall::from_seconds(reading)?, true).ok()?.seconds()
    }

    fn reading_until(&self, reading: i64) -> Option<i64> {
        self.cron.find_previous_occurrence(&Wall::from_seconds(reading)?, true).ok()?.seconds()
    }
}
