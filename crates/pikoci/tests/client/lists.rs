//! Lists, as tables and as JSON.

use crate::fake::{Fake, Reply, TEST, build};
use serde_json::{Value, json};

fn job(name: &str, last: Value) -> Value {
    json!({ "id": "j", "team": "main", "pipeline": "shop", "name": name, "last_build": last, "pending": 2,
        "running": 1, "note": null,
        "inputs": [{ "name": "app", "resource": "git.app", "trigger": name == "test", "passed": [] }] })
}

#[test]
fn jobs_are_a_table() {
    let fake = Fake::start();
    let jobs = json!({ "items": [job("test", build(7, "failed")), job("build", Value::Null)], "next": null });
    fake.on("GET /api/v1/teams/main/pipelines/shop/jobs?limit=200", Reply::json(&jobs));
    let ran = fake.run(&["job", "list"]);
    let expected = "\
JOB         BUILD  STATUS  CREATED                      RUNNING  PENDING  STARTS WITH  NOTE
shop/test   #7     failed  2026-11-24T10:00:00.000000Z  1        2        git.app
shop/build  -      -       -                            1        2        -
";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, expected, ""));
    assert_eq!(fake.run(&["jobs", "list", "shop"]).out, expected, "the plural, and a pipeline");
}

#[test]
fn a_build_whose_failure_is_allowed_is_listed_as_a_warning() {
    let fake = Fake::start();
    let mut warned = build(7, "succeeded");
    warned["warning"] = json!(true);
    let page = json!({ "items": [warned, build(6, "succeeded")], "next": null });
    fake.on(&format!("GET {TEST}/builds?limit=20"), Reply::json(&page));
    let ran = fake.run(&["build", "list", "test"]);
    let states: Vec<_> = ran.out.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(states, ["warning", "succeeded"]);
}

#[test]
fn json_is_what_the_api_said() {
    let fake = Fake::start();
    let mut said = job("test", build(7, "failed"));
    said["of_a_newer_server"] = json!({ "b": 1, "a": 2 });
    let jobs = json!({ "items": [said], "next": null });
    fake.on("GET /api/v1/teams/main/pipelines/shop/jobs?limit=200", Reply::json(&jobs));
    assert_eq!(fake.run(&["job", "list", "--output", "json"]).out, format!("{jobs}\n"));
}

#[test]
fn a_long_list_is_read_page_by_page() {
    let fake = Fake::start();
    let page = |from: u64, size: u64, next: Option<&str>| {
        let items: Vec<_> = (0..size).map(|index| build(from - index, "succeeded")).collect();
        Reply::json(&json!({ "items": items, "next": next }))
    };
    fake.on(&format!("GET {TEST}/builds?limit=200"), page(500, 200, Some("c1")));
    fake.on(&format!("GET {TEST}/builds?limit=50&after=c1"), page(300, 50, Some("c2")));
    let ran = fake.run(&["build", "list", "test", "--limit", "250", "-o", "json"]);
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(said["items"].as_array().map(Vec::len), Some(250));
    assert_eq!((&said["items"][249]["number"], &said["next"]), (&json!("251"), &json!("c2")));
}

#[test]
fn builds_of_all_jobs_come_newest_first() {
    let fake = Fake::start();
    let mut older = build(3, "succeeded");
    older["job"] = json!("build");
    older["created_at"] = json!("2026-11-24T09:00:00.000000Z");
    let mut stopping = build(8, "running");
    stopping["cancelling"] = json!(true);
    stopping["created_at"] = json!("2026-11-24T11:00:00.000000Z");
    stopping["cause"] = json!({ "kind": "manual", "detail": null });
    let mut lost = build(7, "errored");
    lost["message"] = json!("worker lost");
    fake.on(
        &format!("GET {TEST}/builds?limit=3"),
        Reply::json(&json!({ "items": [stopping, lost], "next": null })),
    );
    let other = TEST.replace("test", "build");
    fake.on(&format!("GET {other}/builds?limit=3"), Reply::json(&json!({ "items": [older], "next": null })));
    let expected = "\
BUILD         STATUS      CREATED                      TOOK   CAUSE                NOTE
shop/test#8   cancelling  2026-11-24T11:00:00.000000Z  3.4 s  by hand
shop/test#7   errored     2026-11-24T10:00:00.000000Z  3.4 s  git.app ref=3f2a91c  worker lost
shop/build#3  succeeded   2026-11-24T09:00:00.000000Z  3.4 s  git.app ref=3f2a91c
";
    assert_eq!(fake.run(&["build", "list", "--limit", "3"]).out, expected);
}

fn resource(error: Value) -> Value {
    json!({ "id": "r", "team": "main", "pipeline": "shop", "name": "git.app", "type": "git",
        "check_interval_ms": 90000, "checking": false, "last_checked_at": "2026-11-24T10:00:00.000000Z",
        "check_error": error,
        "newest": { "version": { "ref": "3f2a" }, "metadata": { "_message": "Fix\nit" }, "created_at": "x" } })
}

#[test]
fn resources_are_a_table() {
    let fake = Fake::start();
    let list = "GET /api/v1/teams/main/pipelines/shop/resources?limit=200";
    fake.on(list, Reply::json(&json!({ "items": [resource(Value::Null)], "next": null })));
    fake.on(list, Reply::json(&json!({ "items": [resource(json!("no\u{1b}[2J host"))], "next": null })));
    let expected = "\
RESOURCE      NEWEST    MESSAGE  CHECKED                      EVERY   CHECK
shop/git.app  ref=3f2a  Fix      2026-11-24T10:00:00.000000Z  1m 30s  ok
";
    assert_eq!(fake.run(&["resource", "list"]).out, expected);
    let failed = fake.run(&["resource", "list"]).out;
    assert!(failed.ends_with("failed no\u{fffd}[2J host\n"), "{failed}");
}

#[test]
fn a_check_shows_what_is_new_and_fails_when_it_did() {
    let fake = Fake::start();
    let check = "POST /api/v1/teams/main/pipelines/shop/resources/git.app/check?wait=true";
    let found =
        json!([{ "version": { "ref": "3f2a" }, "metadata": { "_message": "Fix" }, "created_at": "x" }]);
    let answer = |versions: &Value, error: Value| {
        Reply::json(&json!({ "resource": resource(Value::Null), "new_versions": versions, "error": error }))
    };
    fake.on(check, answer(&found, Value::Null));
    fake.on(check, answer(&json!([]), Value::Null));
    fake.on(check, answer(&json!([]), json!("exit code 128: no such host\n")));
    assert_eq!(fake.run(&["resource", "check"]).out, "shop/git.app ref=3f2a  Fix\n");
    assert_eq!(fake.run(&["resource", "check", "git.app"]).out, "shop/git.app has no new version\n");
    let failed = fake.run(&["resource", "check", "shop/git.app"]);
    let expected = "error: the check of shop/git.app failed: exit code 128: no such host\n";
    assert_eq!((failed.code, failed.out.as_str(), failed.err.as_str()), (1, "", expected));
}
