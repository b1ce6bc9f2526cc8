//! Schedules: when the time itself is the version.

use crate::fixture::{Ledger, get, job, pipeline};
use pikoci_engine::facts::{DueTick, Wanted};
use pikoci_engine::part::*;
use pikoci_engine::ticks;
use pikoci_plan::Schedule;
use pikoci_plan::version::Version;

const HOUR: u64 = 60 * 60 * 1000;

/// `nightly` is started by `cron.hourly`, in two pipelines that share the schedule.
fn with_schedule(ledger: &Ledger) {
    for name in ["shop", "stock"] {
        let check = CheckSpec {
            id: format!("tick of {name}").into(),
            key: [2; 32],
            plan: None,
            schedule: Schedule::parse("@hourly").unwrap(),
            tags: vec![],
        };
        let resource = ResourceSpec {
            id: format!("hourly of {name}").into(),
            name: "cron.hourly".into(),
            check: Some(check),
            ..ResourceSpec::default()
        };
        let nightly =
            JobSpec { id: format!("nightly of {name}").into(), ..job("nightly", vec![get("cron.hourly")]) };
        ledger.apply(Part::SetPipeline(Box::new(SetPipeline {
            id: format!("pipeline {name}").into(),
            name: name.into(),
            resources: vec![resource],
            ..pipeline("with a schedule", vec![nightly])
        })));
    }
}

fn due(ledger: &Ledger, now_ms: u64) -> Vec<DueTick> {
    // Also where no worker has a slot for a check.
    ledger.wanted(Wanted { now_ms, ..Default::default() }).due_ticks
}

pub(crate) fn a_schedule_makes_a_version_for_all_who_share_it(ledger: &Ledger) {
    with_schedule(ledger);
    assert_eq!(due(ledger, HOUR - 1), []);
    let ticks_due = due(ledger, HOUR);
    assert_eq!(ticks_due.len(), 1, "both share one");
    assert_eq!(ticks_due[0].due_ms, HOUR);
    let facts =
        ledger.wanted(Wanted { checks: vec![vec!["net".into()]; 9], now_ms: HOUR, ..Default::default() });
    assert!(facts.due_checks.iter().all(|check| check.check != ticks_due[0].check), "no worker is needed");

    // Three hours later: of those that passed only the newest counts.
    let now = 4 * HOUR + 5;
    let tick = Part::Tick(ticks::tick(&ticks_due[0], now));
    let made = Version::from([("date", "1970-01-01T04:00:00Z")]);
    let jobs = vec!["nightly of shop".into(), "nightly of stock".into()];
    let expected = Applied::Advanced { due: jobs, new_versions: vec![made.clone()], seal: false };
    assert_eq!(ledger.apply(tick.clone()), expected);
    assert_eq!(ledger.apply(tick), Applied::Missed, "another server did it");
    for resource in ["hourly of shop", "hourly of stock"] {
        let versions = ledger.versions(&resource.into(), None, 9).unwrap();
        assert_eq!(versions.iter().map(|row| &row.version).collect::<Vec<_>>(), [&made]);
    }
    assert_eq!(due(ledger, 5 * HOUR - 1), []);
    assert_eq!(due(ledger, 5 * HOUR).len(), 1);
    let next = ledger.wanted(Wanted { now_ms: now, ..Default::default() }).next_check_ms;
    assert_eq!(next, Some(5 * HOUR));
}

pub(crate) fn a_schedule_that_never_comes_again_is_not_due(ledger: &Ledger) {
    with_schedule(ledger);
    let tick = ticks::tick(&due(ledger, HOUR)[0], HOUR);
    ledger.apply(Part::Tick(Tick { next_ms: None, ..tick }));
    ledger.sabotage("UPDATE checks SET active = 0 WHERE tick = 0").unwrap();
    let facts = ledger.wanted(Wanted {
        checks: vec![vec!["net".into()]; 9],
        now_ms: u64::MAX >> 2,
        ..Default::default()
    });
    assert_eq!((facts.due_ticks, facts.next_check_ms), (vec![], None));
}
