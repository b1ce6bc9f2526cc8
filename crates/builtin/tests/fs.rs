//! The built-in resource type `fs`: its commands, run as an executor would.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(name: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pikoci-builtin"));
    command.args(["builtin", "fs", name]).env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    command.output().unwrap()
}

fn digest(path: &Path) -> String {
    let output = run("check", &[("param_path", path.to_str().unwrap())]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let versions: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(versions.len(), 1);
    versions[0]["digest"].as_str().unwrap().to_owned()
}

fn failure(name: &str, variables: &[(&str, &str)]) -> String {
    let output = run(name, variables);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_version_changes_with_whatever_a_copy_would_have() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let in_root = |name: &str| root.join(name);
    fs::create_dir(in_root("d")).unwrap();
    fs::write(in_root("d/a"), "1").unwrap();
    let changes: [(&str, &dyn Fn()); 8] = [
        ("content", &|| fs::write(in_root("d/a"), "2").unwrap()),
        ("a new file", &|| fs::write(in_root("b"), "").unwrap()),
        ("a name", &|| fs::rename(in_root("b"), in_root("c")).unwrap()),
        ("a mode", &|| fs::set_permissions(in_root("c"), fs::Permissions::from_mode(0o755)).unwrap()),
        ("an empty directory", &|| fs::create_dir(in_root("e")).unwrap()),
        ("a link", &|| symlink("c", in_root("l")).unwrap()),
        ("another link", &|| {
            fs::remove_file(in_root("l")).unwrap();
            symlink("/nowhere", in_root("l")).unwrap();
        }),
        ("a file that moved", &|| fs::rename(in_root("d/a"), in_root("e/a")).unwrap()),
    ];
    let mut seen = vec![digest(root)];
    for (what, change) in changes {
        change();
        let now = digest(root);
        assert!(!seen.contains(&now), "{what}");
        assert_eq!(digest(root), now, "{what} happened once");
        seen.push(now);
    }
}

#[test]
fn a_pull_copies_what_the_version_is_of() {
    let (source, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir(source.path().join("d")).unwrap();
    fs::write(source.path().join("d/run"), "text").unwrap();
    fs::set_permissions(source.path().join("d/run"), fs::Permissions::from_mode(0o750)).unwrap();
    symlink("d/run", source.path().join("l")).unwrap();
    fs::set_permissions(source.path().join("d"), fs::Permissions::from_mode(0o555)).unwrap();
    let (path, into) = (source.path().to_str().unwrap(), work.path().to_str().unwrap());
    let version = digest(source.path());
    let variables =
        [("param_path", path), ("WORKDIR", into), ("RESOURCE_NAME", "conf"), ("version_digest", &version)];
    let output = run("pull", &variables);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(digest(&work.path().join("conf")), version);
    fs::write(source.path().join("new"), "").unwrap();
    assert!(failure("pull", &variables).contains("has changed since"));
    for path in ["conf/d", "d"] {
        let place = if path == "d" { source.path() } else { work.path() };
        fs::set_permissions(place.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_file_is_a_resource_too() {
    let (source, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = source.path().join("list.txt");
    fs::write(&file, "text").unwrap();
    let (path, into) = (file.to_str().unwrap(), work.path().to_str().unwrap());
    let variables = [
        ("param_path", path),
        ("param_name", "in/list.txt"),
        ("WORKDIR", into),
        ("version_digest", &digest(&file)),
    ];
    assert!(run("pull", &variables).status.success());
    assert_eq!(fs::read_to_string(work.path().join("in/list.txt")).unwrap(), "text");
}

#[test]
fn what_is_not_there_is_named() {
    assert!(failure("check", &[]).contains("the parameter `path` is missing"));
    assert!(failure("check", &[("param_path", "conf")]).contains("`conf` is a relative path"));
    assert!(failure("check", &[("param_path", "/no/such")]).contains("/no/such: No such file"));
    let outside = [("param_path", "/"), ("param_name", "../x"), ("WORKDIR", "/w")];
    assert!(failure("pull", &outside).contains("no directory below $WORKDIR"));
}
