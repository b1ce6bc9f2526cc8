//! Streams of what happens to all builds, and webhooks.

use crate::system::{System, job, parse_event};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Method, Request};
use pikoci_store::Store;
use serde_json::Value;

async fn server() -> System {
    System::with(&[job("a", "true"), job("b", "true")].concat(), |_| Store::memory().unwrap(), 0).await
}

/// A stream of events, read piece by piece.
pub(crate) struct Events {
    body: Incoming,
    text: String,
}

impl Events {
    pub(crate) async fn open(system: &System, path: &str, after: Option<&str>) -> Self {
        let mut request = Request::get(path).header("host", "test");
        request = request.header("authorization", format!("Bearer {}", system.token));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = system.send(request.body(Default::default()).unwrap()).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next event as kind, id and data; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if event.contains("data:") {
                    return Some(parse_event(&event));
                }
                continue;
            }
            let frame = self.body.frame().await?.unwrap();
            self.text.push_str(std::str::from_utf8(frame.data_ref()?).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_from_now_on_and_resumes_with_the_newest_state_of_each_build() {
    let system = server().await;
    system.build_of("a").await;
    let mut events = Events::open(&system, "/api/v1/events", None).await;
    let second = system.build_of("b").await;
    let (kind, id, data) = events.next().await.unwrap();
    assert_eq!(
        (kind.as_str(), &data["id"], &data["status"]),
        ("state", &second.clone().into(), &"pending".into())
    );
    let third = system.build_of("a").await;
    system.ask(Method::POST, &format!("/api/v1/builds/{third}/cancel"), &[]).await;
    // Whoever comes later is told of each build once, as it is now.
    let of_pipeline = "/api/v1/teams/main/pipelines/test/events";
    let mut resumed = Events::open(&system, of_pipeline, Some(&id)).await;
    let (_, newest, data) = resumed.next().await.unwrap();
    assert_eq!((&data["id"], &data["status"]), (&third.into(), &"cancelled".into()));
    assert!(newest.parse::<u64>().unwrap() > id.parse().unwrap());
    let fourth = system.build_of("b").await;
    assert_eq!(resumed.next().await.unwrap().2["id"], fourth);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_too_slow_is_told_to_resume() {
    let system = server().await;
    let mut slow = Events::open(&system, "/api/v1/events", None).await;
    let build = system.build_of("a").await;
    let (_, id, _) = slow.next().await.unwrap();
    // So much happens between two looks that the client is far behind.
    system.store.sabotage("UPDATE counters SET value = value + 20000 WHERE name = 'builds.seq'").unwrap();
    let other = system.build_of("b").await;
    let (kind, _, data) = slow.next().await.unwrap();
    assert_eq!((kind.as_str(), data["reason"].as_str().is_some()), ("resume", true));
    assert!(slow.next().await.is_none(), "the stream goes on");
    // It comes again and has missed nothing.
    let mut again = Events::open(&system, "/api/v1/events", Some(&id)).await;
    let told = again.next().await.unwrap().2["id"].clone();
    assert_eq!(told, other);
    assert_ne!(told, build);
}

/// A resource whose check finds two versions.
pub(crate) const LINES: &str = r#"
resource_type "lines" {
  check "exec" {
    path = "/bin/sh"
    args = ["-c", "echo '[{\"line\": \"one\"}, {\"line\": \"two\"}]'"]
  }
}
resource "lines" "input" {
  check_interval = "1h"
}
job "each" {
  get "lines" "input" { trigger = true }
  task "show" {
    run "exec" {
      path = "/bin/sh"
      args = ["-c", "echo got $GET_INPUT_LINE"]
    }
  }
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_asks_for_a_check_and_needs_nothing_but_its_token() {
    let system = System::start(LINES).await;
    let resource = "/api/v1/teams/main/pipelines/test/resources/lines.input";
    let token = system.get(resource).await.json()["webhook_token"].as_str().unwrap().to_owned();
    assert!(!system.get("/api/v1/teams/main/pipelines/test/resources").await.text().contains(&token));
    let before = system.get(resource).await.json()["check"]["last_started_at"].clone();
    let answer = system.as_nobody(Method::POST, &format!("/webhooks/{token}")).await;
    assert_eq!(
        (answer.status, answer.json()["checks"].as_str()),
        (202, Some("requested")),
        "{}",
        answer.text()
    );
    // Checks of one resource are made one after the other.
    let checked = system.ask(Method::POST, &format!("{resource}/check?wait=true"), &[]).await.json();
    assert_ne!(checked["resource"]["check"]["last_started_at"], before);
    for wrong in ["x", "01ABC.0123", &token[1..], &format!("{token}0")] {
        let answer = system.as_nobody(Method::POST, &format!("/webhooks/{wrong}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "webhook_not_found"), "{wrong}");
    }
    let large = system.ask_with(Method::POST, &format!("/webhooks/{token}"), &[], vec![b'x'; 70_000]).await;
    assert_eq!((large.status, large.code().as_str()), (413, "body_too_large"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_held_at_a_version_and_let_go_and_a_build_takes_a_named_one() {
    let system = System::start(LINES).await;
    let resource = "/api/v1/teams/main/pipelines/test/resources/lines.input";
    system.ask(Method::POST, &format!("{resource}/check?wait=true"), &[]).await;
    let path = format!("{resource}/pin");
    let pin = |body: &str| system.ask_with(Method::PUT, &path, &[], body.to_owned());
    let pinned = pin(r#"{"version": {"line": "one"}, "comment": "two is broken"}"#).await;
    assert_eq!(pinned.status, 200, "{}", pinned.text());
    let shown = pinned.json()["pin"].clone();
    assert_eq!((&shown["version"]["line"], &shown["by"]), (&"one".into(), &"owner".into()));
    let next =
        system.get("/api/v1/teams/main/pipelines/test/jobs/each").await.json()["next_inputs"][0].clone();
    assert_eq!((&next["version"]["line"], &next["pinned"]), (&"one".into(), &true.into()));
    let versions = system.get(&format!("{resource}/versions")).await.json();
    let held: Vec<_> =
        versions["items"].as_array().unwrap().iter().map(|one| one["pinned"].clone()).collect();
    assert_eq!(held, [false, true]);
    let status = system.get("/api/v1/status").await.json()["pinned"].clone();
    assert_eq!(
        (&status[0]["version"]["line"], &status[0]["comment"]),
        (&"one".into(), &"two is broken".into())
    );
    for wrong in [r#"{"version": {"line": "three"}}"#, r#"{"version": {}}"#] {
        assert_eq!(pin(wrong).await.code(), "version_not_found");
    }
    for wrong in [r#"{"comment": "x"}"#, r#"{"version": "one"}"#, "x"] {
        assert_eq!(pin(wrong).await.code(), "malformed_json");
    }
    for _ in 0..2 {
        assert_eq!(system.ask(Method::DELETE, &path, &[]).await.status, 204);
    }
    assert!(system.get(resource).await.json()["pin"].is_null());

    let trigger = |body: &str| {
        let path = "/api/v1/teams/main/pipelines/test/jobs/each/builds";
        system.ask_with(Method::POST, path, &[], body.to_owned())
    };
    let made = trigger(r#"{"versions": {"lines.input": {"line": "one"}}}"#).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let ended = system.ended(made.json()["id"].as_str().unwrap()).await;
    assert_eq!(ended["inputs"][0]["version"]["line"], "one");
    assert_eq!(ended["cause"]["kind"], "manual");
    for wrong in
        [r#"{"versions": {"lines.input": {"line": "x"}}}"#, r#"{"versions": {"lines.other": {"a": "b"}}}"#]
    {
        assert_eq!(trigger(wrong).await.code(), "version_not_found");
    }
    assert_eq!(trigger("{").await.code(), "malformed_json");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_beginning_of_a_value_is_enough_where_only_one_version_has_it() {
    let system = System::start(&LINES.replace("one", "3f2a91c").replace("two", "3f2a77d")).await;
    let resource = "/api/v1/teams/main/pipelines/test/resources/lines.input";
    system.ask(Method::POST, &format!("{resource}/check?wait=true"), &[]).await;
    let trigger = async |line: &str| {
        let body = format!(r#"{{"versions": {{"lines.input": {{"line": "{line}"}}}}}}"#);
        system.ask_with(Method::POST, "/api/v1/teams/main/pipelines/test/jobs/each/builds", &[], body).await
    };
    let made = trigger("3f2a9").await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(
        system.ended(made.json()["id"].as_str().unwrap()).await["inputs"][0]["version"]["line"],
        "3f2a91c"
    );
    let several = trigger("3f2a").await;
    assert_eq!(several.code(), "version_not_found");
    let detail = several.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("line=3f2a77d, line=3f2a91c"), "{detail}");
    assert!(trigger("3f2").await.json()["detail"].as_str().unwrap().contains("has no version line=3f2"));
    let (path, body) = (format!("{resource}/pin"), r#"{"version": {"line": "3f2a7"}}"#.to_owned());
    let pinned = system.ask_with(Method::PUT, &path, &[], body).await;
    assert_eq!(pinned.json()["pin"]["version"]["line"], "3f2a77d");
}
