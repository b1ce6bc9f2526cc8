//! Numbers: whole ones exactly, results that are not whole with 15 significant digits.

use std::cmp::Ordering;
use std::fmt;

/// A number of the language.
///
/// Whole numbers below 2^96 are exact. A result of `+ - * / %` that is not whole is rounded to 15 significant digits, so that
/// `0.1 + 0.2` is `0.3`. It is never infinite and never "not a number".
#[derive(Debug, Clone, Copy)]
pub struct Number(Repr);

#[derive(Debug, Clone, Copy)]
enum Repr {
    Whole(i128),
    Float(f64),
}

/// Beyond it a whole number is kept as a float.
const MOST_WHOLE: u128 = 1 << 96;

impl Number {
    /// A whole number.
    pub fn whole(value: i128) -> Self {
        if value.unsigned_abs() <= MOST_WHOLE {
            Self(Repr::Whole(value))
        } else {
            Self(Repr::Float(value as f64))
        }
    }

    /// A number from a float; `None` if it is infinite or not a number.
    pub fn float(value: f64) -> Option<Self> {
        if value.fract() == 0.0 && value.abs() < 9e15 {
            return Some(Self::whole(value as i128));
        }
        value.is_finite().then_some(Self(Repr::Float(value)))
    }

    /// A result of arithmetic, rounded to 15 significant digits.
    fn result(value: f64) -> Option<Self> {
        let rounded: f64 = format!("{value:.14e}").parse().ok()?;
        Self::float(rounded)
    }

    /// Reads a number as it stands in a pipeline: `10`, `-2.5`, `1e3`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.starts_with(|first: char| first.is_ascii_digit()) && !digits.starts_with('.') {
            return None;
        }
        if let Ok(whole) = text.parse::<i128>() {
            return Some(Self::whole(whole));
        }
        Self::float(text.parse().ok()?)
    }

    /// The number as a float.
    pub fn as_f64(self) -> f64 {
        match self.0 {
            Repr::Whole(whole) => whole as f64,
            Repr::Float(float) => float,
        }
    }

    /// The number, if it is whole and fits.
    pub fn as_i128(self) -> Option<i128> {
        match self.0 {
            Repr::Whole(whole) => Some(whole),
            Repr::Float(_) => None,
        }
    }

    /// The number as an index or count: whole and not negative.
    pub fn as_usize(self) -> Option<usize> {
        self.as_i128().and_then(|whole| usize::try_from(whole).ok())
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        self.combine(other, i128::checked_add, |a, b| a + b)
    }

    pub(crate) fn sub(self, other: Self) -> Option<Self> {
        self.combine(other, i128::checked_sub, |a, b| a - b)
    }

    pub(crate) fn mul(self, other: Self) -> Option<Self> {
        self.combine(other, i128::checked_mul, |a, b| a * b)
    }

    /// The quotient; `None` also for a division by zero.
    pub(crate) fn div(self, other: Self) -> Option<Self> {
        let exact = |a: i128, b: i128| if b != 0 && a % b == 0 { Some(a / b) } else { None };
        self.combine(other, exact, |a, b| a / b)
    }

    /// The remainder, with the sign of the dividend; `None` for a division by zero.
    pub(crate) fn rem(self, other: Self) -> Option<Self> {
        self.combine(other, i128::checked_rem, |a, b| a % b)
    }

    pub(crate) fn neg(self) -> Self {
        match self.0 {
            Repr::Whole(whole) => Self(Repr::Whole(-whole)),
            Repr::Float(float) => Self(Repr::Float(-float)),
        }
    }

    fn combine(
        self,
        other: Self,
        whole: impl Fn(i128, i128) -> Option<i128>,
        float: impl Fn(f64, f64) -> f64,
    ) -> Option<Self> {
        if let (Repr::Whole(a), Repr::Whole(b)) = (self.0, other.0)
            && let Some(result) = whole(a, b)
        {
            return Some(Self::whole(result));
        }
        Self::result(float(self.as_f64(), other.as_f64()))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Repr::Whole(a), Repr::Whole(b)) => a.cmp(&b),
            _ => self.as_f64().total_cmp(&other.as_f64()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Whole(whole) => write!(f, "{whole}"),
            Repr::Float(float) => write!(f, "{float}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn results_print_as_people_would_write_them() {
        let table = [
            (number("0.1").add(number("0.2")), "0.3"),
            (number("10").div(number("4")), "2.5"),
            (number("10").div(number("5")), "2"),
            (number("1").div(number("3")), "0.333333333333333"),
            (number("-7").rem(number("3")), "-1"),
            (number("9007199254740993").add(number("1")), "9007199254740994"),
            (number("1e3").mul(number("2")), "2000"),
            (number("2.50").sub(number("0.50")), "2"),
        ];
        for (result, expected) in table {
            assert_eq!(result.unwrap().to_string(), expected);
        }
        assert_eq!(number("1").div(number("0")), None);
        assert_eq!(number("5").rem(number("0")), None);
        assert_eq!(number("1e308").mul(number("1e308")), None);
        assert_eq!(Number::whole(i128::MIN), number(&i128::MIN.to_string()));
    }

    #[test]
    fn only_numbers_are_read() {
        for text in ["", "x", "1x", "inf", "NaN", "+1", "0x10", " 1"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
