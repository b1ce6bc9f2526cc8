//! The description of the API says what the API does.

use crate::system::{System, job};
use hyper::Method;
use serde_json::Value;

/// The description that stands in the documentation.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/openapi.json");

#[test]
fn the_description_in_the_documentation_is_that_of_the_code() {
    let made = pikoci_server::api::description().unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        kept == made,
        "docs/reference/openapi.json is old: UPDATE_DOCS=1 cargo test -p pikoci-server writes it"
    );
}

/// Method, path with `x` for names, and whether anybody may.
fn operations(description: &Value) -> Vec<(Method, String, bool)> {
    let mut all = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        let path: Vec<_> =
            path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            all.push((method, path.join("/"), operation["security"] == serde_json::json!([])));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_described_is_there_and_nothing_else() {
    let system = System::start(&job("a", "true")).await;
    let served = system.get("/api/v1/openapi.json").await;
    assert_eq!(served.headers["content-type"], "application/json");
    let description = served.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let operations = operations(&description);
    assert!(operations.len() > 15);
    for (method, path, open) in &operations {
        let nobody = system.as_nobody(method.clone(), path).await;
        assert_eq!(nobody.status == 401, !open, "{method} {path}: {}", nobody.text());
        // A stream of events has no end.
        if path != "/api/v1/events" {
            let owner = system.ask(method.clone(), path, &[]).await.code();
            assert!(
                !["not_authenticated", "not_found", "method_not_allowed"].contains(&owner.as_str()),
                "{path}"
            );
        }
        for other in [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH, Method::OPTIONS]
        {
            if !operations.iter().any(|(method, described, _)| *method == other && described == path) {
                let wrong = system.ask(other.clone(), path, &[]).await;
                assert_eq!(
                    (wrong.status, wrong.code().as_str()),
                    (405, "method_not_allowed"),
                    "{other} {path}"
                );
                assert!(wrong.headers.contains_key("allow"), "{other} {path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_described_is_unambiguous() {
    let description: Value = serde_json::from_str(&pikoci_server::api::description().unwrap()).unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for item in description["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{}", operation["operationId"]);
            assert!(operation["summary"].as_str().or(operation["description"].as_str()).is_some());
        }
    }
    let text = description.to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(!description["components"]["schemas"][name].is_null(), "{name} is described nowhere");
    }
}
