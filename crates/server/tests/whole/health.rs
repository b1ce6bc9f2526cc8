//! Whether the server can work.

use crate::system::{System, job};
use hyper::Method;
use pikoci_store::Store;
use serde_json::json;
use std::time::{Duration, Instant};

async fn ready(system: &System) -> (u16, serde_json::Value) {
    let answer = system.as_nobody(Method::GET, "/readyz").await;
    (answer.status, answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_drains_is_not_ready() {
    let system = System::with(&job("a", "true"), |_| Store::memory().unwrap(), 0).await;
    assert_eq!(ready(&system).await, (200, json!({ "status": "ready" })));
    system.app.set_draining(true);
    let expected = json!({ "status": "draining", "reason": "the server is about to stop" });
    assert_eq!(ready(&system).await, (503, expected));
    assert_eq!(system.as_nobody(Method::GET, "/healthz").await.status, 200);
    assert_eq!(system.trigger("a", "one").await.status, 201, "what is asked for meanwhile is kept");
    system.app.set_draining(false);
    assert_eq!(ready(&system).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_store_says_so_until_it_can_again() {
    let system = System::with(&job("a", "true"), |path| Store::open(&path.join("db")).unwrap(), 0).await;
    let first = system.build_of("a").await;
    // A full disk. The database grows with each build.
    system.store.sabotage("PRAGMA max_page_count = 1").unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let refused = loop {
        let answer = system.trigger("a", &format!("{:x}", rand::random::<u64>())).await;
        if answer.status != 201 {
            break answer;
        }
        assert!(Instant::now() < deadline, "the ledger grows without end");
    };
    assert_eq!((refused.status, refused.code().as_str()), (503, "unavailable"));
    let reason = "nothing can be stored: the disk that holds the ledger is full";
    assert_eq!(refused.json()["detail"], reason);
    assert_eq!(ready(&system).await, (503, json!({ "status": "unavailable", "reason": reason })));
    assert_eq!(system.get(&format!("/api/v1/builds/{first}")).await.status, 200, "what is there is shown");
    system.store.sabotage("PRAGMA max_page_count = 1000000").unwrap();
    // Nothing is asked of it: it looks by itself.
    while ready(&system).await.0 != 200 {
        assert!(Instant::now() < deadline, "it does not see that there is room");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(system.trigger("a", "after").await.status, 201);
}
