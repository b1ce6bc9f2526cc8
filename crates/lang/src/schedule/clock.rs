//! What the clocks of a time zone show. All instants are seconds since 1970 (UTC); a reading is counted in seconds
//! from the reading "1970-01-01 00:00".

use crate::diagnostic::closest;
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// The clocks of a time zone.
pub(super) struct Clock(TimeZone);

impl Clock {
    pub(super) fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Those of the zone of that IANA name, from the database that is part of this program.
    pub(super) fn of(zone: &str) -> Option<Self> {
        jiff::tz::db().get(zone).ok().map(Self)
    }

    /// How many seconds its readings are ahead of UTC at that instant.
    pub(super) fn ahead(&self, at: i64) -> Option<i64> {
        Some(self.0.to_offset(instant(at)?).seconds().into())
    }

    /// When it is put forward or back next, strictly later.
    pub(super) fn next_change(&self, after: i64) -> Option<i64> {
        self.0.following(instant(after)?).next().map(|change| change.timestamp().as_second())
    }

    /// When it was put forward or back last, until then or at that very instant.
    pub(super) fn last_change(&self, until: i64) -> Option<i64> {
        self.0.preceding(instant(until.checked_add(1)?)?).next().map(|change| change.timestamp().as_second())
    }

    /// The furthest reading that it has shown until then: after it was put back, that of just before.
    pub(super) fn furthest(&self, until: i64) -> Option<i64> {
        let reading = until + self.ahead(until)?;
        let before = self.last_change(until).map(|change| change - 1);
        let before = before.and_then(|before| Some(before + self.ahead(before)?));
        Some(before.map_or(reading, |before| before.max(reading)))
    }

    /// When it first shows that reading or, where it is put forward over it, a later one.
    pub(super) fn first_at(&self, reading: i64) -> Option<i64> {
        let as_utc = Offset::UTC.to_datetime(instant(reading)?);
        match self.0.to_ambiguous_timestamp(as_utc).offset() {
            AmbiguousOffset::Unambiguous { offset } => Some(reading - i64::from(offset.seconds())),
            AmbiguousOffset::Fold { before, .. } => Some(reading - i64::from(before.seconds())),
            AmbiguousOffset::Gap { before, .. } => self.last_change(reading - i64::from(before.seconds())),
        }
    }
}

fn instant(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

/// The name of a zone that this one is most likely a misspelling of.
pub(super) fn closest_zone(name: &str) -> Option<String> {
    let names: Vec<_> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    closest(name, names.iter().map(String::as_str)).map(str::to_owned)
}
