//! Setting pipelines, and looking at them.

use crate::fake::{Fake, Reply, SHOP, pikoci};
use nix::pty::openpty;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::Stdio;

const PIPELINE: &str = r#"
variable "tag" { default = "none" }
variable "token" {
  default   = ""
  sensitive = true
}
job "test" {
  task "unit" {
    run "shell" { cmd = "echo ${var.tag} ${file("a.txt")}" }
  }
}
"#;

/// A server with the pipeline `shop`, and the file of it in the directory.
fn with_file(text: &str) -> Fake {
    let fake = Fake::start();
    fs::write(fake.dir.path().join("shop.hcl"), text).unwrap();
    fs::write(fake.dir.path().join("a.txt"), "hello").unwrap();
    fake
}

fn diff(pipeline: &str, from: Value) -> Value {
    json!({ "revision": { "from": from, "to": 4 }, "pipeline": pipeline,
        "jobs": [{ "name": "test", "change": "changed", "what": ["steps", "tags"] },
                 { "name": "new", "change": "added", "what": [] },
                 { "name": "same", "change": "unchanged", "what": [] }],
        "resources": [{ "name": "git.old", "change": "removed", "what": [] }],
        "triggers": [{ "job": "test", "why": "a new version", "inputs": [
            { "name": "app", "resource": "git.app", "version": { "ref": "3f2a91c" } }] }],
        "text": "--- revision 3\n+++ revision 4\n@@ -1 +1 @@\n-old\n+\tn\u{1b}ew\n" })
}

const SHOWN: &str = "\
pipeline shop: revision 3 to 4
  ~ job test: steps, tags
  + job new
  - resource git.old
starts at once
  test: git.app ref=3f2a91c (a new version)

--- revision 3
+++ revision 4
@@ -1 +1 @@
-old
+\tn\u{fffd}ew
";

fn dry() -> String {
    format!("PUT {SHOP}?dry_run=true")
}

fn put() -> String {
    format!("PUT {SHOP}")
}

fn done() -> Reply {
    Reply::json(
        &json!({ "pipeline": "shop", "revision": 4, "changed": true, "diff": diff("changed", json!(3)),
        "warnings": [{ "severity": "warning", "code": "w", "message": "the server knows more",
            "file": "shop.hcl", "line": 2, "column": 1, "end_line": 2, "end_column": 4, "source_line": "job" }] }),
    )
}

#[test]
fn what_changes_is_shown_and_set_at_the_revision_that_it_was_shown_for() {
    let fake = with_file(PIPELINE);
    fake.on(&dry(), Reply::json(&diff("changed", json!(3)))).on(&put(), done());
    let ran = fake.run(&["pipeline", "set", "shop.hcl", "--var", "tag=v1", "--yes"]);
    assert_eq!((ran.code, ran.out), (0, format!("{SHOWN}shop is set, revision 4\n")));
    assert!(ran.err.contains("warning: the server knows more"), "{}", ran.err);
    assert!(ran.err.contains("shop.hcl:2:1"), "{}", ran.err);
    let asked = fake.asked("PUT");
    let body = json!({
        "files": { "a.txt": { "text": "hello" }, "shop.hcl": { "text": PIPELINE } },
        "config": "shop.hcl", "vars": { "tag": "v1" },
    });
    assert_eq!((&asked[0].body, &asked[1].body), (&body, &body));
    assert_eq!(asked[1].headers["if-match"], "\"3\"");
    assert_eq!(asked[1].headers["content-type"], "application/json");
}

#[test]
fn a_new_pipeline_must_not_be_there_yet() {
    let fake = with_file(PIPELINE);
    fake.on(&dry(), Reply::json(&diff("new", Value::Null))).on(&put(), done().status(201));
    let ran = fake.run(&["pipelines", "set", "shop.hcl", "-y"]);
    assert!(
        ran.out.starts_with("pipeline shop: new, revision 4\n") && !ran.out.contains("+++"),
        "{}",
        ran.out
    );
    assert_eq!(fake.asked("PUT")[1].headers["if-none-match"], "*");
}

#[test]
fn without_a_terminal_it_has_to_be_confirmed() {
    let fake = with_file(PIPELINE);
    fake.on(&dry(), Reply::json(&diff("changed", json!(3))));
    let ran = fake.run(&["pipeline", "set", "shop.hcl"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, SHOWN));
    assert!(ran.err.ends_with("no terminal to ask on\nhint: say it with --yes\n"), "{}", ran.err);
    let ran = fake.run(&["pipeline", "set", "shop.hcl", "--dry-run"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, SHOWN));
    assert_eq!(fake.asked(&put()).len(), fake.asked("dry_run").len(), "nothing was set");
}

