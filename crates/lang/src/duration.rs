//! Durations as Go writes them.

/// Milliseconds of a duration: `90s`, `1h30m`, `250ms`, `1.5h`. `None` for anything else, also a negative one.
pub fn parse_duration(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(|byte| !byte.is_ascii_digit() && *byte != b'.').count();
        let (unit, after) = after.split_at_checked(letters)?;
        total += number.parse::<f64>().ok()? * unit_ms(unit)?;
        rest = after;
    }
    let in_range = !text.is_empty() && total.is_finite() && total <= MOST_MS;
    in_range.then_some(total.round() as u64)
}

/// Ten years.
const MOST_MS: f64 = 10.0 * 365.0 * 86_400_000.0;

fn unit_ms(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-6,
        "us" | "µs" | "μs" => 1e-3,
        "ms" => 1.0,
        "s" => 1_000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_go() {
        let table = [
            ("90s", Some(90_000)),
            ("1h30m", Some(5_400_000)),
            ("250ms", Some(250)),
            ("1.5h", Some(5_400_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("", None),
            ("5", None),
            ("5 s", None),
            ("s", None),
            ("-1s", None),
            ("1d", None),
            ("1h-", None),
            ("1..5s", None),
            ("99999999999h", None),
            ("5µ", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_duration(text), expected, "{text:?}");
        }
    }
}
