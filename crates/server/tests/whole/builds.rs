use crate::system::{System, job};
use hyper::Method;

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_one_build_whoever_asks() {
    let system = System::start(&job("a", "true")).await;
    let first = system.trigger("a", "key").await;
    let again = system.trigger("a", "key").await;
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(system.trigger("a", "other").await.json()["number"], "2");
    // What may be left out may be null.
    let path = "/api/v1/teams/main/pipelines/test/jobs/a/builds";
    for (body, number) in [("", "3"), ("null", "4"), ("{}", "5")] {
        let answer = system.ask_with(Method::POST, path, &[], body).await;
        assert_eq!((answer.status, answer.json()["number"].as_str()), (201, Some(number)), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_tells_how_it_ended_and_why() {
    let jobs =
        [job("good", "echo fine"), job("bad", "echo broken; exit 7"), job("gone", "exec /no/such/program")];
    let system = System::start(&jobs.concat()).await;
    for (name, status, message) in [
        ("good", "succeeded", None),
        ("bad", "failed", Some("exit code 7")),
        ("gone", "failed", Some("exit code 127")),
    ] {
        let build = system.ended(&system.build_of(name).await).await;
        assert_eq!(build["status"], status, "{build}");
        assert_eq!(build["steps"][0]["status"], status);
        assert_eq!(build["steps"][0]["message"].as_str(), message);
        assert!(build["started_at"].as_str() >= build["created_at"].as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_are_listed_newest_first_page_by_page() {
    let system = System::start(&[job("a", "true"), job("b", "exit 1")].concat()).await;
    for number in 0..5 {
        system.ended(&system.build_of("a").await).await;
        assert!(number < 5);
    }
    let path = "/api/v1/teams/main/pipelines/test/jobs/a/builds?limit=2";
    let mut numbers = Vec::new();
    let mut after = String::new();
    loop {
        let page = system.get(&format!("{path}{after}")).await.json();
        numbers.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|build| build["number"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => break,
        }
    }
    assert_eq!(numbers, ["5", "4", "3", "2", "1"]);
    let failed = system.get("/api/v1/teams/main/pipelines/test/jobs/a/builds?status=failed").await.json();
    assert_eq!(failed["items"].as_array().unwrap().len(), 0);
    let shown = system.get("/api/v1/teams/main/pipelines/test/jobs/a").await.json();
    assert_eq!((shown["last_build"]["number"].as_str(), shown["pending"].as_u64()), (Some("5"), Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_build_is_cancelled_with_all_that_it_started() {
    let system = System::start(&job("a", "setsid sleep 1000 & echo ready; wait; sleep 1000")).await;
    let build = system.build_of("a").await;
    // The line can only be there once the processes are.
    let log = format!("/api/v1/builds/{build}/log");
    while !system.get(&log).await.text().contains("ready") {
        tokio::task::yield_now().await;
    }
    let answer = system.ask(Method::POST, &format!("/api/v1/builds/{build}/cancel"), &[]).await;
    assert_eq!(answer.status, 200);
    let ended = system.ended(&build).await;
    assert_eq!((ended["status"].as_str(), ended["cancelling"].as_bool()), (Some("cancelled"), Some(false)));
    let again = system.ask(Method::POST, &format!("/api/v1/builds/{build}/cancel"), &[]).await;
    assert_eq!((again.status, again.json()["status"].as_str()), (200, Some("cancelled")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_build_says_what_it_waits_for_and_is_cancelled_at_once() {
    let system = System::with(&job("a", "true"), |_| pikoci_store::Store::memory().unwrap(), 0).await;
    let build = system.build_of("a").await;
    let shown = system.get(&format!("/api/v1/builds/{build}")).await.json();
    assert_eq!(shown["waiting_for"], "waits for a worker, and there is none");
    let answer = system.ask(Method::POST, &format!("/api/v1/builds/{build}/cancel"), &[]).await;
    assert_eq!(answer.json()["status"], "cancelled");
    assert_eq!(answer.json()["steps"][0]["status"], "skipped");
    assert_eq!(system.events(&build, None).await.last().unwrap().0, "end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_delivers_what_it_cancelled() {
    let mut system = System::start(&job("a", "echo ready; sleep 1000")).await;
    let build = system.build_of("a").await;
    let log = format!("/api/v1/builds/{build}/log");
    while !system.get(&log).await.text().contains("ready") {
        tokio::task::yield_now().await;
    }
    system.stop_worker().await;
    assert_eq!(system.ended(&build).await["status"], "cancelled");
    assert_eq!(std::fs::read_dir(system.path("worker/slots/0/work")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_refuses_is_said_and_the_server_goes_on() {
    let system = System::start(&job("a", "true")).await;
    let refuse =
        "CREATE TRIGGER full BEFORE INSERT ON builds BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    system.store.sabotage(refuse).unwrap();
    let refused = system.trigger("a", "key").await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("unavailable")));
    assert!(refused.json()["detail"].as_str().unwrap().contains("the disk is full"));
    system.store.sabotage("DROP TRIGGER full").unwrap();
    let answered = system.trigger("a", "key").await;
    assert_eq!((answered.status, answered.json()["number"].as_str()), (201, Some("1")));
    let id = answered.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(system.ended(&id).await["status"], "succeeded");
}
