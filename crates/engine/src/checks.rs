//! When a check is due again.

use pikoci_plan::Schedule;
use pikoci_plan::id::CheckId;
use sha2::{Digest, Sha256};

/// When what is never due is due: as far away as the ledger can say (milliseconds since 1970).
pub const NEVER_MS: u64 = i64::MAX as u64;

/// What fails again and again is tried at least this often (milliseconds), if its interval is not longer.
pub const BACK_OFF_MS: u64 = 10 * 60 * 1000;

/// What spreads the checks of one interval over it: a number that follows from the check's id.
pub fn seed(check: &CheckId) -> u64 {
    let hash = Sha256::digest(check.as_str().as_bytes());
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// When a check is due that has ended at `now_ms` after so many `failures` in a row (0 if it succeeded), and that nobody
/// wants before; [`NEVER_MS`] if it is made on demand only, or its schedule has no more instants.
///
/// An interval has its own phase for each check, by the `seed`, so that checks that were set together do not stay
/// together; between half of it and one and a half lie between two checks. It doubles with each failure, up to
/// [`BACK_OFF_MS`].
pub fn next_due(schedule: &Schedule, seed: u64, failures: u64, now_ms: u64, on_demand: bool) -> u64 {
    if on_demand {
        return NEVER_MS;
    }
    match schedule {
        Schedule::Every(ms) => in_phase(backed_off((*ms).max(1), failures), seed, now_ms),
        cron @ Schedule::Cron { .. } => cron.next_after(now_ms).unwrap_or(NEVER_MS).min(NEVER_MS),
    }
}

fn backed_off(interval: u64, failures: u64) -> u64 {
    let factor = 1_u64.checked_shl(failures.min(63) as u32).unwrap_or(u64::MAX);
    interval.saturating_mul(factor).min(interval.max(BACK_OFF_MS))
}

/// The first instant that is half an interval away and has the phase of the seed.
fn in_phase(interval: u64, seed: u64, now_ms: u64) -> u64 {
    let earliest = now_ms.saturating_add(interval / 2);
    let behind = earliest % interval;
    let phase = seed % interval;
    let wait = if phase >= behind { phase - behind } else { interval - (behind - phase) };
    earliest.saturating_add(wait).min(NEVER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    #[test]
    fn an_interval_keeps_its_phase_and_doubles_with_each_failure() {
        let table: [(&str, u64, u64, u64, u64); 10] = [
            // schedule, seed, failures, now → due
            ("1m", 0, 0, 0, MINUTE),
            ("1m", 7, 0, 0, MINUTE + 7),
            ("1m", 7, 0, MINUTE + 8, 2 * MINUTE + 7),
            ("1m", 45_000, 0, 0, 45_000),
            ("1m", 7 * MINUTE + 45_000, 0, 1, 45_000),
            ("1m", 0, 1, 0, 2 * MINUTE),
            ("1m", 0, 2, 0, 4 * MINUTE),
            ("1m", 0, 4, 0, 10 * MINUTE),
            ("1m", 0, u64::MAX, 0, 10 * MINUTE),
            ("1h", 0, 9, 0, 60 * MINUTE),
        ];
        for (schedule, seed, failures, now, due) in table {
            let parsed = Schedule::parse(schedule).unwrap();
            let next = next_due(&parsed, seed, failures, now, false);
            assert_eq!(next, due, "{schedule}, seed {seed}, {failures} failures, at {now}");
        }
    }

    #[test]
    fn between_two_checks_lies_about_an_interval() {
        let schedule = Schedule::Every(MINUTE);
        for seed in (0..).step_by(997).take(200) {
            let first = next_due(&schedule, seed, 0, 1_234_567, false);
            let wait = first - 1_234_567;
            assert!((MINUTE / 2..=MINUTE * 3 / 2).contains(&wait), "seed {seed} waits {wait}");
            // A run that takes some time does not move the phase.
            assert_eq!(next_due(&schedule, seed, 0, first + 1_700, false), first + MINUTE);
        }
    }

    #[test]
    fn checks_of_one_interval_spread_over_it() {
        let sixth = |of: u64| (seed(&CheckId(format!("01JABCDEFGHJKMNPQRSTV{of:05}"))) % MINUTE) / 10_000;
        let mut counts = [0; 6];
        (0..600).for_each(|of| counts[sixth(of) as usize] += 1);
        assert!(counts.iter().all(|count| (60..=140).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_cron_expression_has_its_times_and_on_demand_has_none() {
        let hourly = Schedule::parse("@hourly").unwrap();
        assert_eq!(next_due(&hourly, 99, 0, 1, false), 60 * MINUTE);
        assert_eq!(next_due(&hourly, 99, 5, 60 * MINUTE, false), 120 * MINUTE);
        assert_eq!(next_due(&hourly, 0, 0, 1, true), NEVER_MS);
        assert_eq!(next_due(&Schedule::Every(u64::MAX), 0, 0, 1, false), NEVER_MS);
        assert_eq!(next_due(&Schedule::Every(0), 5, 0, 10, false), 10);
    }
}
