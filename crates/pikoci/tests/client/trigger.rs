//! Starting and cancelling builds.

use crate::fake::{Fake, ID, Reply, TEST, build};
use serde_json::json;

#[test]
fn a_trigger_has_a_key_and_says_how_to_follow() {
    let fake = Fake::start();
    let mut waiting = build(7, "pending");
    waiting["waiting_for"] = json!("a free slot");
    fake.on(&format!("POST {TEST}/builds"), Reply::json(&waiting));
    let ran = fake.run(&["job", "trigger", "test"]);
    let expected = "shop/test#7 pending: a free slot\nFollow it with: pikoci build watch shop/test#7\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected));
    fake.run(&["job", "trigger", "shop/test", "-o", "json"]);
    let keys: Vec<_> =
        fake.asked("POST").iter().map(|asked| asked.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys.iter().map(String::len).collect::<Vec<_>>(), [26, 26]);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_trigger_whose_answer_is_lost_is_sent_again_with_the_same_key() {
    let fake = Fake::start();
    let line = format!("POST {TEST}/builds");
    fake.on(&line, Reply::json(&build(7, "pending")).broken());
    fake.on(&line, Reply::json(&build(7, "pending")));
    assert_eq!(fake.run(&["job", "trigger", "test"]).code, 0);
    let keys: Vec<_> =
        fake.asked("POST").iter().map(|asked| asked.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
}

#[test]
fn cancel_says_what_became_of_the_build() {
    let fake = Fake::start();
    let (get, post) = (format!("GET {TEST}/builds/7"), format!("POST /api/v1/builds/{ID}/cancel"));
    let table = [
        (
            "running",
            "running",
            "shop/test#7 is being cancelled; see how it ends with: pikoci build watch shop/test#7\n",
        ),
        ("pending", "cancelled", "shop/test#7 cancelled\n"),
        ("failed", "failed", "shop/test#7 had ended before: failed\n"),
    ];
    for (before, after, _) in table {
        fake.on(&get, Reply::json(&build(7, before))).on(&post, Reply::json(&build(7, after)));
    }
    for (before, after, expected) in table {
        let ran = fake.run(&["build", "cancel", "test#7"]);
        assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{before} {after}");
    }
}

#[test]
fn cancel_wants_to_know_which_build() {
    let ran = Fake::start().run(&["build", "cancel", "test"]);
    let expected =
        "error: which build of `shop/test`?\nhint: write its number, `shop/test#7`, or `shop/test#last`\n";
    assert_eq!((ran.code, ran.err.as_str()), (2, expected));
}
