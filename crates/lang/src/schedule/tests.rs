use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn ms(text: &str) -> u64 {
    let at: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    at.as_millisecond().unsigned_abs()
}

fn shown(ms: Option<u64>) -> String {
    let at = ms.map(|ms| jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap());
    at.map_or("never".to_owned(), |at| at.to_string())
}

fn parsed(text: &str) -> Schedule {
    Schedule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn schedules_are_read_and_written() {
    let cron = |expression: &str, zone: Option<&str>| Schedule::Cron {
        expression: expression.to_owned(),
        time_zone: zone.map(str::to_owned),
    };
    let table = [
        ("@every 1m", Schedule::Every(60_000), "@every 1m"),
        ("30s", Schedule::Every(30_000), "@every 30s"),
        ("5400.25s", Schedule::Every(5_400_250), "@every 1h30m250ms"),
        ("0", Schedule::Every(0), "@every 0s"),
        ("@hourly", cron("0 * * * *", None), "0 * * * *"),
        ("@weekly", cron("0 0 * * 0", None), "0 0 * * 0"),
        (
            "TZ=America/New_York @daily",
            cron("0 0 * * *", Some("America/New_York")),
            "CRON_TZ=America/New_York 0 0 * * *",
        ),
        (" */5 * * * *", cron("*/5 * * * *", None), "*/5 * * * *"),
        ("30 */5 * * * *", cron("30 */5 * * * *", None), "30 */5 * * * *"),
        (
            "CRON_TZ=Europe/Berlin 0 6 * * MON-FRI",
            cron("0 6 * * MON-FRI", Some("Europe/Berlin")),
            "CRON_TZ=Europe/Berlin 0 6 * * MON-FRI",
        ),
    ];
    for (text, schedule, written) in table {
        assert_eq!(parsed(text), schedule, "{text}");
        assert_eq!(schedule.to_string(), written);
        assert_eq!(parsed(written), schedule, "{written}");
    }
}

#[test]
fn what_is_no_schedule_says_why() {
    let table = [
        ("sometimes", "it is neither a duration nor a cron expression of five or six fields"),
        ("* * * *", "it is neither a duration nor a cron expression of five or six fields"),
        ("CRON_TZ=UTC", "it is neither a duration nor a cron expression of five or six fields"),
        ("61 * * * *", "Component error: Number out of bounds."),
        ("0 0 30 2 *", "there is no such day"),
        ("* * 31 4,6 *", "there is no such day"),
        ("@every", "`@every` takes a duration, such as `@every 90s`"),
        ("@every 5", "`@every` takes a duration, such as `@every 90s`"),
        ("@dayly", "there is no schedule of that name; did you mean `@daily`?"),
        (
            "CRON_TZ=Europe/Berlim 0 6 * * *",
            "there is no time zone `Europe/Berlim`; did you mean `Europe/Berlin`?",
        ),
        ("CRON_TZ=a;b 0 6 * * *", "there is no time zone `a;b`"),
        ("CRON_TZ= 0 6 * * *", "there is no time zone ``"),
    ];
    for (text, why) in table {
        assert_eq!(Schedule::parse(text).map_err(|error| error.to_string()), Err(why.to_owned()), "{text}");
    }
}

#[test]
fn the_next_instant_is_strictly_later() {
    let table = [
        ("@every 90s", "2026-01-01T00:00:00.5Z", "2026-01-01T00:01:30.5Z"),
        ("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        ("@hourly", "2026-01-01T00:59:59.999Z", "2026-01-01T01:00:00Z"),
        ("@daily", "2026-02-28T12:00:00Z", "2026-03-01T00:00:00Z"),
        ("@midnight", "2024-02-28T12:00:00Z", "2024-02-29T00:00:00Z"),
        ("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("@monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        ("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("@annually", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
        ("*/5 * * * *", "2026-01-01T00:03:00Z", "2026-01-01T00:05:00Z"),
        ("10 * * * * *", "2026-01-01T00:00:10Z", "2026-01-01T00:01:10Z"),
        ("0 0 29 2 *", "2097-01-01T00:00:00Z", "2104-02-29T00:00:00Z"),
        ("CRON_TZ=Asia/Kolkata 0 6 * * MON-FRI", "2026-01-02T00:30:00Z", "2026-01-05T00:30:00Z"),
    ];
    for (text, after, next) in table {
        assert_eq!(shown(parsed(text).next_after(ms(after))), shown(Some(ms(next))), "{text} after {after}");
    }
}

/// All instants of a schedule in a span of time, asked for one after the other.
fn all(schedule: &Schedule, from: u64, until: u64) -> Vec<u64> {
    let next = |after: &u64| schedule.next_after(*after).filter(|next| *next <= until);
    std::iter::successors(next(&(from - 1)), next).collect()
}

/// The instants of each day on which clocks change, as `HH:MM` in UTC.
#[test]
fn where_clocks_change_fixed_times_happen_once_and_intervals_go_on() {
    let berlin_forward = ("Europe/Berlin", "2026-03-28T23:00:00Z"); // 01:00Z: 02:00 becomes 03:00
    let berlin_back = ("Europe/Berlin", "2026-10-24T22:00:00Z"); // 01:00Z: 03:00 becomes 02:00
    let york_forward = ("America/New_York", "2026-03-08T05:00:00Z"); // 07:00Z: 02:00 becomes 03:00
    let york_back = ("America/New_York", "2026-11-01T04:00:00Z"); // 06:00Z: 02:00 becomes 01:00
    let table = [
        (berlin_forward, "30 1 * * *", "00:30"),
        (berlin_forward, "0 2 * * *", "01:00"),
        (berlin_forward, "30 2 * * *", "01:00"),
        (berlin_forward, "15,45 2 * * *", "01:00"),
        (berlin_forward, "30 2,3 * * *", "01:00 01:30"),
        (berlin_forward, "0 3 * * *", "01:00"),
        (berlin_forward, "0 2,3 * * *", "01:00"),
        (berlin_forward, "*/30 0-3 * * *", "23:00 23:30 00:00 00:30 01:00 01:30"),
        (berlin_forward, "0 */2 * * *", "23:00 02:00 04:00 06:00 08:00 10:00 12:00 14:00 16:00 18:00 20:00"),
        (berlin_back, "30 1 * * *", "23:30"),
        (berlin_back, "0 2 * * *", "00:00"),
        (berlin_back, "30 2 * * *", "00:30"),
        (berlin_back, "0 3 * * *", "02:00"),
        (berlin_back, "0,30 2,3 * * *", "00:00 00:30 02:00 02:30"),
        (berlin_back, "*/30 2 * * *", "00:00 00:30 01:00 01:30"),
        (york_forward, "30 2 * * *", "07:00"),
        (york_forward, "0 3 * * *", "07:00"),
        (york_forward, "*/20 1-3 * * *", "06:00 06:20 06:40 07:00 07:20 07:40"),
        (york_back, "30 1 * * *", "05:30"),
        (york_back, "30 1-2 * * *", "05:30 07:30"),
        (york_back, "0 2 * * *", "07:00"),
        (york_back, "*/30 1 * * *", "05:00 05:30 06:00 06:30"),
    ];
    for ((zone, midnight), expression, expected) in table {
        let schedule = parsed(&format!("CRON_TZ={zone} {expression}"));
        let day = all(&schedule, ms(midnight), ms(midnight) + 22 * 3_600_000);
        let day: Vec<_> = day.into_iter().map(|at| shown(Some(at))[11..16].to_owned()).collect();
        assert_eq!(day.join(" "), expected, "{schedule} from {midnight}");
    }
}

#[test]
fn the_latest_instant_is_the_last_of_those_that_were_next() {
    let expressions =
        ["30 2 * * *", "0,20,40 1-3 * * *", "*/20 * * * *", "*/30 2 * * *", "0 */2 * * *", "7 7 * * * *"];
    let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"];
    let starts =
        ["2026-03-07T00:00:00Z", "2026-03-28T00:00:00Z", "2026-04-04T00:00:00Z", "2026-10-24T00:00:00Z"];
    for (zone, expression) in zones.iter().flat_map(|zone| expressions.map(|expression| (zone, expression))) {
        let schedule = parsed(&format!("CRON_TZ={zone} {expression}"));
        for start in starts.map(ms) {
            let end = start + 2 * 86_400_000;
            let instants: BTreeSet<_> = all(&schedule, start, end).into_iter().collect();
            for now in (start..end).step_by(577_777) {
                let expected = instants.range(..=now).next_back().copied().filter(|latest| *latest > start);
                assert_eq!(schedule.latest_until(start, now), expected, "{schedule}: {}", shown(Some(now)));
            }
        }
    }
}

#[test]
fn the_latest_instant_lies_between_the_two_given() {
    let table = [
        ("@every 1m", "2026-01-01T00:00:30Z", "2026-01-01T00:01:29Z", "never"),
        ("@every 1m", "2026-01-01T00:00:30Z", "2027-01-01T00:01:29Z", "2027-01-01T00:00:30Z"),
        ("@every 1m", "2026-01-01T00:00:30Z", "2025-01-01T00:00:00Z", "never"),
        ("* * * * *", "2026-01-01T00:00:00Z", "2056-01-01T00:00:30Z", "2056-01-01T00:00:00Z"),
        ("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:00:59.999Z", "never"),
        ("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:01:00Z"),
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "never"),
        ("0 0 29 2 *", "2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2024-02-29T00:00:00Z"),
    ];
    for (text, after, now, latest) in table {
        assert_eq!(shown(parsed(text).latest_until(ms(after), ms(now))), latest, "{text}: {after} to {now}");
    }
}

/// A field of an expression whose values are below `most`.
fn field(most: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*".to_owned()),
        (0..most).prop_map(|one| one.to_string()),
        (0..most, 0..most).prop_map(|(a, b)| format!("{a},{b}")),
        (0..most, 0..most).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        (1..most).prop_map(|step| format!("*/{step}")),
    ]
}

proptest! {
    /// Between an instant and the next one there is none, whichever way one looks; half of the starts lie close to a
    /// change of the clock.
    #[test]
    fn forward_and_backward_agree(
        minute in field(60),
        hour in field(24),
        day in prop_oneof![Just("*"), Just("1"), Just("31"), Just("25-31")],
        zone in prop_oneof![Just("Europe/Berlin"), Just("America/New_York"), Just("Australia/Lord_Howe")],
        after in prop_oneof![
            0..4_000_000_000_u64,
            (0..100_000_u64).prop_map(|s| 1_774_660_000 + s),
            (0..100_000_u64).prop_map(|s| 1_792_880_000 + s),
            (0..100_000_u64).prop_map(|s| 1_793_500_000 + s),
        ],
    ) {
        let schedule = parsed(&format!("CRON_TZ={zone} {minute} {hour} {day} * *"));
        let after = after * 1_000 + 123;
        let next = schedule.next_after(after).unwrap();
        prop_assert!(next > after);
        prop_assert_eq!(schedule.latest_until(after, next), Some(next));
        prop_assert_eq!(schedule.latest_until(after, next + 999), Some(next));
        prop_assert_eq!(schedule.latest_until(after, next - 1), None);
    }
}
