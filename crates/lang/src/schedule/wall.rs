//! A reading of a clock on the wall: a date and a time of the day, of no zone.

use croner::errors::CronError;
use croner::{CivilDateTime, CronDateTime, Resolution, Weekday};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Ordering;

/// A reading of a clock on the wall. Cron expressions are searched on it, as if no hour were ever left out or
/// repeated; what a zone makes of a reading is [`Clock`](super::clock::Clock)'s to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wall(DateTime);

impl Wall {
    /// The reading that is so many seconds after that of the start of 1970.
    pub(super) fn from_seconds(seconds: i64) -> Option<Self> {
        Timestamp::from_second(seconds).ok().map(|at| Self(Offset::UTC.to_datetime(at)))
    }

    /// How many seconds it is after that of the start of 1970.
    pub(super) fn seconds(self) -> Option<i64> {
        Offset::UTC.to_timestamp(self.0).ok().map(Timestamp::as_second)
    }
}

impl CronDateTime for Wall {
    fn to_civil(&self) -> CivilDateTime {
        let (date, time) = (self.0.date(), self.0.time());
        CivilDateTime::new(
            croner::CivilDate::from_parts_unchecked(
                date.year().into(),
                date.month().unsigned_abs().into(),
                date.day().unsigned_abs().into(),
            ),
            croner::CivilTime::from_parts_unchecked(
                time.hour().unsigned_abs().into(),
                time.minute().unsigned_abs().into(),
                time.second().unsigned_abs().into(),
            ),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(self.0.weekday().to_sunday_zero_offset().unsigned_abs().into())
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let small = |part: u32| i8::try_from(part).map_err(|_| CronError::InvalidTime);
        let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
        let (month, day) = (small(civil.month())?, small(civil.day())?);
        let (hour, minute, second) = (small(civil.hour())?, small(civil.minute())?, small(civil.second())?);
        let reading = DateTime::new(year, month, day, hour, minute, second, 0);
        reading.map(|reading| Resolution::Single(Self(reading))).map_err(|_| CronError::InvalidDate)
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
