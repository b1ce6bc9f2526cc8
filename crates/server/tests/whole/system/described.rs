//! Every answer that a test sees is one that the description of the API has.

use super::Answer;
use hyper::Method;
use serde_json::Value;
use std::sync::LazyLock;

static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&pikoci_server::api::description().unwrap()).unwrap());

/// Fails if the status of an answer, or its problem, is not described.
pub(super) fn check(method: &Method, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap();
    let Some(operation) = operation(method, path) else {
        assert!(
            matches!(answer.status, 401 | 404 | 405),
            "{method} {path} is not described: {}",
            answer.text()
        );
        return;
    };
    let response = &operation["responses"][answer.status.to_string()];
    assert!(!response.is_null(), "{method} {path}: {} is not described", answer.status);
    let codes = response["description"].as_str().unwrap();
    assert!(codes.contains(&answer.code()), "{method} {path}: {} is not described", answer.code());
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let matching = paths.iter().filter(|(template, _)| fits(template, path));
    // Names in braces fit all: what is written out goes first.
    let (_, item) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(method.as_str().to_lowercase())
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(wanted, is)| wanted.starts_with('{') || *wanted == is)
}
