use super::*;
use serde_json::json;

const TASK: &str = r#"job "a" {
  task "t" {
    run "exec" { path = "/bin/true" }
  }
}
"#;

fn bundle(json: serde_json::Value) -> Bundle {
    serde_json::from_value(json).unwrap()
}

fn loaded(json: serde_json::Value) -> Result<Loaded, BundleError> {
    load("shop", bundle(json), Policy::PUBLIC)
}

/// The error as one line: what, or code and place of each diagnostic.
fn refused(json: serde_json::Value) -> String {
    match loaded(json).unwrap_err() {
        BundleError::Invalid(found) => {
            let one = |found: &Diagnostic| {
                let place = found.location.as_ref();
                let place = place.map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
                format!("{} {} {}", found.code, place.unwrap_or_default(), found.message)
            };
            found.iter().map(one).collect::<Vec<_>>().join("\n")
        }
        error => error.to_string(),
    }
}

#[test]
fn a_pipeline_is_a_file_or_a_directory_of_the_bundle() {
    let other = TASK.replace("\"a\"", "\"b\"");
    let files = json!({
        "pipeline.hcl": {"text": TASK}, "ci/x.hcl": {"text": TASK}, "ci/y.hcl": {"text": other},
        "ci/.z.hcl": {"text": "broken"}, "ci/deep/z.hcl": {"text": "broken"},
    });
    for (config, jobs) in [
        ("pipeline.hcl", &["a"][..]),
        ("./pipeline.hcl", &["a"]),
        (".", &["a"]),
        ("ci", &["a", "b"]),
        ("ci/", &["a", "b"]),
        ("ci/y.hcl", &["b"]),
    ] {
        let loaded = loaded(json!({"files": files, "config": config})).unwrap();
        let names: Vec<_> = loaded.pipeline.jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, jobs, "{config}");
        assert_eq!(loaded.pipeline.name, "shop");
    }
    for config in ["none.hcl", "none", "", "/etc", "../ci", "ci/deep/.."] {
        let error = loaded(json!({"files": {"x/a": {"text": TASK}}, "config": config})).unwrap_err();
        assert!(matches!(error, BundleError::Bundle(_)), "{config}");
    }
}

#[test]
fn paths_that_leave_the_bundle_and_files_that_are_none_are_refused() {
    for path in ["/etc/passwd", "../a.hcl", "a/../b.hcl", "./a.hcl", "a//b.hcl", "", "a\\b.hcl"] {
        let error = loaded(json!({"files": {path: {"text": TASK}}, "config": path})).unwrap_err();
        assert!(matches!(error, BundleError::Bundle(_)), "{path}");
    }
    let said = refused(json!({"files": {"a.hcl": {"base64": "#"}}, "config": "a.hcl"}));
    assert!(said.starts_with("`a.hcl` is not base64"), "{said}");
    for wrong in [
        json!({"files": {"a": {"text": "", "base64": ""}}}),
        json!({"files": {"a": {}}}),
        json!({"filez": {}}),
    ] {
        assert!(serde_json::from_value::<Bundle>(wrong).is_err());
    }
}

#[test]
fn what_a_pipeline_reads_is_in_the_bundle() {
    let reading = TASK.replace("\"/bin/true\"", "trimspace(file(\"scripts/path\"))");
    let files = json!({"ci/a.hcl": {"text": reading}, "ci/scripts/path": {"base64": "L2Jpbi90cnVlCg=="}});
    assert!(loaded(json!({"files": files, "config": "ci"})).is_ok());
    let said = refused(
        json!({"files": {"ci/a.hcl": {"text": reading}, "scripts/path": {"text": ""}}, "config": "ci"}),
    );
    assert!(said.contains("ci/a.hcl:3:") && said.contains("scripts/path"), "{said}");
    let disk = TASK.replace("\"/bin/true\"", "file(\"Cargo.toml\")");
    assert!(refused(json!({"files": {"a.hcl": {"text": disk}}, "config": "a.hcl"})).contains("no such file"));
}

