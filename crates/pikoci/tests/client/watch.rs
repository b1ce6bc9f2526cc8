//! Following a build.

use crate::fake::{Fake, ID, Ran, Reply, TEST, build};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

fn event(id: u64, kind: &str, data: &Value) -> String {
    format!("id: a1.{id}\nevent: {kind}\ndata: {data}\n\n")
}

fn step(index: u32, name: &str, kind: &str, status: &str, message: Value) -> Value {
    json!({ "index": index, "name": name, "kind": kind, "status": status, "started_at": null, "ended_at": null,
        "duration_ms": 1200, "message": message })
}

fn log(step: u32, text: &str) -> Value {
    json!({ "step": step, "stream": "output", "offset": 0, "text": text })
}

/// The events of a build that ends so.
fn stream(status: &str) -> Vec<String> {
    let bytes = json!({ "step": 1, "stream": "output", "offset": 9, "base64": "/wA=" });
    vec![
        event(1, "state", &build(7, "running")),
        event(2, "step", &step(0, "app", "get", "running", Value::Null)),
        event(3, "log", &log(0, "Cloning\n")),
        event(4, "step", &step(0, "app", "get", "succeeded", Value::Null)),
        event(5, "step", &step(1, "unit", "task", "running", Value::Null)),
        event(6, "log", &log(1, "1 of 2\n2 o")),
        event(7, "log", &bytes),
        event(8, "step", &step(1, "unit", "task", status, json!("exit code 2"))),
        event(9, "end", &build(7, status)),
    ]
}

const SHOWN: &str = "\
shop/test#7 (git.app ref=3f2a91c)
== get app
Cloning
== task unit
1 of 2
2 o\u{fffd}\0
== task unit: failed in 1.2 s: exit code 2
shop/test#7 failed in 3.4 s
";

fn with_build() -> Fake {
    let fake = Fake::start();
    fake.on(&format!("GET {TEST}/builds/7"), Reply::json(&build(7, "running")));
    fake
}

fn events() -> String {
    format!("GET /api/v1/builds/{ID}/events")
}

#[test]
fn a_build_is_shown_and_its_result_is_the_exit_code() {
    for (status, code) in [("succeeded", 0), ("failed", 1), ("errored", 3), ("cancelled", 130)] {
        let fake = with_build();
        fake.on(&events(), Reply::events(stream(status).concat()));
        let ran = fake.run(&["build", "watch", "test#7"]);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{status}");
        if status == "failed" {
            assert_eq!(ran.out, SHOWN);
        }
    }
}

#[test]
fn a_failure_that_is_allowed_is_a_warning() {
    let fake = with_build();
    let (mut step, mut ended) =
        (step(1, "unit", "task", "succeeded", json!("exit code 2")), build(7, "succeeded"));
    step["warning"] = json!(true);
    ended["warning"] = json!(true);
    let events_of_it = [event(1, "step", &step), event(2, "end", &ended)].concat();
    fake.on(&events(), Reply::events(events_of_it));
    let ran = fake.run(&["build", "watch", "test#7"]);
    let expected = "== task unit: warning in 1.2 s: exit code 2\nshop/test#7 warning in 3.4 s\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected));
}

#[test]
fn a_broken_stream_is_taken_up_where_it_broke() {
    let fake = with_build();
    let all = stream("failed");
    let half_an_event = &all[5][..20];
    fake.on(&events(), Reply::events(all[..5].concat() + half_an_event).broken());
    fake.on(&events(), Reply::problem(503, "unavailable", "starting"));
    fake.on(&events(), Reply::events(all[5..7].concat()));
    fake.on(&events(), Reply::events(all[7..].concat()));
    let ran = fake.run(&["build", "watch", "test#7"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, SHOWN));
    let last = |index: usize| fake.asked("/events")[index].headers.get("last-event-id").cloned();
    assert_eq!(
        [last(0), last(1), last(2), last(3)],
        [None, Some("a1.5".into()), Some("a1.5".into()), Some("a1.7".into())]
    );
    assert_eq!(ran.err.matches("trying again").count(), 2, "once for each loss: {}", ran.err);
}

#[test]
fn a_build_that_is_gone_is_no_reason_to_try_again() {
    let fake = with_build();
    fake.on(&events(), Reply::events(stream("failed")[..2].concat()).broken());
    fake.on(&events(), Reply::problem(404, "build_not_found", "there is no such build"));
    let ran = fake.run(&["build", "watch", "test#7"]);
    assert_eq!((ran.code, fake.asked("/events").len()), (2, 2));
    assert!(ran.err.contains("error[build_not_found]: there is no such build"), "{}", ran.err);
}

#[test]
fn a_build_that_ended_before_is_shown_with_the_names_of_its_steps() {
    let fake = Fake::start();
    let all = stream("failed");
    let mut ended = build(7, "failed");
    ended["steps"] = json!([
        step(0, "app", "get", "succeeded", Value::Null),
        step(1, "unit", "task", "failed", json!("exit code 2")),
    ]);
    fake.on(&format!("GET {TEST}/builds/7"), Reply::json(&ended));
    // Of what is over, the stream tells the ends of the steps, after their logs.
    let replayed = [0, 3, 5, 6, 7, 8].map(|index: usize| all[index].as_str()).concat();
    fake.on(&events(), Reply::events(replayed));
    assert_eq!(fake.run(&["build", "watch", "test#7"]).out, SHOWN.replace("Cloning\n", ""));
}

