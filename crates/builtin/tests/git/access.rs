//! Credentials: they reach the server, and nothing else.

use super::command::{Git, Run, listening_path};
use super::locked::Locked;
use super::repository::Repository;
use super::{files_below, served};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

const TOKEN: &str = "hunter2-token";
const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----";

/// That neither what a run said nor what it left behind has the secret in it.
fn is_clean(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    for directory in [run.work.path(), run.scratch.path()] {
        for (file, content) in files_below(directory) {
            assert!(!content.contains("hunter2"), "{}", file.display());
        }
    }
}

#[test]
fn a_token_opens_the_server_and_shows_nowhere() {
    let served = served("app.git");
    let repository = Repository::new();
    let head = repository.commit("one");
    repository.git(&["push", "-q", &served.url, "main"]);
    let locked = Locked::before(&served.server_url, "x-access-token", TOKEN);
    let url = format!("{}/app.git", locked.url);
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let path = listening_path(directory.path(), &log);
    let git = Git::at(&url).param("token", TOKEN).variable("PATH", &path);
    let check = git.check(None);
    assert_eq!(check.versions()[0]["ref"], head);
    is_clean(&check);
    let pull = git.pull(&head).well();
    is_clean(&pull);
    let config = std::fs::read_to_string(pull.work.path().join("app/.git/config")).unwrap();
    assert!(config.contains(&url) && !config.contains("credential"), "{config}");
    std::fs::write(pull.work.path().join("app/new"), "text").unwrap();
    super::repository::output(&pull.work.path().join("app"), &["add", "."]);
    super::repository::output(&pull.work.path().join("app"), &["commit", "-q", "-m", "new"]);
    let push = git.push(&pull.work, &[("branch", "main")]).well();
    is_clean(&push);
    let calls = std::fs::read_to_string(&log).unwrap();
    assert!(calls.lines().count() > 5 && !calls.contains("hunter2"), "{calls}");
}

#[test]
fn a_wrong_token_is_an_error_that_does_not_hang_and_does_not_show() {
    let served = served("app.git");
    let locked = Locked::before(&served.server_url, "me", TOKEN);
    let url = format!("{}/app.git", locked.url);
    for token in ["hunter2-wrong", ""] {
        let run = Git::at(&url).param("username", "me").param("token", token).check(None);
        run.failed("cannot read the repository");
        is_clean(&run);
    }
    assert!(Git::at(&url).param("username", "me").param("token", TOKEN).check(None).versions().is_empty());
}

#[test]
fn credentials_in_the_url_are_refused() {
    for command in ["check", "pull", "push"] {
        let git = Git::at("https://me:hunter2@host/app.git");
        let run = git.run(
            command,
            &serde_json::json!({"ref": "a".repeat(40)}),
            Arc::new(tempfile::tempdir().unwrap()),
        );
        run.failed("write url = \"https://host/app.git\"");
        is_clean(&run);
    }
}

/// An `ssh` that writes down how it was called and what the key file is, and then does the command here.
fn fake_ssh(directory: &Path) -> String {
    let log = directory.join("log");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >>'{0}'\nstat -c 'mode %a' \"$2\" >>'{0}'\ncat \"$2\" >>'{0}.key'\n\
         for last; do :; done\nexec sh -c \"$last\"\n",
        log.display()
    );
    std::fs::write(directory.join("ssh"), script).unwrap();
    std::fs::set_permissions(directory.join("ssh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", directory.display(), std::env::var("PATH").unwrap())
}

#[test]
fn a_key_lies_in_a_file_while_the_command_runs_and_no_longer() {
    let repository = Repository::new();
    let head = repository.commit("one");
    let directory = tempfile::tempdir().unwrap();
    let path = fake_ssh(directory.path());
    let url = format!("git@host.example:{}", repository.url());
    let git = Git::at(&url).param("private_key", KEY).variable("PATH", &path);
    let check = git.check(None);
    assert_eq!(check.versions()[0]["ref"], head);
    is_clean(&check);
    is_clean(&git.pull(&head).well());
    let log = std::fs::read_to_string(directory.path().join("log")).unwrap();
    assert!(!log.contains("hunter2"), "{log}");
    let known_hosts = format!("UserKnownHostsFile=\"{}/known_hosts\"", check.scratch.path().display());
    for part in
        ["mode 600", "IdentitiesOnly=yes", "BatchMode=yes", "accept-new", "git@host.example", &known_hosts]
    {
        assert!(log.contains(part), "{part}: {log}");
    }
    let key = std::fs::read_to_string(directory.path().join("log.key")).unwrap();
    assert!(key.starts_with(&format!("{KEY}\n")), "the line feed at its end is there: {key}");
}

#[test]
fn a_key_is_not_for_the_web() {
    Git::at("https://host/app").param("private_key", KEY).check(None).failed("a `private_key` is for SSH");
}
