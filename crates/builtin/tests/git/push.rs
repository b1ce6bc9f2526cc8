//! Pushes.

use super::command::{Git, Run, texts};
use super::repository::{self, Repository};
use super::{Served, served};
use std::path::PathBuf;

/// A served repository with one commit on `main`, and a clone of it by the type.
struct Scene {
    served: Served,
    git: Git,
    pulled: Run,
}

impl Scene {
    fn new(git: impl Fn(Git) -> Git) -> Self {
        let served = served("app.git");
        let repository = Repository::new();
        repository.write("file", "one\n");
        repository.commit("one");
        repository.git(&["push", "-q", &served.url, "main"]);
        let git = git(Git::at(&served.url));
        let pulled = git.pull(&repository.head()).well();
        Self { served, git, pulled }
    }

    fn clone(&self) -> PathBuf {
        self.pulled.work.path().join("app")
    }

    /// Commits in the clone, as a step of a build would.
    fn commit(&self, file: &str, text: &str) -> String {
        commit(&self.clone(), file, text)
    }

    /// Somebody else pushes meanwhile.
    fn meanwhile(&self, file: &str, text: &str) -> String {
        let directory = tempfile::tempdir().unwrap();
        repository::output(directory.path(), &["clone", "-q", &self.served.url, "."]);
        let id = commit(directory.path(), file, text);
        repository::output(directory.path(), &["push", "-q", "origin", "HEAD:main"]);
        id
    }

    fn push(&self, put: &[(&str, &str)]) -> Run {
        self.git.push(&self.pulled.work, put)
    }

    fn at(&self, name: &str) -> String {
        repository::output(&self.served.path, &["rev-parse", name])
    }
}

fn commit(directory: &std::path::Path, file: &str, text: &str) -> String {
    std::fs::write(directory.join(file), text).unwrap();
    repository::output(directory, &["add", "."]);
    repository::output(directory, &["commit", "-q", "-m", &format!("Write {file}")]);
    repository::output(directory, &["rev-parse", "HEAD"])
}

#[test]
fn head_goes_to_the_branch_of_the_resource() {
    for branch in [None, Some("main")] {
        let scene = Scene::new(|git| branch.into_iter().fold(git, |git, branch| git.param("branch", branch)));
        let made = scene.commit("new", "text");
        let found = scene.push(&[]).versions();
        assert_eq!(found[0]["ref"], made);
        assert_eq!((&found[0]["_message"], &found[0]["_branch"]), (&"Write new".into(), &"main".into()));
        assert_eq!(scene.at("main"), made);
        assert!(scene.git.check(Some(&made)).versions().is_empty());
    }
}

#[test]
fn a_version_is_made_where_the_resource_watches() {
    let cases = [
        (("branches", r#"["main","next/*"]"#), ("branch", "next/1"), "branch/next/1"),
        (("branches", r#"["main","next/*"]"#), ("branch", "other"), ""),
        (("tag", "v*"), ("tag", "v1.0"), "tag/v1"),
        (("tag", "v*"), ("tag", "nightly"), ""),
        (("branch", "main"), ("tag", "v1.0"), ""),
        (("branch", "main"), ("branch", "other"), ""),
    ];
    for ((param, value), put, space) in cases {
        let scene = Scene::new(|git| git.param(param, value));
        let made = scene.commit("new", "text");
        let found = scene.push(&[put]).versions();
        let expected: Vec<&str> = [space].into_iter().filter(|space| !space.is_empty()).collect();
        assert_eq!(texts(&found, "space"), expected, "{param} {put:?}");
        assert_eq!(scene.at(put.1), made);
    }
}

#[test]
fn a_branch_and_a_tag_go_together_or_not_at_all() {
    let scene = Scene::new(|git| git);
    let made = scene.commit("new", "text");
    let found = scene.push(&[("branch", "main"), ("tag", "v1")]).versions();
    assert_eq!(
        (texts(&found, "ref"), scene.at("main"), scene.at("v1")),
        (vec![made.clone()], made.clone(), made)
    );
    scene.meanwhile("theirs", "text");
    scene.commit("newer", "text");
    scene.push(&[("branch", "main"), ("tag", "v2")]).failed("did not take the push");
    assert_eq!(repository::output(&scene.served.path, &["tag"]), "v1");
}

#[test]
fn who_is_late_is_refused_and_told_why() {
    let scene = Scene::new(|git| git);
    let theirs = scene.meanwhile("theirs", "text");
    scene.commit("ours", "text");
    let run = scene.push(&[]);
    run.failed("rebase = true");
    assert_eq!(scene.at("main"), theirs);
    let ours = repository::output(&scene.clone(), &["rev-parse", "HEAD"]);
    assert_eq!(scene.push(&[("force", "true")]).versions()[0]["ref"], ours);
    assert_eq!(scene.at("main"), ours);
}

#[test]
fn a_rebase_puts_our_commits_on_top() {
    let scene = Scene::new(|git| git);
    let theirs = scene.meanwhile("theirs", "text");
    scene.commit("ours", "text");
    scene.commit("ours too", "text");
    let found = scene.push(&[("rebase", "true")]).versions();
    assert_eq!(texts(&found, "ref"), [scene.at("main")]);
    assert_eq!(scene.at("main~2"), theirs);
    assert_eq!(found[0]["_message"], "Write ours too");
    assert_eq!(
        repository::output(&scene.served.path, &["ls-tree", "--name-only", "main"]),
        "file\nours\nours too\ntheirs"
    );
}

#[test]
fn a_rebase_that_conflicts_changes_nothing() {
    let scene = Scene::new(|git| git);
    let theirs = scene.meanwhile("file", "theirs\n");
    scene.commit("file", "ours\n");
    scene.push(&[("rebase", "true")]).failed("they conflict");
    assert_eq!(scene.at("main"), theirs);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let scene = Scene::new(|git| git);
    scene.push(&[("dir", "nowhere")]).failed("there is no repository with a commit in");
    scene.push(&[("dir", "../app")]).failed("no directory below $WORKDIR");
    scene.push(&[("force", "true"), ("rebase", "true")]).failed("two answers to one question");
    scene.push(&[("tag", "v1"), ("rebase", "true")]).failed("only a tag");
    scene.push(&[("branch", "a..b")]).failed("did not take the push");
    let several = Scene::new(|git| git.param("branches", "main"));
    several.push(&[]).failed("must say to which `branch`");
}

#[test]
fn settings_and_hooks_of_the_clone_do_not_see_the_credentials() {
    let scene = Scene::new(|git| git.param("token", "hunter2"));
    scene.commit("new", "text");
    let seen = scene.pulled.work.path().join("seen");
    let hook = scene.clone().join(".git/hooks/pre-push");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\nenv >>'{}'\n", seen.display())).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let spy = format!("!env >>'{}'; :", seen.display());
    repository::output(&scene.clone(), &["config", "credential.helper", &spy]);
    repository::output(&scene.clone(), &["config", "core.fsmonitor", &spy[1..]]);
    repository::output(&scene.clone(), &["config", "url.http://127.0.0.1:1/.insteadOf", &scene.served.url]);
    scene.push(&[]).well();
    assert!(!seen.exists(), "{}", std::fs::read_to_string(&seen).unwrap());
}