#[test]
fn on_a_terminal_it_asks() {
    for (typed, code, sets) in [("y\n", 0, true), ("\n", 130, false)] {
        let fake = with_file(PIPELINE);
        fake.on(&dry(), Reply::json(&diff("changed", json!(3)))).on(&put(), done());
        let ends = openpty(None, None).unwrap();
        let side = || Stdio::from(ends.slave.try_clone().unwrap());
        let mut child = fake
            .command(&["pipeline", "set", "shop.hcl"])
            .stdin(side())
            .stdout(Stdio::piped())
            .stderr(side())
            .spawn()
            .unwrap();
        let mut terminal = File::from(ends.master);
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("Set? [y/N]") {
            let mut bytes = [0; 1024];
            let read = terminal.read(&mut bytes).unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&bytes[..read]);
        }
        terminal.write_all(typed.as_bytes()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let set = fake.asked("PUT").iter().any(|asked| asked.line == put());
        assert_eq!(set, sets, "{typed:?}");
    }
}

#[test]
fn what_is_as_it_was_is_left_alone() {
    let fake = with_file(PIPELINE);
    fake.on(&dry(), Reply::json(&diff("unchanged", json!(3))));
    let ran = fake.run(&["pipeline", "set", "shop.hcl", "--yes"]);
    assert_eq!(
        (ran.code, ran.out.as_str(), fake.asked("PUT").len()),
        (0, "shop is as it is on the server\n", 1)
    );
    let ran = fake.run(&["diff", "shop.hcl", "--exit-code"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "shop is as it is on the server\n"));
}

#[test]
fn differences_are_an_exit_code_where_that_is_asked_for() {
    let fake = with_file(PIPELINE);
    fake.on(&dry(), Reply::json(&diff("changed", json!(3))));
    for (args, code) in
        [(&["diff", "shop.hcl"][..], 0), (&["pipeline", "diff", "shop.hcl", "--exit-code"], 1)]
    {
        let ran = fake.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (code, SHOWN), "{args:?}");
    }
    let said = fake.run(&["diff", "shop.hcl", "-o", "json"]).out;
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap(), diff("changed", json!(3)));
}