#[test]
fn variables_are_texts_as_flags_are_or_json() {
    let text = format!("variable \"n\" {{\n  type = list(number)\n}}\n{TASK}");
    let files = json!({"a.hcl": {"text": text}});
    for value in [json!([1, 2]), json!("[1, 2]")] {
        assert!(loaded(json!({"files": files, "config": "a.hcl", "vars": {"n": value}})).is_ok(), "{value}");
    }
    let said = refused(json!({"files": files, "config": "a.hcl"}));
    assert!(said.starts_with("missing-value a.hcl:1:"), "{said}");
    let BundleError::Invalid(found) = loaded(json!({"files": files, "config": "a.hcl"})).unwrap_err() else {
        panic!("{said}")
    };
    assert!(found[0].hint.as_ref().unwrap().contains("`secret` block"), "{found:?}");
    assert!(
        refused(json!({"files": files, "config": "a.hcl", "vars": {"n": {"a": 1}}})).starts_with("value ")
    );
}

#[test]
fn values_of_secrets_are_refused_and_not_quoted() {
    let secret = |more: &str| format!("variable \"token\" {{\n{more}\n}}\n{TASK}");
    let fetched = "secret \"env\" {\n path = \"TOKEN\"\n}";
    for (more, vars, expected) in [
        ("sensitive = true", json!({"token": "hunter2"}), Some((vec!["token"], vec![]))),
        (fetched, json!({"token": "hunter2"}), Some((vec!["token"], vec![]))),
        ("sensitive = true\ndefault = \"hunter2\"", json!({}), Some((vec![], vec!["token"]))),
        (fetched, json!({}), None),
    ] {
        let files = json!({"a.hcl": {"text": secret(more)}});
        let loaded = loaded(json!({"files": files, "config": "a.hcl", "vars": vars}));
        let names = |names: &[String]| names.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        match (loaded, expected) {
            (Ok(_), None) => {}
            (Err(error @ BundleError::Secrets { .. }), Some((given, defaults))) => {
                let said = error.to_string();
                let what = if given.is_empty() { "the `default` of" } else { "the value that was given for" };
                let expected = format!("the ledger never holds a secret, but would hold {what} `token`");
                assert_eq!(said, expected);
                let BundleError::Secrets { given: is_given, defaults: is_default } = error else {
                    unreachable!()
                };
                assert_eq!(
                    (names(&is_given), names(&is_default)),
                    (
                        given.into_iter().map(str::to_owned).collect(),
                        defaults.into_iter().map(str::to_owned).collect(),
                    )
                );
            }
            (loaded, _) => panic!("{more}: {loaded:?}"),
        }
    }
}

#[test]
fn addresses_in_our_own_network_and_files_of_the_machine_are_not_read() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let own = format!("http://{}/type.hcl", listener.local_addr().unwrap());
    for (source, why) in [
        (own.as_str(), "has no public address"),
        ("http://169.254.169.254/latest/meta-data", "has no public address"),
        ("file:///etc/passwd", "files of this machine are not read here"),
    ] {
        let text = format!("resource_type \"x\" {{\n  source = \"{source}\"\n}}\n{TASK}");
        let said = refused(json!({"files": {"a.hcl": {"text": text}}, "config": "a.hcl"}));
        assert!(said.contains(why) && said.contains("a.hcl:2:"), "{said}");
    }
    assert!(listener.accept().is_err(), "somebody was asked");
}

#[test]
fn all_errors_are_there_with_their_places() {
    let text = "job \"a\" {\n  tasc \"x\" {\n  }\n}\njob \"a\" {\n  timeout = \"soon\"\n}\n";
    let said = refused(json!({"files": {"a.hcl": {"text": text}}, "config": "a.hcl"}));
    assert!(said.contains("a.hcl:2:3") && said.contains("a.hcl:6:"), "{said}");
    assert_eq!(
        refused(json!({"files": {"a.hcl": {"base64": "/w=="}}, "config": "a.hcl"})).lines().count(),
        1
    );
}
