//! Times, written as RFC 3339 says.

use super::{Call, Function};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::types;
use crate::eval::value::Value;
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, tz::Offset};

pub(super) const ALL: &[Function] = &[
    ("formatdate", 2, 2, formatdate),
    ("timeadd", 2, 2, timeadd),
    ("timestamp", 0, 0, |call| {
        let now = Moment { at: Offset::UTC.to_datetime(call.scope.now), offset_minutes: 0 };
        Ok(Value::string(now.rfc3339()))
    }),
];

/// A time of day of a date, and how far its place is from Greenwich.
struct Moment {
    at: DateTime,
    offset_minutes: i32,
}

impl Moment {
    /// Reads `2018-01-02T23:12:01Z`, `2018-01-02T23:12:01.5+05:30`.
    fn parse(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| -> Option<i16> {
            let digits = text.get(from..to)?;
            digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        let bytes = text.as_bytes();
        if signs.iter().any(|(at, sign)| bytes.get(*at) != Some(sign)) {
            return None;
        }
        let small = |from: usize, to: usize| number(from, to).and_then(|number| i8::try_from(number).ok());
        let date = Date::new(number(0, 4)?, small(5, 7)?, small(8, 10)?).ok()?;
        let mut rest = text.get(19..)?;
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            rest = fraction.get(digits..).filter(|_| digits > 0)?;
        }
        let time = Time::new(small(11, 13)?, small(14, 16)?, small(17, 19)?, 0).ok()?;
        Some(Self { at: DateTime::from_parts(date, time), offset_minutes: offset(rest)? })
    }

    fn rfc3339(&self) -> String {
        format!("{}T{}{}", self.at.date(), self.clock(), self.zone(true, true))
    }

    fn clock(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.at.hour(), self.at.minute(), self.at.second())
    }

    /// The offset: `+05:30` or `+0530`; `Z` for none, if wanted.
    fn zone(&self, colon: bool, zulu: bool) -> String {
        if zulu && self.offset_minutes == 0 {
            return "Z".to_owned();
        }
        let (sign, minutes) = (if self.offset_minutes < 0 { '-' } else { '+' }, self.offset_minutes.abs());
        format!("{sign}{:02}{}{:02}", minutes / 60, if colon { ":" } else { "" }, minutes % 60)
    }
}

/// The minutes of `Z`, `+05:30`.
fn offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |text: &str, most: i32| {
        let good = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse().ok().filter(|number: &i32| good && *number <= most)
    };
    Some(sign * (number(hours, 23)? * 60 + number(minutes, 59)?))
}

fn moment(call: &Call<'_>, at: usize) -> EvalResult<Moment> {
    let text = call.text(at)?;
    let message = || format!("{} is no time like \"2018-01-02T23:12:01Z\"", types::quoted(&text));
    call.wrap(at, Moment::parse(&text).ok_or_else(|| EvalError::new(message())))
}

fn timeadd(call: &Call<'_>) -> EvalResult {
    let (moment, text) = (moment(call, 0)?, call.text(1)?);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let Some(ms) = crate::duration::parse_duration(digits).and_then(|ms| i64::try_from(ms).ok()) else {
        return call.error(format!("{} is no duration", types::quoted(&text)));
    };
    match moment.at.checked_add(SignedDuration::from_millis(sign * ms)) {
        Ok(at) => Ok(Value::string(Moment { at, ..moment }.rfc3339())),
        Err(_) => call.error("the result is out of range"),
    }
}

/// A time in the words of a pattern.
fn formatdate(call: &Call<'_>) -> EvalResult {
    let (pattern, moment) = (call.text(0)?, moment(call, 1)?);
    let (mut out, mut rest) = (String::new(), pattern.as_str());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => {
                let (text, length) =
                    quoted(rest).ok_or_else(|| EvalError::new("`formatdate`: a quote does not end"))?;
                out.push_str(&text);
                length
            }
            letter if letter.is_ascii_alphabetic() => {
                let length = rest.bytes().take_while(|byte| *byte == first as u8).count();
                match word(&rest[..length], &moment) {
                    Some(text) => out.push_str(&text),
                    None => {
                        return call.error(format!(
                            "there is no `{}` in a pattern; other texts stand in 'quotes'",
                            &rest[..length]
                        ));
                    }
                }
                length
            }
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Ok(Value::string(out))
}

/// The text in quotes at the beginning, and how long it is with them. Two quotes in it are one.
fn quoted(text: &str) -> Option<(String, usize)> {
    let (mut out, mut at) = (String::new(), 1);
    loop {
        let end = at + text.get(at..)?.find('\'')?;
        out.push_str(&text[at..end]);
        if !text[end + 1..].starts_with('\'') {
            return Some((out, end + 1));
        }
        out.push('\'');
        at = end + 2;
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What a run of one letter stands for.
fn word(letters: &str, moment: &Moment) -> Option<String> {
    let at = moment.at;
    let month = MONTHS[usize::from(at.month().unsigned_abs()) - 1];
    let day = DAYS[usize::from(at.weekday().to_monday_zero_offset().unsigned_abs())];
    let half = (at.hour() + 11) % 12 + 1;
    let noon = if at.hour() < 12 { "am" } else { "pm" };
    Some(match letters {
        "YYYY" => format!("{:04}", at.year()),
        "YY" => format!("{:02}", at.year() % 100),
        "MMMM" => month.to_owned(),
        "MMM" => month[..3].to_owned(),
        "MM" => format!("{:02}", at.month()),
        "M" => at.month().to_string(),
        "DD" => format!("{:02}", at.day()),
        "D" => at.day().to_string(),
        "EEEE" => day.to_owned(),
        "EEE" => day[..3].to_owned(),
        "hh" => format!("{:02}", at.hour()),
        "h" => at.hour().to_string(),
        "HH" => format!("{half:02}"),
        "H" => half.to_string(),
        "AA" => noon.to_uppercase(),
        "aa" => noon.to_owned(),
        "mm" => format!("{:02}", at.minute()),
        "m" => at.minute().to_string(),
        "ss" => format!("{:02}", at.second()),
        "s" => at.second().to_string(),
        "ZZZZZ" => moment.zone(true, false),
        "ZZZZ" => moment.zone(false, false),
        "ZZZ" if moment.offset_minutes == 0 => "UTC".to_owned(),
        "ZZZ" => moment.zone(false, false),
        "Z" => moment.zone(true, true),
        _ => return None,
    })
}
