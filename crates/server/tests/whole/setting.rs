//! Pipelines are set, looked at, rest and go over the API.

use crate::changes::LINES;
use crate::system::{Answer, System, job};
use hyper::Method;
use pikoci_store::Store;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SHOP: &str = "/api/v1/teams/main/pipelines/shop";

/// A server without a worker: what is pending stays so.
async fn server() -> System {
    System::with(&job("a", "true"), |_| Store::memory().unwrap(), 0).await
}

fn bundle(text: &str) -> String {
    json!({"files": {"pipeline.hcl": {"text": text}}, "config": "pipeline.hcl"}).to_string()
}

/// A job for each name, with that script.
fn jobs(names: &[&str], script: &str) -> String {
    names.iter().map(|name| job(name, script)).collect()
}

async fn put(system: &System, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
    system.ask_with(Method::PUT, path, headers, body).await
}

fn changes(diff: &Value) -> Vec<String> {
    let jobs = diff["jobs"].as_array().unwrap().iter();
    jobs.map(|job| format!("{} {}", job["name"].as_str().unwrap(), job["change"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_is_new_changed_unchanged_archived_and_back() {
    let system = server().await;
    let first = put(&system, SHOP, &[("if-none-match", "*")], bundle(&jobs(&["a", "b"], "true"))).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let (made, warnings) = (first.json(), first.json()["warnings"].clone());
    assert_eq!(
        (&made["revision"], &made["changed"], &made["diff"]["pipeline"]),
        (&json!(1), &json!(true), &json!("new"))
    );
    assert_eq!(warnings, json!([]));
    assert_eq!(made["pipeline"]["set_by"], "owner");

    let next = bundle(&(jobs(&["b"], "false") + &jobs(&["c"], "true")));
    let looked = put(&system, &format!("{SHOP}?dry_run=true"), &[], next.clone()).await;
    assert_eq!(looked.status, 200);
    let diff = looked.json();
    assert_eq!(changes(&diff), ["b changed", "c added", "a removed"]);
    assert_eq!((&diff["revision"]["from"], &diff["revision"]["to"]), (&json!(1), &json!(2)));
    assert_eq!(diff["jobs"][0]["what"], json!(["steps"]));
    assert!(diff["text"].as_str().unwrap().contains("\n-job \"a\" {"), "{diff}");
    assert_eq!(system.get(SHOP).await.json()["revision"], 1, "a look set something");

    let again = put(&system, SHOP, &[("if-match", "\"1\"")], next.clone()).await;
    assert_eq!((again.status, &again.json()["revision"], &again.json()["diff"]), (200, &json!(2), &diff));
    let same = put(&system, SHOP, &[], next.clone()).await.json();
    assert_eq!(
        (&same["revision"], &same["changed"], &same["diff"]["pipeline"]),
        (&json!(2), &json!(false), &json!("unchanged"))
    );

    let revisions = system.get(&format!("{SHOP}/revisions")).await.json();
    assert_eq!(revisions["items"].as_array().unwrap().len(), 2);
    let text = system.get(&format!("{SHOP}/revisions/1")).await.json()["source"].clone();
    assert_eq!(text, jobs(&["a", "b"], "true"));

    for _ in 0..2 {
        assert_eq!(system.ask(Method::DELETE, SHOP, &[]).await.status, 204);
    }
    let lists = async |query: &str| {
        let list = system.get(&format!("/api/v1/teams/main/pipelines{query}")).await.json();
        list["items"].as_array().unwrap().len()
    };
    assert_eq!((lists("").await, lists("?archived=true").await), (1, 2));
    assert_eq!(system.get(SHOP).await.json()["archived"], true);
    assert_eq!(system.ask(Method::POST, &format!("{SHOP}/pause"), &[]).await.code(), "pipeline_not_found");
    let back = put(&system, SHOP, &[("if-match", "\"0\"")], next).await;
    assert_eq!(
        (back.status, back.json()["pipeline"]["archived"].as_bool()),
        (201, Some(false)),
        "{}",
        back.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_tells_which_builds_would_start_and_they_do() {
    let system = System::start(LINES).await;
    let pipeline = "/api/v1/teams/main/pipelines/test";
    let check = format!("{pipeline}/resources/lines.input/check?wait=true");
    assert_eq!(system.ask(Method::POST, &check, &[]).await.status, 200);
    let get = |trigger: bool| format!("get \"lines\" \"input\" {{\n trigger = {trigger}\n }}\n");
    let more = |name: &str, trigger| format!("job \"{name}\" {{\n {}}}\n", get(trigger));
    let next = bundle(&[LINES.to_owned(), more("added", true), more("by-hand", false)].concat());
    let looked = put(&system, &format!("{pipeline}?dry_run=true"), &[], next.clone()).await.json();
    let expected = json!([{
        "job": "added",
        "why": "the job has not taken this version of lines.input",
        "inputs": [{ "name": "input", "resource": "lines.input", "version": { "line": "two" } }],
    }]);
    assert_eq!(looked["triggers"], expected, "{looked}");
    let set = put(&system, pipeline, &[], next.clone()).await.json();
    assert_eq!(set["diff"]["triggers"], expected);
    let builds = format!("{pipeline}/jobs/added/builds");
    let deadline = Instant::now() + Duration::from_secs(30);
    let started = loop {
        let items = system.get(&builds).await.json()["items"].clone();
        if let Some(build) = items.as_array().unwrap().first() {
            break build["cause"]["detail"].clone();
        }
        assert!(Instant::now() < deadline, "the build that was told does not start");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(started, "lines.input line=two");
    let again = put(&system, &format!("{pipeline}?dry_run=true"), &[], next).await.json();
    assert_eq!(again["triggers"], json!([]), "what was taken starts nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_set_says_why() {
    let system = server().await;
    let good = bundle(&job("a", "true"));
    assert_eq!(put(&system, SHOP, &[], good.clone()).await.status, 201);
    let secret = format!("variable \"token\" {{\n  sensitive = true\n}}\n{}", job("a", "true"));
    let given =
        json!({"files": {"p.hcl": {"text": secret}}, "config": "p.hcl", "vars": {"token": "hunter2"}})
            .to_string();
    let bare = "/api/v1/teams/main/pipelines";
    for (path, header, body, status, code) in [
        (SHOP, Some(("if-match", "\"7\"")), good.clone(), 412, "revision_conflict"),
        (SHOP, Some(("if-none-match", "*")), good.clone(), 412, "revision_conflict"),
        (
            &format!("{SHOP}?dry_run=true"),
            Some(("if-match", "\"7\"")),
            good.clone(),
            412,
            "revision_conflict",
        ),
        (SHOP, Some(("if-match", "new")), good.clone(), 400, "invalid_request"),
        (&format!("{SHOP}?dry_run=maybe"), None, good.clone(), 400, "invalid_request"),
        (SHOP, None, "{\"files\": ".into(), 400, "malformed_json"),
        (SHOP, None, "[]".into(), 400, "malformed_json"),
        (SHOP, None, String::new(), 422, "invalid_bundle"),
        (SHOP, None, json!({"files": {}, "config": "x.hcl"}).to_string(), 422, "invalid_bundle"),
        (SHOP, None, bundle("job \"a\" {\n  tasc \"x\" {\n  }\n}\n"), 422, "invalid_pipeline"),
        (SHOP, None, given, 422, "secret_given"),
        (SHOP, None, " ".repeat(4 * 1024 * 1024 + 1), 413, "body_too_large"),
        (&format!("{bare}/a%3Ab"), None, good.clone(), 422, "invalid_name"),
        (&format!("{bare}/{}", "n".repeat(101)), None, good.clone(), 422, "invalid_name"),
        ("/api/v1/teams/other/pipelines/shop", None, good.clone(), 404, "team_not_found"),
    ] {
        let headers: Vec<_> = header.into_iter().collect();
        let answer = put(&system, path, &headers, body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{path} {headers:?}: {}",
            answer.text()
        );
        assert!(!answer.text().contains("hunter2"));
        assert!(!answer.json()["detail"].as_str().unwrap().is_empty());
    }
    let conflict = put(&system, SHOP, &[("if-match", "\"7\"")], good).await.json();
    assert_eq!(conflict["current"], 1);
    let wrong = put(&system, SHOP, &[], bundle("job \"a\" {\n  tasc \"x\" {\n  }\n}\n")).await.json();
    let found = &wrong["diagnostics"][0];
    assert_eq!(
        (&found["file"], &found["line"], &found["column"]),
        (&json!("pipeline.hcl"), &json!(2), &json!(3))
    );
    assert_eq!((&found["end_column"], &found["source_line"]), (&json!(7), &json!("  tasc \"x\" {")));
    assert_eq!(system.get(SHOP).await.json()["revision"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bites_is_told_as_mistakes_are_with_its_place() {
    let system = server().await;
    let text = r#"
        resource_type "counter" {
          check "shell" { cmd = "true" }
          pull "shell" { cmd = "true" }
        }
        resource "counter" "app" { check_interval = "@every 1h" }
        job "c" {
          get "counter" "app" {}
          task "t" {
            run "shell" { cmd = "true" }
          }
        }"#;
    let set = put(&system, SHOP, &[], bundle(text)).await;
    assert_eq!(set.status, 201, "{}", set.text());
    let warning = set.json()["warnings"][0].clone();
    assert_eq!(
        (&warning["severity"], &warning["file"], &warning["line"]),
        (&json!("warning"), &json!("pipeline.hcl"), &json!(7)),
        "{warning}"
    );
    assert!(warning["message"].as_str().unwrap().contains("job `c` starts only by hand"), "{warning}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_pipelines_rest_and_go_on_and_the_overview_says_so() {
    let system = server().await;
    put(&system, SHOP, &[], bundle(&jobs(&["a", "b"], "true"))).await;
    let post = async |path: &str| system.ask(Method::POST, &format!("{SHOP}{path}"), &[]).await.status;
    for _ in 0..2 {
        assert_eq!(post("/jobs/a/pause").await, 204);
    }
    assert_eq!(system.get(&format!("{SHOP}/jobs/a")).await.json()["paused"], true);
    assert_eq!(system.get(&format!("{SHOP}/jobs/b")).await.json()["paused"], false);
    assert_eq!(post("/pause").await, 204);
    assert_eq!(system.get(&format!("{SHOP}/jobs/b")).await.json()["paused"], true);
    let build = system.ask(Method::POST, &format!("{SHOP}/jobs/b/builds"), &[]).await.json();
    let why = system.get(&format!("{SHOP}/jobs/b/why")).await.json();
    assert_eq!(
        (&why["build"]["number"], &why["reasons"][0]["code"]),
        (&json!("1"), &json!("pipeline_paused")),
        "{why}"
    );
    assert_eq!(system.get(&format!("{SHOP}/jobs/b")).await.json()["why"], why["reasons"]);
    let of_build = format!("/api/v1/builds/{}/why", build["id"].as_str().unwrap());
    assert_eq!(system.get(&of_build).await.json()["reasons"][0]["code"], "pipeline_paused");
    let seen = system.get("/api/v1/status").await.json();
    assert_eq!(seen["paused"].as_array().unwrap().len(), 2, "{seen}");
    assert_eq!(
        (&seen["waiting"][0]["job"], &seen["waiting"][0]["build"]["id"]),
        (&json!("shop/b"), &build["id"])
    );
    for path in ["/unpause", "/unpause", "/jobs/a/unpause"] {
        assert_eq!(post(path).await, 204);
    }
    assert_eq!(system.get("/api/v1/status").await.json()["paused"], json!([]));
    assert_eq!(post("/jobs/none/pause").await, 404);
    let reasons = system.get(&of_build).await.json()["reasons"].clone();
    assert_eq!(
        (reasons.as_array().unwrap().len(), &reasons[0]["code"]),
        (1, &json!("no_worker")),
        "{reasons}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_is_run_again_once_for_one_key() {
    let system = System::start(&job("a", "exit 3")).await;
    let id = system.build_of("a").await;
    system.ended(&id).await;
    let path = format!("/api/v1/builds/{id}/rerun");
    let first = system.ask(Method::POST, &path, &[("idempotency-key", "k")]).await;
    let again = system.ask(Method::POST, &path, &[("idempotency-key", "k")]).await;
    assert_eq!((first.status, again.status), (201, 200), "{}", first.text());
    let rerun = first.json();
    assert_eq!(
        (&rerun["number"], &rerun["rerun_of"], &rerun["cause"]["kind"], &rerun["cause"]["by"]),
        (&json!("1.1"), &json!("1"), &json!("rerun"), &json!("owner"))
    );
    assert_eq!(again.json()["id"], rerun["id"]);
    system.ended(rerun["id"].as_str().unwrap()).await;
    let found = system.get("/api/v1/teams/main/pipelines/test/jobs/a/builds/1.1").await.json();
    assert_eq!((&found["id"], &found["status"]), (&rerun["id"], &json!("failed")));
    let seen = system.get("/api/v1/status").await.json();
    assert_eq!(
        (&seen["red"][0]["job"], &seen["red"][0]["status"]),
        (&json!("test/a"), &json!("failed")),
        "{seen}"
    );
    let workers = system.get("/api/v1/workers").await.json();
    assert_eq!(workers["items"][0]["lease"], "held", "{workers}");
    assert_eq!(system.ask(Method::POST, "/api/v1/builds/none/rerun", &[]).await.code(), "build_not_found");
    let kept = "disable_retry = true\n  task \"a-task\"";
    let text = job("a", "true").replace("task \"a-task\"", kept);
    let set = put(&system, "/api/v1/teams/main/pipelines/test", &[], bundle(&text)).await;
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(system.ask(Method::POST, &path, &[]).await.code(), "rerun_disabled");
}
