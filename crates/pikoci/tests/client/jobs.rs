//! Why a job does not run, pausing it, and the morning's look at all.

use crate::fake::{Fake, ID, Reply, TEST, build};
use serde_json::{Value, json};

fn reasons() -> Value {
    json!([
        { "code": "paused", "sentence": "job `test` is paused", "unblock": "pikoci job unpause shop/test" },
        { "code": "tag", "sentence": "it waits for a worker with tag `gpu`\u{1b}[2J", "unblock": null },
    ])
}

#[test]
fn why_says_what_keeps_a_job_and_what_would_let_it_go_on() {
    let fake = Fake::start();
    let why = |build: Value, reasons: Value| json!({ "job": "test", "build": build, "reasons": reasons });
    let line = format!("GET {TEST}/why");
    fake.on(&line, Reply::json(&why(build("7.1", "pending"), reasons())));
    fake.on(&line, Reply::json(&why(Value::Null, json!([]))));
    let expected = "\
shop/test#7.1
  job `test` is paused
    to go on: pikoci job unpause shop/test
  it waits for a worker with tag `gpu`\u{fffd}[2J
";
    assert_eq!(fake.run(&["job", "why", "test"]).out, expected);
    assert_eq!(fake.run(&["job", "why", "test"]).out, "shop/test: nothing keeps it from running\n");
    let said = fake.run(&["job", "why", "test", "-o", "json"]).out;
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap(), why(Value::Null, json!([])));
}

#[test]
fn a_list_says_briefly_why() {
    let fake = Fake::start();
    let job = |name: &str, paused: bool, why: Value| {
        json!({ "id": "j", "team": "main", "pipeline": "shop", "name": name, "last_build": null, "inputs": [],
            "paused": paused, "why": why, "note": null })
    };
    let items =
        [job("test", true, reasons()), job("build", false, json!([{ "code": "x", "sentence": "it waits" }]))];
    let page = Reply::json(&json!({ "items": items, "next": null }));
    fake.on("GET /api/v1/teams/main/pipelines/shop/jobs?limit=200", page);
    let out = fake.run(&["job", "list"]).out;
    let notes: Vec<_> = out.lines().map(|line| line.split_whitespace().last().unwrap()).collect();
    assert_eq!(notes, ["NOTE", "paused", "waits"]);
}

#[test]
fn jobs_are_paused() {
    let fake = Fake::start();
    fake.on(&format!("POST {TEST}/pause"), Reply::nothing());
    fake.on(&format!("POST {TEST}/unpause"), Reply::nothing());
    let expected = "shop/test is paused: no build of it starts until `pikoci job unpause shop/test`\n";
    assert_eq!(fake.run(&["job", "pause", "test"]).out, expected);
    let said = fake.run(&["job", "unpause", "test", "-o", "json"]);
    assert_eq!(said.out, "{\"job\":\"shop/test\",\"paused\":false}\n");
}

#[test]
fn a_trigger_can_name_versions() {
    let fake = Fake::start();
    fake.on(&format!("POST {TEST}/builds"), Reply::json(&build(7, "pending")));
    let args = [
        "job",
        "trigger",
        "test",
        "--version",
        "git.app={\"ref\": \"3f2a\"}",
        "--version",
        "image.base={\"n\":1}",
    ];
    assert_eq!(fake.run(&args).code, 0);
    fake.run(&args[..3]);
    let bodies: Vec<_> = fake.asked("POST").into_iter().map(|asked| asked.body).collect();
    let versions = json!({ "versions": { "git.app": { "ref": "3f2a" }, "image.base": { "n": "1" } } });
    assert_eq!(bodies, [versions, Value::Null]);
    assert_eq!(fake.run(&["job", "trigger", "test", "--version", "app={}"]).code, 2);
}

#[test]
fn a_rerun_has_a_number_of_its_own() {
    let fake = Fake::start();
    let mut again = build("7.1", "pending");
    again["rerun_of"] = json!("7");
    again["cause"] = json!({ "kind": "rerun", "by": "owner" });
    fake.on(&format!("GET {TEST}/builds/7"), Reply::json(&build(7, "failed")));
    fake.on(&format!("POST /api/v1/builds/{ID}/rerun"), Reply::json(&again).status(201));
    let ran = fake.run(&["build", "rerun", "test#7"]);
    let expected = "shop/test#7.1 pending\nFollow it with: pikoci build watch shop/test#7.1\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected));
    assert_eq!(fake.asked("rerun")[0].headers["idempotency-key"].len(), 26);
    let page = json!({ "items": [again], "next": null });
    fake.on(&format!("GET {TEST}/builds?limit=20"), Reply::json(&page));
    assert!(fake.run(&["build", "list", "test"]).out.contains("shop/test#7.1  pending"));
    assert!(fake.run(&["build", "list", "test"]).out.contains("rerun of #7"));
    fake.on(&format!("GET {TEST}/builds/7.1"), Reply::json(&build("7.1", "failed")));
    fake.on(&format!("GET /api/v1/builds/{ID}/log"), Reply::text("whole\n"));
    assert_eq!(fake.run(&["build", "log", "#7.1"]).code, 2, "several jobs");
    assert_eq!(fake.run(&["build", "log", "test#7.1"]).out, "whole\n");
}

#[test]
fn the_morning_in_a_few_lines() {
    let fake = Fake::start();
    let at = "2026-11-24T10:00:00.000000Z";
    let mut running = build("8.1", "running");
    running["started_at"] = json!(at);
    let status = json!({
        "red": [{ "job": "shop/test", "build": build(7, "failed"), "status": "failed", "since": at }],
        "waiting": [{ "job": "shop/test", "build": build(9, "pending"), "sentence": "it waits for a worker" }],
        "failing_checks": [{ "team": "main", "pipeline": "shop", "resource": "git.app",
            "error": "no such\u{1b} host\nmore", "since": at }],
        "paused": [{ "team": "main", "pipeline": "old", "job": null },
                   { "team": "main", "pipeline": "shop", "job": "lint" }],
        "pinned": [{ "team": "main", "pipeline": "shop", "resource": "git.app", "version": { "ref": "3f2a91c" },
            "comment": "until it is mended" }],
        "running": [running],
    });
    let line = "GET /api/v1/status";
    fake.on(line, Reply::json(&status)).on(line, Reply::json(&json!({ "red": [], "waiting": [] })));
    let expected = "\
red
  shop/test#7  failed  red since 2026-11-24T10:00:00.000000Z
waiting
  shop/test#9  it waits for a worker
checks failing
  shop/git.app  2026-11-24T10:00:00.000000Z  no such\u{fffd} host
paused
  pipeline old
  shop/lint
pinned, with something newer
  shop/git.app  ref=3f2a91c  until it is mended
running
  shop/test#8.1  running  2026-11-24T10:00:00.000000Z
";
    assert_eq!(fake.run(&["status"]).out, expected);
    let ran = fake.run(&["status"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "all is well: nothing is red, waits, runs or is paused\n"));
}
