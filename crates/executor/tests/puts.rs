//! Puts: what a push gets, and what becomes of what it says.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Options, Work};
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Action, Command, Hooks, Late, Put, Step};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::values::BuildValues;
use pikoci_plan::version::Version;
use std::sync::Arc;
use support::*;

fn put(push: Option<Command>, attributes: &[(&str, Late)]) -> Step {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    step("app", Action::Put(Put { resource: resource("app"), push, attributes }))
}

/// The versions that were told, with the step and the resource.
fn outputs(ran: &Ran) -> Vec<(u32, &str, Vec<Version>)> {
    let output = |event| match event {
        &Event::Output { step, ref resource, ref versions } => {
            Some((step, resource.as_str(), versions.clone()))
        }
        _ => None,
    };
    ran.events.iter().filter_map(output).collect()
}

#[tokio::test]
async fn a_push_gets_the_resource_and_its_attributes_with_variables_replaced_once() {
    let place = Place::new();
    let wrote = task("t", sh("printf 'KEY=$BUILD_JOB_NAME\\nTAG=v1\\n' >\"$PIKOCI_OUTPUT\""));
    let attributes = [
        ("text", "$TASK_T_TAG of ${BUILD_JOB_NAME}, $TASK_T_KEY, $NOBODY, 5$".into()),
        ("late", Late::Template(vec!["$TASK_T_TAG: ".into(), of_task("t", "KEY")])),
        ("none", of_task("t", "NONE")),
    ];
    let script = "echo \"$put_text|$put_late|${put_none-absent}|$param_url|$RESOURCE_NAME|$TASK_T_TAG\" >&2";
    let plan = plan(vec![wrote, put(Some(sh(script)), &attributes)]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
    let said =
        "v1 of test, $BUILD_JOB_NAME, $NOBODY, 5$|v1: $BUILD_JOB_NAME|absent|http://example/app|app|v1\n";
    assert_eq!(ran.text(1), said);
    assert_eq!(outputs(&ran), []);
}

#[tokio::test]
async fn the_versions_that_a_push_made_are_on_its_last_line() {
    let place = Place::new();
    let version = |name: &str| Version::from([("ref", name)]);
    let cases = [
        ("echo pushing; echo '{\"ref\":\"a\"}'", vec![version("a")]),
        ("echo '[{\"ref\":\"a\"},{\"ref\":\"b\"}]'", vec![version("a"), version("b")]),
        ("echo '{\"ref\":\"a\"}'; echo done", vec![]),
        ("true", vec![]),
    ];
    for (script, versions) in cases {
        let ran = run(&mut place.slot(), build(vec![put(Some(sh(script)), &[])])).await;
        assert_eq!(ran.outcome(), Outcome::Succeeded);
        let told: Vec<_> = outputs(&ran).into_iter().flat_map(|(_, _, versions)| versions).collect();
        assert_eq!(told, versions, "{script}");
        assert!(outputs(&ran).iter().all(|(step, resource, _)| (*step, *resource) == (0, "git.app")));
    }
    let ran = run(&mut place.slot(), build(vec![put(Some(sh("echo '[3]'")), &[])])).await;
    assert_eq!(ran.steps()[0].0, Status::Errored, "that is no version: {:?}", ran.steps());
}

#[tokio::test]
async fn a_push_that_fails_is_failed_and_made_nothing() {
    let place = Place::new();
    let mut trouble = sh("exit 125");
    trouble.error_codes = vec![125];
    for (push, status, message) in [
        (sh("echo '{\"ref\":\"a\"}'; exit 1"), Status::Failed, "exit code 1"),
        (trouble, Status::Errored, "runner `exec` had trouble of its own: exit code 125"),
    ] {
        let ran = run(&mut place.slot(), build(vec![put(Some(push), &[])])).await;
        assert_eq!(ran.steps(), [(status, Some(message))]);
        assert_eq!(outputs(&ran), []);
    }
    let ran = run(&mut place.slot(), build(vec![put(None, &[])])).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "a type without push publishes nothing");
}

#[tokio::test]
async fn a_put_in_a_hook_knows_how_it_ended() {
    let place = Place::new();
    let report = put(
        Some(sh("echo \"$put_state $put_late\" >&2")),
        &[
            ("state", "it has $BUILD_STATUS".into()),
            ("late", late(pikoci_lang::Reference::Build("status".to_owned()))),
        ],
    );
    let mut failing = task("t", sh("exit 1"));
    failing.hooks = Hooks { on_failure: vec![report], ..Hooks::default() };
    let ran = run(&mut place.slot(), build(vec![failing])).await;
    assert_eq!((ran.outcome(), ran.text(1).as_str()), (Outcome::Failed, "it has failed failed\n"));
}

#[tokio::test]
async fn a_put_that_is_only_shown_says_what_it_would_do() {
    let place = Place::new();
    let pushed = place.path("pushed");
    let push = put(Some(sh(&format!("touch '{}'", pushed.display()))), &[("tag", "v-$BUILD_NUMBER".into())]);
    let values = BuildValues { number: "7".to_owned(), ..BuildValues::default() };
    let options = Options { shows_puts: true, ..Options::default() };
    let ran = run(&mut place.slot(), Work::Build(Arc::new(plan(vec![push])), values, options)).await;
    assert_eq!((ran.outcome(), pushed.exists()), (Outcome::Succeeded, false));
    assert_eq!(ran.notes(0), "not done here: it would publish `git.app` with tag = \"v-7\"\n");
}

#[tokio::test]
async fn a_version_that_a_put_made_is_seen_before_the_step_s_end() {
    let place = Place::new();
    let ran = run(&mut place.slot(), build(vec![put(Some(sh("echo '{\"ref\":\"a\"}'")), &[])])).await;
    let at = |wanted: fn(&Event) -> bool| ran.events.iter().position(wanted).expect("told");
    assert!(
        at(|event| matches!(event, Event::Output { .. }))
            < at(|event| matches!(event, Event::StepEnded { .. }))
    );
}