#[test]
fn for_machines_events_are_lines_of_json() {
    let fake = with_build();
    fake.on(&events(), Reply::events(stream("failed").concat()));
    let ran = fake.run(&["build", "watch", "test#7", "--output", "json"]);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((ran.code, lines.len()), (1, 9));
    assert_eq!(lines[2], json!({ "event": "log", "id": "a1.3", "data": log(0, "Cloning\n") }));
}

#[test]
fn trigger_can_watch() {
    let fake = with_build();
    fake.on(&format!("POST {TEST}/builds"), Reply::json(&build(7, "pending")));
    fake.on(&events(), Reply::events(stream("failed").concat()));
    let ran = fake.run(&["job", "trigger", "test", "--watch"]);
    assert_eq!(ran, Ran { code: 1, out: SHOWN.into(), err: String::new() });
}

#[test]
fn ctrl_c_leaves_the_build_alone_and_says_so() {
    let fake = with_build();
    fake.on(&events(), Reply::events(stream("failed")[..3].concat()).open());
    let mut child = fake
        .command(&["build", "watch", "test#7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "Cloning"));
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let status = child.wait().unwrap();
    let mut said = String::new();
    child.stderr.unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(said.contains("the build goes on") && said.contains("pikoci build cancel shop/test#7"), "{said}");
    assert_eq!(fake.asked("cancel").len(), 0);
}

#[test]
fn a_reader_that_leaves_ends_the_watching() {
    let fake = with_build();
    let piece = event(3, "log", &log(0, &"x".repeat(65_536)));
    fake.on(&events(), Reply::events(piece).times(1_000));
    let mut child = fake
        .command(&["build", "watch", "test#7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(130), b"".as_slice()));
}

#[test]
fn what_did_not_run_and_what_was_made_is_told_at_the_end() {
    let fake = with_build();
    let mut ended = build(7, "failed");
    ended["outputs"] = json!([{ "step": 1, "name": "image", "resource": "image.app",
        "version": { "digest": "sha256:9c1e" }, "metadata": { "_by": "x" } }]);
    let events_of_it = [
        event(1, "step", &step(0, "unit", "task", "failed", json!("exit code 2"))),
        event(2, "step", &step(1, "deploy", "task", "skipped", Value::Null)),
        event(3, "step", &step(2, "on_success", "hook", "skipped", Value::Null)),
        event(4, "step", &step(3, "in_parallel", "in_parallel", "skipped", Value::Null)),
        event(5, "step", &step(4, "image", "put", "skipped", Value::Null)),
        event(6, "end", &ended),
    ];
    fake.on(&events(), Reply::events(events_of_it.concat()));
    let expected = "\
== task unit: failed in 1.2 s: exit code 2
skipped: task deploy, put image
made image.app digest=sha256:9c1e
shop/test#7 failed in 3.4 s
";
    assert_eq!(fake.run(&["build", "watch", "test#7"]).out, expected);
}

#[test]
fn while_a_build_waits_it_is_said_why() {
    let fake = Fake::start();
    fake.on(&format!("GET {TEST}/builds/7"), Reply::json(&build(7, "pending")));
    let why = json!({ "job": "test", "reasons": [
        { "code": "slot", "sentence": "it waits for a free slot", "unblock": "start another worker" }] });
    fake.on(&format!("GET /api/v1/builds/{ID}/why"), Reply::json(&why));
    let mut waiting = build(7, "pending");
    waiting["waiting_for"] = json!("it waits for a free slot");
    fake.on(&events(), Reply::events(event(1, "state", &waiting)).open());
    let mut child = fake.command(&["build", "watch", "test#7"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen: Vec<_> = lines.take(3).map(Result::unwrap).collect();
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
    child.wait().unwrap();
    let expected = [
        "shop/test#7 (git.app ref=3f2a91c)",
        "shop/test#7 pending: it waits for a free slot",
        "  to go on: start another worker",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_build_that_begins_anew_says_so() {
    let fake = with_build();
    let all = stream("failed");
    let mut lost = build(7, "pending");
    lost["losses"] = json!(1);
    let mut again = build(7, "running");
    again["losses"] = json!(1);
    let events_of_it =
        [all[..6].concat(), event(1, "state", &lost), event(2, "state", &again), all[1..].concat()];
    fake.on(&events(), Reply::events(events_of_it.concat()));
    let expected = "\
shop/test#7 (git.app ref=3f2a91c)
== get app
Cloning
== task unit
1 of 2
2 o
shop/test#7 begins anew: its worker was lost
";
    let rest = SHOWN.split_once('\n').unwrap().1;
    let ran = fake.run(&["build", "watch", "test#7"]);
    assert_eq!((ran.code, ran.out), (1, format!("{expected}{rest}")));
}

#[test]
fn a_client_that_is_told_to_resume_does_so() {
    let fake = with_build();
    let all = stream("failed");
    let resume = "event: resume\ndata: {\"reason\": \"too slow\"}\n\n";
    fake.on(&events(), Reply::events(all[..5].concat() + resume));
    fake.on(&events(), Reply::events(all[5..].concat()));
    let ran = fake.run(&["build", "watch", "test#7"]);
    assert_eq!(ran, Ran { code: 1, out: SHOWN.into(), err: String::new() });
    assert_eq!(fake.asked("/events")[1].headers["last-event-id"], "a1.5");
}
