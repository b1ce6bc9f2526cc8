//! Runs the `get` of a type.

use serde_json::Value;
use std::process::{Command, Stdio};

/// What a `get` did.
pub(crate) struct Got {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs it with these variables and no others.
pub(crate) fn get(name: &str, variables: &[(&str, &str)]) -> Got {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pikoci-builtin"));
    command.args(["builtin", name, "get"]).env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    Got {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Got {
    pub(crate) fn secret(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(self.stdout.lines().last().unwrap()).unwrap()
    }

    /// That it failed, said this, and nothing that is secret.
    pub(crate) fn failed(&self, part: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (1, ""), "{}", self.stderr);
        assert!(self.stderr.contains(part), "{part}: {}", self.stderr);
        assert!(!self.stderr.contains("hunter2"), "{}", self.stderr);
    }
}

#[test]
fn a_variable_of_the_worker_is_a_secret() {
    let got = get("env", &[("param_path", "DEPLOY_TOKEN"), ("DEPLOY_TOKEN", "hunter2")]);
    assert_eq!(got.secret(), serde_json::json!({"DEPLOY_TOKEN": "hunter2"}));
    get("env", &[("param_path", "DEPLOY_TOKEN")]).failed("--secret-env DEPLOY_TOKEN");
}

#[test]
fn a_file_is_a_secret() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.yaml");
    std::fs::write(&path, "user: app\npassword: hunter2\n").unwrap();
    let path = path.to_str().unwrap();
    let expected = serde_json::json!({"user": "app", "password": "hunter2"});
    assert_eq!(get("file", &[("param_path", path)]).secret(), expected);
    get("file", &[("param_path", path), ("param_format", "json")]).failed("is not read as Json");
    get("file", &[("param_path", "/no/such.json")]).failed("/no/such.json: No such file");
}

#[test]
fn what_is_no_command_is_named() {
    let got = get("nonsense", &[]);
    got.failed("there is no built-in command `nonsense get`");
    assert!(got.stderr.contains("vault get"), "{}", got.stderr);
}
