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
