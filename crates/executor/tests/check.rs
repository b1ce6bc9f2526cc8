//! Checks: their standard output is an answer, everything else is trouble.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Settings, Work};
use pikoci_plan::event::Event;
use pikoci_plan::status::Outcome;
use pikoci_plan::values::CheckValues;
use pikoci_plan::version::Version;
use std::time::Duration;
use support::*;

fn versions(ran: &Ran) -> Vec<Version> {
    let found = |event: &Event| match event {
        Event::Versions { versions, .. } => Some(versions.clone()),
        _ => None,
    };
    ran.events.iter().find_map(found).unwrap_or_default()
}

#[tokio::test]
async fn a_check_answers_on_standard_output_and_talks_on_standard_error() {
    let place = Place::new();
    let script = r#"echo looking >&2; echo "[{\"ref\":\"$version_ref-2\",\"url\":\"$param_url\"}]""#;
    let Work::Check(plan, _, given) = check(sh(script)) else { panic!("a check") };
    let values = CheckValues { newest: Some(Version::from([("ref", "a")])) };
    let ran = run(&mut place.slot(), Work::Check(plan, values, given)).await;
    assert_eq!(ran.result(), (Outcome::Succeeded, None));
    assert_eq!(versions(&ran), [Version::from([("ref", "a-2"), ("url", "http://example/app")])]);
    assert_eq!(ran.text(0), "looking\n");
}

#[tokio::test]
async fn trouble_is_errored_and_says_what_the_check_said_last() {
    let settings = Settings { grace: Duration::from_millis(100), ..Settings::default() };
    let place = Place::with(settings);
    let mut slot = place.slot();
    let cases = [
        ("echo 'fatal: repository not found' >&2; exit 128", "exit code 128: fatal: repository not found"),
        ("echo not json", "its output is no JSON array of versions"),
        ("echo broken >&2; echo '[{'", "broken"),
        ("head -c 9000000 /dev/zero", "it printed more than 8 MiB"),
        ("kill -9 $$", "killed by signal 9 (KILL)"),
    ];
    for (script, part) in cases {
        let ran = run(&mut slot, check(sh(script))).await;
        let (outcome, message) = ran.result();
        assert_eq!(outcome, Outcome::Errored, "{script}");
        assert!(message.is_some_and(|message| message.contains(part)), "{script}: {message:?}");
    }
    let Work::Check(mut plan, values, given) = check(sh("echo waiting for the forge >&2; sleep 1000")) else {
        panic!("a check")
    };
    plan.timeout_ms = 200;
    let ran = run(&mut slot, Work::Check(plan, values, given)).await;
    let (outcome, message) = ran.result();
    assert_eq!(outcome, Outcome::Errored);
    assert!(message.is_some_and(|text| text.starts_with("timed out after 200ms: waiting")), "{message:?}");
}

#[tokio::test]
async fn a_check_that_leaves_something_running_has_answered_all_the_same() {
    let place = Place::with(Settings { grace: Duration::from_millis(100), ..Settings::default() });
    let file = place.path("pids");
    let script = format!("sleep 1000 & echo $! >'{}'; echo '[{{\"ref\":\"a\"}}]'", file.display());
    let ran = run(&mut place.slot(), check(sh(&script))).await;
    assert_eq!((ran.outcome(), versions(&ran).len()), (Outcome::Succeeded, 1));
    assert!(!is_alive(pids(&file, 1).await[0]));
}

/// Checks that would print for ever if nobody ended them, or read over what they print.
#[tokio::test]
async fn however_much_a_check_prints_it_ends_clearly_in_little_memory() {
    let place = Place::with(Settings { grace: Duration::from_millis(100), ..Settings::default() });
    let mut slot = place.slot();
    let before = peak_memory();
    let ran = run(&mut slot, check(sh("yes '[{\"ref\":\"a\"},'"))).await;
    assert_eq!(ran.result(), (Outcome::Errored, Some("it printed more than 8 MiB")));

    let script = "yes | head -c 1000000000 >&2; echo '[{\"ref\":\"a\"}]'";
    let ran = run(&mut slot, check(sh(script))).await;
    assert_eq!((ran.outcome(), versions(&ran).len(), ran.output(0).len()), (Outcome::Succeeded, 1, 1 << 20));
    assert!(ran.notes(0).contains("998951424 more bytes were written"), "{}", ran.notes(0));
    let grown = peak_memory().saturating_sub(before);
    assert!(grown < 64 << 20, "the peak has grown by {grown} bytes");
}

#[tokio::test]
async fn of_ten_thousand_versions_the_oldest_thousand_are_told_and_that_there_are_more() {
    let place = Place::new();
    let script = "printf '['; seq -s ',' -f '{\"ref\":\"%.0f\"}' 1 10000; echo ']'";
    let ran = run(&mut place.slot(), check(sh(script))).await;
    assert_eq!(ran.result(), (Outcome::Succeeded, None));
    let found = versions(&ran);
    assert_eq!((found.len(), found[0].get("ref"), found[999].get("ref")), (1_000, Some("1"), Some("1000")));
    assert!(ran.events.iter().any(|event| matches!(event, Event::Versions { more: true, .. })));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_log_and_no_answer() {
    let place = Place::new();
    let ran = run(&mut place.slot(), check(sh(r#"printf '\377\n' >&2; printf '[{"ref":"\377"}]'"#))).await;
    assert_eq!((ran.outcome(), ran.output(0)), (Outcome::Errored, b"\xff\n".to_vec()));
    let message = ran.result().1.unwrap_or_default();
    assert!(message.contains("it is not UTF-8 from byte 10 on"), "{message}");
}
