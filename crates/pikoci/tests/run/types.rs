//! `pikoci type …` and `pikoci resource check FILE TYPE.NAME`.

use crate::project::{Project, Ran};
use std::fs;

const FEED: &str = r#"
    name        = "feed"
    description = "counts"

resource_type "feed" {
  param "first" {
    default = "1"
  }
  check "shell" {
    cmd = "[ \"$param_first\" -gt 0 ]; from=$(($${version_n:-$((param_first - 1))} + 1)); echo \"[{\\\"n\\\":\\\"$from\\\"},{\\\"n\\\":\\\"$((from + 1))\\\"}]\""
  }
  pull "shell" {
    cmd = "mkdir dir; echo $version_n >dir/n"
  }
}
"#;

fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new("");
    for (name, text) in files {
        fs::write(project.path(name), text).unwrap();
    }
    project
}

fn pikoci(project: &Project, args: &[&str]) -> Ran {
    project.pikoci(args).output().unwrap().into()
}

#[test]
fn a_resource_type_is_checked_and_pulled() {
    let project = project(&[("feed.hcl", FEED)]);
    let ran = pikoci(&project, &["type", "test", "feed.hcl", "feed", "--param", "first=5"]);
    ran.assert_code(0);
    assert_eq!(ran.stdout, "n=5\nn=6\n", "{}", ran.stderr);
    let ran = pikoci(&project, &["type", "test", "feed.hcl", "feed", "--version", "{\"n\": 7}"]);
    ran.assert_code(0);
    assert_eq!(ran.stdout, "dir/\ndir/n\n", "{}", ran.stderr);
    let ran = pikoci(&project, &["type", "test", "feed.hcl", "feed", "--param", "first=x"]);
    ran.assert_code(3);
    assert!(ran.stderr.contains("== check feed.type-test: errored"), "{}", ran.stderr);
}

#[test]
fn a_secret_type_tells_its_keys_and_never_a_value() {
    let text = r#"secret_type "store" {
  get "shell" {
    cmd = "echo asked >&2; echo \"{\\\"user\\\":\\\"ada\\\",\\\"at\\\":\\\"$param_path\\\"}\""
  }
}
"#;
    let project = project(&[("store.hcl", text)]);
    let ran = pikoci(&project, &["type", "test", "store.hcl", "store", "--param", "path=here"]);
    ran.assert_code(0);
    assert_eq!(ran.stdout, "user\nat\n");
    assert!(!ran.stderr.contains("ada"), "{}", ran.stderr);
    let failing = text.replace("echo asked >&2;", "echo no such place >&2; exit 4;");
    fs::write(project.path("store.hcl"), failing).unwrap();
    let ran = pikoci(&project, &["type", "test", "store.hcl", "store"]);
    ran.assert_code(1);
    assert!(ran.stderr.contains("exit code 4") && ran.stderr.contains("no such place"), "{}", ran.stderr);
}

#[test]
fn a_runner_and_a_service_run() {
    let runner = "runner_type \"say\" {\n  run {\n    path = \"/bin/echo\"\n    args = [\"said\", \"$word\"]\n  }\n}\n";
    let service = "service_type \"box\" {\n  start \"shell\" {\n    cmd = \"echo KEY=value >>$PIKOCI_OUTPUT\"\n  }\n  \
        stop \"shell\" {\n    cmd = \"true\"\n  }\n}\n";
    let both = format!("{runner}{service}");
    let project = project(&[("runner.hcl", runner), ("service.hcl", service), ("both.hcl", &both)]);
    for file in ["runner.hcl", "both.hcl"] {
        let ran = pikoci(&project, &["type", "test", file, "say", "--param", "word=it"]);
        ran.assert_code(0);
        assert!(ran.stdout.contains("\nsaid it\n"), "{}", ran.stdout);
    }
    let ran = pikoci(&project, &["type", "test", "service.hcl", "box"]);
    ran.assert_code(0);
    assert!(ran.stdout.contains("\nSERVICE_TYPE_TEST_KEY=value\n"), "{}", ran.stdout);
    let ran = pikoci(&project, &["type", "test", "both.hcl", "boxx"]);
    ran.assert_code(2);
    assert!(ran.stderr.contains("did you mean `box`?"), "{}", ran.stderr);
}

#[test]
fn a_resource_of_a_file_is_checked_here() {
    let pipeline = format!("{}\nresource \"feed\" \"news\" {{\n}}\n", FEED.split_once("\n\n").unwrap().1);
    let project = project(&[("p.hcl", &pipeline)]);
    let ran = pikoci(&project, &["resource", "check", "p.hcl", "feed.news"]);
    ran.assert_code(0);
    assert_eq!(ran.stdout, "feed.news n=1\nfeed.news n=2\n", "{}", ran.stderr);
    let ran =
        pikoci(&project, &["resource", "check", "p.hcl", "feed.news", "--from", "{\"n\": 4}", "-o", "json"]);
    ran.assert_code(0);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["new_versions"][1]["version"]["n"], "6");
    for (args, part) in [
        (&["p.hcl", "feed.new"][..], "did you mean `feed.news`?"),
        (&["p.hcl"], "to check on this machine: `pikoci resource check p.hcl TYPE.NAME`"),
        (&["p.hcl", "feed.news", "--no-wait"], "cannot be used with"),
        (&["p.hcl", "feed.news", "--url", "http://127.0.0.1:1"], "cannot be used with"),
        (&["feed.news", "--from", "{\"n\": 4}"], "TYPE.NAME"),
    ] {
        let ran = pikoci(&project, &[&["resource", "check"], args].concat());
        ran.assert_code(2);
        assert!(ran.stderr.contains(part), "{args:?}: {}", ran.stderr);
    }
}
