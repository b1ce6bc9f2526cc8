use crate::changes::Events;
use crate::system::{System, job};
use hyper::Method;
use pikoci_plan::status::Status;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_read_whole_by_bytes_by_lines_and_by_step() {
    let system = System::start(&job("a", "for i in 1 2 3 4 5; do echo line $i; done; printf end")).await;
    let build = system.build_of("a").await;
    system.ended(&build).await;
    let log = format!("/api/v1/builds/{build}/log");
    let whole = "line 1\nline 2\nline 3\nline 4\nline 5\nend";
    assert_eq!(system.get(&log).await.text(), whole);
    for (query, range, status, expected) in [
        ("", Some("bytes=5-8"), 206, "1\nli"),
        ("", Some("bytes=-3"), 206, "end"),
        ("", Some("bytes=35-"), 206, "end"),
        ("?lines=2-3", None, 200, "line 2\nline 3\n"),
        ("?lines=5-", None, 200, "line 5\nend"),
        ("?lines=6-99", None, 200, "end"),
        ("?lines=2-3", Some("bytes=0-3"), 206, "line"),
        ("?step=a-task&lines=1-1", None, 200, "line 1\n"),
        ("?step=0", Some("bytes=0-0"), 206, "l"),
    ] {
        let headers: Vec<_> = range.map(|range| ("range", range)).into_iter().collect();
        let answer = system.ask(Method::GET, &format!("{log}{query}"), &headers).await;
        assert_eq!((answer.status, answer.text()), (status, expected), "{query} {range:?}");
    }
    let part = system.ask(Method::GET, &log, &[("range", "bytes=5-8")]).await;
    assert_eq!(part.headers["content-range"], format!("bytes 5-8/{}", whole.len()));
    for (query, range, status, code) in [
        ("", "bytes=900-", 416, "range_not_satisfiable"),
        ("?step=none", "bytes=0-", 404, "step_not_found"),
        ("?lines=4-2", "bytes=0-", 400, "invalid_request"),
    ] {
        let answer = system.ask(Method::GET, &format!("{log}{query}"), &[("range", range)]).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_bytes_come_through_unchanged() {
    let system = System::start(&job(
        "a",
        "head -c 3000000 /dev/urandom | tee $${OUT:-/dev/null} | cat; printf '\\377\\000x'",
    ))
    .await;
    let build = system.build_of("a").await;
    system.ended(&build).await;
    let body = system.get(&format!("/api/v1/builds/{build}/log")).await.body;
    assert_eq!((body.len(), &body[3_000_000..]), (3_000_003, &b"\xff\0x"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_all_in_order_and_resumes_without_gap_or_repetition() {
    let system =
        System::start(&job("a", "for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.01; done")).await;
    let build = system.build_of("a").await;
    let events = system.events(&build, None).await;
    let kinds: Vec<_> = events.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(kinds.last(), Some(&"end"));
    assert_eq!(kinds.first(), Some(&"state"));
    let text = |events: &[(String, String, serde_json::Value)]| {
        let logs = events.iter().filter(|(kind, ..)| kind == "log");
        logs.map(|(_, _, data)| data["text"].as_str().unwrap()).collect::<String>()
    };
    let whole = (1..=8).map(|line| format!("line {line}\n")).collect::<String>();
    assert_eq!(text(&events), whole);
    let positions = |events: &[(String, String, serde_json::Value)]| -> Vec<String> {
        events.iter().filter(|(_, id, _)| !id.is_empty()).map(|(_, id, _)| id.clone()).collect()
    };
    let replayed = system.events(&build, None).await;
    assert_eq!(text(&replayed), whole, "an ended build is told from its beginning");
    let steps: Vec<_> = replayed
        .iter()
        .filter(|(kind, ..)| kind == "step" || kind == "log")
        .map(|(kind, _, data)| data["status"].as_str().unwrap_or(kind).to_owned())
        .collect();
    assert_eq!((steps.first().unwrap().as_str(), steps.last().unwrap().as_str()), ("running", "succeeded"));
    let ids = positions(&replayed);
    assert!(ids.len() >= 2, "{ids:?}");
    for (at, id) in ids.iter().enumerate() {
        assert_eq!(positions(&system.events(&build, Some(id)).await), ids[at + 1..]);
    }
}

/// More than sockets hold.
const MUCH: usize = 24_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_nobody_up_and_misses_nothing() {
    let script = format!("until [ -e go ]; do sleep 0.01; done; yes 'a line of a long log' | head -c {MUCH}");
    let directory = tempfile::tempdir().unwrap();
    let go = directory.path().join("go");
    let system = System::start(&job("a", &script.replace("-e go", &format!("-e {}", go.display())))).await;
    let build = system.build_of("a").await;
    let mut slow = Events::open(&system, &format!("/api/v1/builds/{build}/events"), None).await;
    std::fs::write(&go, "").unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    let ended = || system.store.build(&build.as_str().into()).unwrap().unwrap().status == Status::Succeeded;
    while !ended() {
        assert!(Instant::now() < deadline, "the build waits for who watches it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut bytes = 0;
    while let Some((kind, _, data)) = slow.next().await {
        bytes += if kind == "log" { data["text"].as_str().unwrap().len() } else { 0 };
    }
    assert_eq!(bytes, MUCH);
}
