//! Pulls.

use super::command::Git;
use super::repository::{self, Repository};

#[test]
fn a_pull_leaves_exactly_the_version() {
    let repository = Repository::new();
    repository.write("file", "old");
    let old = repository.commit("old");
    repository.write("file", "new");
    repository.commit("new");
    let run = Git::of(&repository).param("name", "app").pull(&old);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let clone = run.work.path().join("app");
    assert_eq!(std::fs::read_to_string(clone.join("file")).unwrap(), "old");
    assert_eq!(repository::output(&clone, &["rev-parse", "HEAD"]), old);
    assert_eq!(repository::output(&clone, &["status", "--porcelain"]), "");
    assert_eq!(repository::output(&clone, &["remote", "get-url", "origin"]), repository.url());
}

#[test]
fn a_clone_is_named_after_its_repository() {
    let repository = Repository::new();
    let head = repository.commit("one");
    let git = Git::at(&format!("{}/.git", repository.url()));
    assert!(git.pull(&head).work.path().join(repository.name()).join(".git").is_dir());
    let run = Git::of(&repository).param("name", ".").pull(&head);
    assert!(run.work.path().join(".git").is_dir(), "{}", run.stderr);
    let run = Git::of(&repository).param("name", "a/b").pull(&head);
    assert!(run.work.path().join("a/b/.git").is_dir(), "{}", run.stderr);
    for outside in ["..", "../x", "a/../../x"] {
        let run = Git::of(&repository).param("name", outside).pull(&head);
        assert_eq!(run.code, 1, "{outside}");
        assert!(run.stderr.contains("no directory below $WORKDIR"), "{}", run.stderr);
    }
}

#[test]
fn a_commit_that_no_branch_reaches_any_more_is_named() {
    let repository = Repository::new();
    let base = repository.commit("base");
    let gone = repository.commit("gone");
    repository.git(&["reset", "-q", "--hard", &base]);
    repository.forget();
    let run = Git::of(&repository).pull(&gone);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("is not in"), "{}", run.stderr);
}

#[test]
fn a_server_that_gives_only_the_heads_of_branches_still_serves_older_commits() {
    let repository = Repository::new();
    let old = repository.commit("old");
    repository.commit("new");
    let git = Git::over_a_wire(&repository).config("protocol.version", "0");
    let run = git.pull(&old);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(repository::output(&run.work.path().join(repository.name()), &["rev-parse", "HEAD"]), old);
}

#[test]
fn a_clone_has_as_much_history_as_is_asked_for() {
    let repository = Repository::new();
    repository.commits(["one", "two", "three"]);
    repository.git(&["tag", "v1"]);
    repository.commit("four");
    for git in [Git::over_a_wire(&repository), Git::over_a_wire(&repository).cached()] {
        for (depth, commits, tags) in [("", "1", ""), ("2", "2", ""), ("0", "4", "v1"), ("1", "1", "")] {
            let run = git.clone().param("name", "app").param("depth", depth).pull(&repository.head()).well();
            let clone = run.work.path().join("app");
            assert_eq!(
                repository::output(&clone, &["rev-list", "--count", "HEAD"]),
                commits,
                "depth {depth}"
            );
            assert_eq!(repository::output(&clone, &["tag"]), tags, "depth {depth}");
            repository::output(&clone, &["fetch", "-q", "origin"]);
        }
    }
    Git::of(&repository).param("depth", "all").pull(&repository.head()).failed("must be a number of commits");
}

#[test]
fn with_a_cache_what_was_pulled_once_is_not_fetched_again() {
    let repository = Repository::new();
    repository.write("file", "one");
    let one = repository.commit("one");
    let git = Git::over_a_wire(&repository).cached().param("name", "app");
    git.pull(&one).well();
    repository.write("file", "two");
    let two = repository.commit("two");
    for (id, text) in [(&two, "two"), (&one, "one")] {
        let run = git.pull(id).well();
        assert_eq!(std::fs::read_to_string(run.work.path().join("app/file")).unwrap(), text);
        assert_eq!(repository::output(&run.work.path().join("app"), &["status", "--porcelain"]), "");
    }
    drop(repository);
    let run = git.pull(&two).well();
    let clone = run.work.path().join("app");
    assert_eq!(repository::output(&clone, &["fsck", "--strict"]), "", "it needs nothing of the cache");
    assert!(!clone.join(".git/objects/info/alternates").exists());
}

#[test]
fn a_cache_that_is_broken_is_no_obstacle() {
    let repository = Repository::new();
    let id = repository.commit("one");
    let git = Git::over_a_wire(&repository).cached();
    git.pull(&id).well();
    git.check(None).versions();
    for file in super::files_below(git.cache()).iter().map(|(file, _)| file) {
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        std::fs::write(file, "nonsense").unwrap();
    }
    let head = repository.commit("two");
    for _ in 0..2 {
        let run = git.pull(&head).well();
        assert_eq!(
            repository::output(&run.work.path().join(repository.name()), &["rev-parse", "HEAD"]),
            head
        );
    }
    let checks: Vec<i32> = (0..2).map(|_| git.check(Some(&id)).code).collect();
    assert_eq!(checks[1], 0, "the check after the one that noticed begins anew");
}

#[test]
fn a_pull_that_is_tried_again_begins_anew() {
    let repository = Repository::new();
    repository.write("file", "text");
    let id = repository.commit("one");
    let git = Git::of(&repository).param("name", "app");
    let run = git.pull(&id).well();
    let clone = run.work.path().join("app");
    std::fs::write(clone.join(".git/index.lock"), "").unwrap();
    std::fs::write(clone.join("file"), "half").unwrap();
    git.run("pull", &serde_json::json!({"ref": id}), run.work.clone()).well();
    assert_eq!(std::fs::read_to_string(clone.join("file")).unwrap(), "text");
}

#[test]
fn submodules_come_along_if_they_are_asked_for() {
    let (inner, outer) = (super::served("inner.git"), Repository::new());
    let library = Repository::new();
    library.write("lib", "text");
    library.commit("library");
    library.git(&["push", "-q", &inner.url, "main"]);
    outer.git(&["submodule", "--quiet", "add", &inner.url, "vendor/inner"]);
    let id = outer.commit("with a submodule");
    for (asked, expected) in [("true", true), ("false", false), ("", false)] {
        let run = Git::over_a_wire(&outer).param("name", "app").param("submodules", asked).pull(&id).well();
        assert_eq!(run.work.path().join("app/vendor/inner/lib").exists(), expected, "{asked}");
    }
}

#[test]
fn a_repository_with_long_ids_is_no_different() {
    let repository = Repository::with(&["--object-format=sha256"]);
    repository.write("file", "text");
    let known = repository.commit("one");
    repository.commits(["two", "three"]);
    for git in Git::all(&repository) {
        let found = git.check(Some(&known)).versions();
        assert_eq!(super::command::messages(&found), ["two", "three"]);
        let run = git.pull(found[1]["ref"].as_str().unwrap()).well();
        assert!(run.work.path().join(repository.name()).join("file").exists());
    }
}
