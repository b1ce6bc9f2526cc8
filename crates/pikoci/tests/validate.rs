//! `pikoci validate`, as its users see it.
#![cfg(test)]

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const GOOD: &str = r#"
variable "image" { default = "golang" }
job "test" {
  task "unit" {
    run "shell" { cmd = "true" }
  }
}
"#;

fn pikoci(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pikoci"));
    command.args(args).current_dir(dir).env_clear();
    command
}

fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    told(pikoci(dir, args).output().unwrap())
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

#[test]
fn the_file_is_found() {
    let dir = tree(&[("pipeline.hcl", GOOD), ("dir/.pikoci/a.hcl", GOOD)]);
    let expected = (0, "pipeline.hcl: valid, 1 job, 0 resources\n".to_owned(), String::new());
    assert_eq!(run(dir.path(), &["pipeline", "validate"]), expected);
    assert_eq!(run(dir.path(), &["validate", "pipeline.hcl"]), expected);
    assert_eq!(run(&dir.path().join("dir"), &["validate"]).1, ".pikoci: valid, 1 job, 0 resources\n");
    let (code, _, err) = run(&dir.path().join("dir/.pikoci"), &["validate"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("error: there is no pipeline.hcl and no .pikoci/ here\nhint: "), "{err}");
}

#[test]
fn mistakes_of_all_files_are_told_with_their_place() {
    let wrong = GOOD.replace("task \"unit\"", "taskk \"unit\"");
    let dir = tree(&[("good.hcl", GOOD), ("wrong.hcl", &wrong)]);
    let (code, out, err) = run(dir.path(), &["validate", "good.hcl", "wrong.hcl"]);
    assert_eq!((code, out.as_str()), (2, "good.hcl: valid, 1 job, 0 resources\n"));
    assert!(err.contains("wrong.hcl:4:3") && err.contains("did you mean `task`?"), "{err}");

    let (code, out, err) = run(dir.path(), &["validate", "good.hcl", "wrong.hcl", "--output", "json"]);
    let said: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, err.as_str()), (2, ""));
    let all = said.as_array().unwrap();
    let first = &all[0];
    assert_eq!(
        (&first["file"], &first["line"], &first["column"]),
        (&"wrong.hcl".into(), &4.into(), &3.into())
    );
    assert_eq!((&first["severity"], &first["source"]), (&"error".into(), &"  taskk \"unit\" {".into()));
    assert!(first["code"].is_string() && first["message"].as_str().unwrap().contains("taskk"), "{first}");
    assert!(first["hint"].as_str().unwrap().contains("did you mean `task`?"), "{first}");
    assert!(all.iter().all(|one| one["file"] == "wrong.hcl"), "nothing is wrong with the other: {out}");
}

#[test]
fn values_come_from_flags_files_and_the_environment() {
    let dir = tree(&[
        ("pipeline.hcl", "variable \"n\" {\n type = number\n}\n"),
        ("n.json", "{\"n\": 1}"),
        ("n.hcl", "n = \"x\"\n"),
    ]);
    let code = |args: &[&str]| run(dir.path(), &[&["validate"], args].concat()).0;
    assert_eq!(code(&[]), 2, "it has no value");
    assert_eq!(code(&["--var", "n=1"]), 0);
    assert_eq!(code(&["--var", "n=x"]), 2, "it is no number");
    assert_eq!(code(&["--vars", "n.json"]), 0);
    assert_eq!(code(&["--vars", "n.json", "--vars", "n.hcl"]), 2, "the later file counts");
    assert_eq!(code(&["--vars", "n.hcl", "--var", "n=1"]), 0, "the flag counts");
    assert_eq!(code(&["--vars", "none.json"]), 2);
    assert_eq!(code(&["--var", "n"]), 2);
    let with = |value: &str| {
        pikoci(dir.path(), &["validate"]).env("PIKOCI_VAR_n", value).output().unwrap().status.code()
    };
    assert_eq!((with("1"), with("x")), (Some(0), Some(2)));
}

#[test]
fn values_come_from_standard_input() {
    let dir = tree(&[("pipeline.hcl", "variable \"n\" {\n type = number\n}\n")]);
    let mut child = pikoci(dir.path(), &["validate", "--vars", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"{\"n\": 3}").unwrap();
    let (code, _, err) = told(child.wait_with_output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""));
}

#[test]
fn strict_takes_warnings_for_errors() {
    let job = "job \"test\" {\n get \"git\" \"app\" {}\n task \"unit\" {\n run \"shell\" { cmd = \"true\" }\n }\n}\n";
    let warned =
        format!("resource \"git\" \"app\" {{\n params {{\n url = \"x\"\n nme = \"y\"\n }}\n}}\n{job}");
    let dir = tree(&[("pipeline.hcl", &warned)]);
    let (code, out, err) = run(dir.path(), &["validate"]);
    assert_eq!((code, out.is_empty()), (0, false));
    assert!(err.contains("warning: "), "{err}");
    let (code, out, _) = run(dir.path(), &["validate", "--strict"]);
    assert_eq!((code, out.as_str()), (2, ""));
}
