//! Pipelines and what they are compiled to: `compile/NAME.hcl` and `compile/NAME.json`.
//!
//! `UPDATE_EXPECTED=1 cargo test -p pikoci-plan --test compile` writes the `.json` anew, to be read.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use pikoci_lang::{LoadInput, NoFiles, Pipeline, SourceFile, load, render_all};
use pikoci_plan::compile;
use serde_json::{Value, json};
use std::path::Path;

fn pipeline(text: &str) -> Pipeline {
    let input = LoadInput {
        name: "shop".to_owned(),
        files: vec![SourceFile::new("pipeline.hcl", text)],
        ..LoadInput::default()
    };
    let loaded = load(&input, &NoFiles);
    loaded.pipeline.unwrap_or_else(|| panic!("{}", render_all(&loaded.diagnostics, false)))
}

/// All plans of a pipeline. The scripts of built-in types are left out: they have tests of their own.
fn plans(text: &str) -> Value {
    let pipeline = pipeline(text);
    let jobs = pipeline.jobs.iter().map(|job| json!(compile::job(&pipeline, &job.name.value).unwrap()));
    let checks = pipeline.resources.iter().map(|resource| {
        let plan = compile::check(&pipeline, resource);
        json!({ "resource": resource.full_name(), "every_ms": resource.check_interval.as_ref().and_then(|schedule| schedule.every_ms()), "plan": plan })
    });
    let mut plans = json!({ "jobs": jobs.collect::<Vec<_>>(), "checks": checks.collect::<Vec<_>>() });
    shorten(&mut plans);
    plans
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > 100 => *text = "(a long script)".to_owned(),
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(items) => items.values_mut().for_each(shorten),
        _ => {}
    }
}

#[test]
fn each_pipeline_is_compiled_as_expected() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "hcl") {
            continue;
        }
        let plans =
            serde_json::to_string_pretty(&plans(&std::fs::read_to_string(&path).unwrap())).unwrap() + "\n";
        let expected = path.with_extension("json");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&expected, &plans).unwrap();
        }
        assert_eq!(plans, std::fs::read_to_string(&expected).unwrap_or_default(), "{}", path.display());
        count += 1;
    }
    assert!(count >= 3);
}

#[test]
fn a_build_that_holds_something_or_would_be_run_again_is_careful() {
    let table = [
        ("", false),
        ("concurrency = 0", false),
        ("concurrency = 1", true),
        ("max_in_flight = 2", true),
        ("serial_groups = [\"deploy\"]", true),
        ("on_worker_loss = \"retry\"", true),
        ("on_worker_loss = \"error\"", false),
        ("interruptible = true", false),
    ];
    for (line, careful) in table {
        let pipeline = pipeline(&format!("job \"a\" {{\n  {line}\n}}\n"));
        assert_eq!(compile::job(&pipeline, "a").unwrap().careful, careful, "{line}");
    }
}

#[test]
fn a_job_that_is_not_there_is_named_with_those_that_are() {
    let pipeline = pipeline("job \"a\" {\n}\njob \"b\" {\n}\n");
    let error = compile::job(&pipeline, "c").expect_err("there is no such job");
    assert_eq!(error.to_string(), "there is no job `c`; there is a, b");
}

#[test]
fn a_pipeline_is_compiled_to_the_same_plan_every_time() {
    let text = include_str!("compile/runners.hcl");
    assert_eq!(plans(text), plans(text));
}
