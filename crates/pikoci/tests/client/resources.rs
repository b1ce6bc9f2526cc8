//! Versions of resources, pins and webhooks.

use crate::fake::{Fake, Reply, SHOP, pikoci};
use serde_json::{Value, json};

fn app() -> String {
    format!("{SHOP}/resources/git.app")
}

fn versions() -> Value {
    let one = |hash: &str, pinned: bool| {
        json!({ "id": "v", "version": { "ref": hash }, "metadata": { "_message": "Fix\nit" }, "space": "main",
            "untrusted": !pinned, "found_at": "2026-11-24T10:00:00.000000Z", "pinned": pinned })
    };
    json!({ "items": [one("9e7760c7dd06c205812dbe08a3d7b20583e1d7ec", false), one("3f2a91c", true)], "next": null })
}

#[test]
fn versions_are_a_table() {
    let fake = Fake::start();
    fake.on(&format!("GET {}/versions?space=main&limit=2", app()), Reply::json(&versions()));
    let expected = "\
VERSION           SPACE  FOUND                        MESSAGE  NOTE
ref=9e7760c7dd06  main   2026-11-24T10:00:00.000000Z  Fix      untrusted
ref=3f2a91c       main   2026-11-24T10:00:00.000000Z  Fix      pinned
";
    let ran = fake.run(&["resource", "versions", "git.app", "--space", "main", "--limit", "2"]);
    assert_eq!(ran.out, expected, "{}", ran.err);
}

#[test]
fn what_a_table_shows_of_a_version_is_enough_to_pin_it() {
    let fake = Fake::start();
    fake.on(&format!("GET {}/versions?limit=200", app()), Reply::json(&versions()));
    fake.on(&format!("PUT {}/pin", app()), Reply::json(&json!({})));
    fake.on(&format!("DELETE {}/pin", app()), Reply::nothing());
    let ran =
        fake.run(&["resource", "pin", "git.app", "ref=9e7760c7dd06", "--comment", "until it is mended"]);
    let expected = "shop/git.app is pinned to ref=9e7760c7dd06: no other version is taken until \
        `pikoci resource unpin shop/git.app`\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
    let body = json!({ "version": { "ref": "9e7760c7dd06c205812dbe08a3d7b20583e1d7ec" },
        "comment": "until it is mended" });
    assert_eq!(fake.asked("PUT")[0].body, body);
    for short in [&["git.app@9e7760c"][..], &["git.app@ref=9e77"], &["shop/git.app", "9e7760c"]] {
        fake.run(&[&["resource", "pin"], short, &["--comment", "until it is mended"]].concat());
        assert_eq!(fake.asked("PUT").last().unwrap().body, body, "{short:?}");
    }
    assert_eq!(fake.asked("PUT").len(), 4);
    assert_eq!(fake.run(&["resource", "pin", "git.app@9e7760c", "ref=3f2a91c"]).code, 2);
    let none = fake.run(&["resource", "pin", "git.app", "ref=abcdef"]);
    assert_eq!((none.code, none.err.contains("shop/git.app has no such version")), (2, true));
    assert_eq!(fake.run(&["resource", "unpin", "git.app"]).out, "shop/git.app is not pinned\n");
}

fn resource(token: Value) -> Reply {
    Reply::json(&json!({ "id": "r", "team": "main", "pipeline": "shop", "name": "git.app", "type": "git",
        "webhook_token": token }))
}

#[test]
fn a_webhook_is_an_address_to_post_to() {
    let fake = Fake::start();
    fake.on(&format!("GET {}", app()), resource(json!("r.0a1b")));
    let bare = fake.run(&["resource", "webhook", "git.app"]);
    assert_eq!(
        (bare.out.as_str(), bare.err.contains("without --external-url")),
        ("/webhooks/r.0a1b\n", true)
    );
    let output = pikoci(fake.dir.path(), &["resource", "webhook", "shop/git.app", "--url", &fake.url])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}/webhooks/r.0a1b\n", fake.url));
}

#[test]
fn a_webhook_has_the_address_under_which_people_reach_the_server() {
    let fake = Fake::start();
    let url = "https://ci.example.org/x/webhooks/r.0a1b";
    let told = json!({ "id": "r", "team": "main", "pipeline": "shop", "name": "git.app", "type": "git",
        "webhook_token": "r.0a1b", "webhook_url": url });
    fake.on(&format!("GET {}", app()), Reply::json(&told));
    assert_eq!(fake.run(&["resource", "webhook", "git.app"]).out, format!("{url}\n"));
    let json = fake.run(&["resource", "webhook", "git.app", "-o", "json"]).out;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["url"], url);
}

#[test]
fn a_webhook_that_one_may_not_see_is_not_told() {
    let fake = Fake::start();
    fake.on(&format!("GET {}", app()), resource(Value::Null));
    // The second list.
    let named = json!({ "id": "p", "team": "main", "name": "shop", "resources": [{ "name": "cron.night" }] });
    fake.on(
        "GET /api/v1/teams/main/pipelines?limit=200",
        Reply::json(&json!({ "items": [named], "next": null })),
    );
    let ran = fake.run(&["resource", "webhook", "git.app"]);
    assert_eq!((ran.code, ran.out.as_str()), (4, ""));
    let cron = json!({ "id": "r", "team": "main", "pipeline": "shop", "name": "cron.night", "type": "cron" });
    fake.on(&format!("GET {SHOP}/resources/cron.night"), Reply::json(&cron));
    let ran = fake.run(&["resource", "webhook", "shop/cron.night"]);
    assert_eq!((ran.code, ran.err.contains("shop/cron.night has no webhook")), (2, true), "{}", ran.err);
}