#[test]
fn who_was_faster_is_named() {
    let fake = with_file(PIPELINE);
    let now = json!({ "id": "p1", "team": "main", "name": "shop", "revision": 5, "set_by": "owner",
        "set_at": "2020-01-01T00:00:00.000000Z", "jobs": [], "resources": [] });
    fake.on(&dry(), Reply::json(&diff("changed", json!(3))));
    fake.on(&put(), Reply::problem(412, "revision_conflict", "it is another revision"));
    fake.on(&format!("GET {SHOP}"), Reply::json(&now));
    let ran = fake.run(&["pipeline", "set", "shop.hcl", "--yes"]);
    let says = [
        "error[revision_conflict]: shop was set to revision 5 by owner, ",
        "shown to revision 3",
        "hint: nothing was set.",
    ];
    assert!(says.iter().all(|part| ran.err.contains(part)), "{}", ran.err);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_pipeline_with_mistakes_never_reaches_the_server() {
    let fake = with_file("job \"test\" {\n  nonsense = 1\n}\n");
    let ran = fake.run(&["pipeline", "set", "shop.hcl", "--yes"]);
    assert_eq!((ran.code, fake.asked("PUT").len()), (2, 0));
    let says = ["shop.hcl:2:3", "nonsense = 1", "\n1 error\n"];
    assert!(says.iter().all(|part| ran.err.contains(part)), "{}", ran.err);
}

#[test]
fn what_the_server_finds_is_told_with_its_place() {
    let fake = with_file(PIPELINE);
    let problem = json!({ "type": "/docs/errors/invalid_pipeline", "title": "No", "status": 422,
        "code": "invalid_pipeline", "detail": "the pipeline has an error", "diagnostics": [
            { "severity": "error", "code": "x", "message": "this address is refused", "hint": "use another",
              "file": "shop.hcl", "line": 3, "column": 5, "end_line": 3, "end_column": 8, "source_line": "    abc" },
            { "severity": "warning", "code": "y", "message": "and that bites" }] });
    fake.on(&dry(), Reply::json(&problem).status(422));
    let ran = fake.run(&["pipeline", "set", "shop.hcl"]);
    let says = [
        "this address is refused",
        "--> shop.hcl:3:5",
        "^^^\n",
        "use another",
        "warning: and that bites",
        "error[invalid_pipeline]: the pipeline has an error",
    ];
    assert!(says.iter().all(|part| ran.err.contains(part)), "{}", ran.err);
    assert_eq!(ran.code, 2);
}

#[test]
fn secrets_stay_here() {
    let fake = with_file(PIPELINE);
    fake.on(&dry(), Reply::json(&diff("unchanged", json!(3))));
    let ran = fake.run(&["pipeline", "set", "shop.hcl", "--var", "token=hunter2"]);
    assert!(ran.err.contains("the variable `token` is a secret: its value is not sent"), "{}", ran.err);
    assert!(
        ran.err.contains("hint: give it a `secret` block") && !ran.err.contains("hunter2"),
        "{}",
        ran.err
    );
    assert_eq!((ran.code, fake.asked("PUT").len()), (2, 0));
    let output =
        fake.command(&["pipeline", "set", "shop.hcl"]).env("PIKOCI_VAR_token", "hunter2").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!fake.asked("PUT")[0].body.to_string().contains("hunter2"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("PIKOCI_VAR_token stays here"));
}

#[test]
fn a_bundle_that_no_server_takes_is_refused_here() {
    let text = "a".repeat(1024 * 1024 - 1);
    let reads: String = (0..5).map(|n| format!("n{n} = length(file(\"large{n}\"))\n")).collect();
    let fake = with_file(&format!(
        "locals {{\n{reads}}}\njob \"test\" {{\n  task \"a\" {{\n    run \"shell\" {{ cmd = \"echo ${{local.n0}}${{local.n1}}${{local.n2}}${{local.n3}}${{local.n4}}\" }}\n  }}\n}}\n"
    ));
    for n in 0..5 {
        fs::write(fake.dir.path().join(format!("large{n}")), &text).unwrap();
    }
    let ran = fake.run(&["pipeline", "set", "shop.hcl"]);
    assert!(ran.err.contains("a server takes 4 MiB"), "{}", ran.err);
    assert_eq!((ran.code, fake.asked("PUT").len()), (2, 0));
}

#[test]
fn pipelines_are_a_table() {
    let fake = Fake::start();
    let one = |name: &str, more: Value| {
        let mut one = json!({ "id": "p", "team": "main", "name": name, "revision": 3, "set_by": "owner",
            "set_at": "2026-11-24T10:00:00.000000Z", "jobs": [{ "name": "a" }, { "name": "b" }, { "name": "c" }],
            "resources": [], "status": { "succeeded": 1, "failed": 1 } });
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let items = [
        one("shop", json!({ "paused": true })),
        one("old", json!({ "archived": true, "set_by": null, "status": {} })),
    ];
    let page = Reply::json(&json!({ "items": items, "next": null }));
    fake.on("GET /api/v1/teams/main/pipelines?archived=true&limit=200", page);
    let expected = "\
PIPELINE  REVISION  SET                          BY     JOBS                                NOTE
shop      3         2026-11-24T10:00:00.000000Z  owner  1 failed, 1 succeeded, 1 never ran  paused
old       3         2026-11-24T10:00:00.000000Z  -      3 never ran                         archived
";
    assert_eq!(fake.run(&["pipeline", "list", "--archived"]).out, expected);
}

#[test]
fn a_text_comes_as_it_was_set() {
    let fake = Fake::start();
    let pipeline =
        json!({ "id": "p1", "team": "main", "name": "shop", "revision": 3, "jobs": [], "resources": [] });
    fake.on(&format!("GET {SHOP}"), Reply::json(&pipeline));
    for number in [2, 3] {
        let revision = json!({ "number": number, "set_by": "owner", "set_at": "2026-11-24T10:00:00.000000Z",
            "sources": [{ "address": "pikoci://git", "sha256": "00" }], "source": format!("# {number}\n\u{1b}é") });
        fake.on(&format!("GET {SHOP}/revisions/{number}"), Reply::json(&revision));
    }
    assert_eq!(fake.run(&["pipeline", "get"]).out, "# 3\n\u{1b}é");
    assert_eq!(fake.run(&["pipeline", "get", "shop/", "--revision", "2"]).out, "# 2\n\u{1b}é");
    let list = json!({ "items": [{ "number": 3, "set_by": "socket", "set_at": "2026-11-24T10:00:00.000000Z",
        "sources": [{ "address": "pikoci://git", "sha256": "00" }] }], "next": null });
    fake.on(&format!("GET {SHOP}/revisions?limit=20"), Reply::json(&list));
    let expected = "REVISION  SET                          BY      SOURCES\n\
        3         2026-11-24T10:00:00.000000Z  socket  pikoci://git\n";
    assert_eq!(fake.run(&["pipeline", "revisions", "shop"]).out, expected);
}

#[test]
fn pause_unpause_and_delete_say_what_they_did() {
    let fake = Fake::start();
    fake.on(&format!("POST {SHOP}/pause"), Reply::nothing());
    fake.on(&format!("POST {SHOP}/unpause"), Reply::nothing());
    fake.on(&format!("DELETE {SHOP}"), Reply::nothing());
    let table = [
        (
            &["pause", "shop"][..],
            "shop is paused: nothing of it starts until `pikoci pipeline unpause shop`\n",
        ),
        (&["unpause", "shop"], "shop is not paused\n"),
        (
            &["delete", "shop", "--yes"],
            "shop is archived; `pikoci pipeline set FILE --name shop` brings it back\n",
        ),
    ];
    for (args, expected) in table {
        let ran = fake.run(&[&["pipeline"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{args:?}");
    }
    assert_eq!(
        fake.run(&["pipeline", "delete", "shop"]).code,
        2,
        "without a terminal it has to be confirmed"
    );
    assert_eq!(fake.asked("DELETE").len(), 1);
    let ran = fake.run(&["pipeline", "pause", "shpo"]);
    assert_eq!(ran.err, "error: there is no pipeline `shpo`\nhint: did you mean `shop`?\n");
}

#[test]
fn a_file_has_to_be_there() {
    let dir = tempfile::tempdir().unwrap();
    let output = pikoci(dir.path(), &["pipeline", "set"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
