//! Tables of expressions and their values as JSON. Those of `expressions/library.txt` were answered by
//! HashiCorp's own library (hcl/v2 with go-cty); those of `expressions/own.txt` are functions that it does not
//! have, and where this language differs.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "the helpers of a test may panic")]

use pikoci_lang::{LoadInput, SourceFile, load};
use std::collections::BTreeMap;

#[test]
fn values_are_those_of_the_library() {
    compare(include_str!("expressions/library.txt"));
}

#[test]
fn own_functions_and_differences() {
    compare(include_str!("expressions/own.txt"));
}

/// What `var` holds in the tables.
const VARIABLES: &str = r#"
  name = "app"
  n = 3
  list = ["a", "b", "c"]
  map = { x = 1, y = 2 }
  people = [{ name = "ann", age = 30 }, { name = "bob", age = 20 }]
  nothing = null
  yes = true
"#;

fn compare(table: &str) {
    let lines: Vec<&str> = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut wrong = Vec::new();
    for pair in lines.chunks(2) {
        let [expression, expected] = pair else { panic!("an expression without a value: {pair:?}") };
        let expected = expected.trim_start().strip_prefix("=> ").expect("a value begins with =>");
        let value = value(expression);
        let equal = match serde_json::from_str::<serde_json::Value>(expected) {
            Ok(expected) => {
                serde_json::from_str::<serde_json::Value>(&value).is_ok_and(|value| value == expected)
            }
            Err(_) => value == expected,
        };
        if !equal {
            wrong.push(format!("{expression}\n  is {value}\n  => {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len() / 2, wrong.join("\n"));
}

/// The value as JSON, or `error`.
fn value(expression: &str) -> String {
    // A text that is a JSON string stands for an expression of several lines.
    let unquoted = serde_json::from_str::<String>(expression).ok().filter(|text| text.contains('\n'));
    let expression = unquoted.as_deref().unwrap_or(expression);
    let text = format!(
        "locals {{\n  value = {expression}\n}}\njob \"x\" {{\n  description = jsonencode([local.value])\n}}\n"
    );
    let names = VARIABLES.trim().lines().filter_map(|line| line.trim().split_once(" = "));
    let variables: String =
        names.map(|(name, value)| format!("variable \"{name}\" {{\n  default = {value}\n}}\n")).collect();
    let files = vec![SourceFile::new("a.hcl", text), SourceFile::new("b.hcl", variables)];
    let beside: BTreeMap<String, Vec<u8>> = [
        ("a.txt".to_owned(), b"text\n".to_vec()),
        ("loop.tmpl".to_owned(), b"%{ for x in xs ~}\n<${x}>\n%{ endfor ~}\n".to_vec()),
        ("only.tmpl".to_owned(), b"${xs}".to_vec()),
    ]
    .into();
    let loaded = load(&LoadInput { name: "p".to_owned(), files, ..LoadInput::default() }, &beside);
    match loaded.pipeline {
        Some(pipeline) => {
            let list = pipeline.jobs[0].description.clone().unwrap();
            list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap().to_owned()
        }
        None => "error".to_owned(),
    }
}
