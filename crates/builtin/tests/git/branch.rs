//! Checks of one branch.

use super::command::{Git, messages};
use super::repository::{self, Repository};

#[test]
fn the_first_check_finds_only_the_newest_commit() {
    let repository = Repository::new();
    repository.commits(["one", "two", "three"]);
    for git in Git::all(&repository) {
        let found = git.check(None).versions();
        assert_eq!(messages(&found), ["three"]);
        assert_eq!(found[0]["ref"], repository.head());
        assert_eq!((&found[0]["_author"], &found[0]["_branch"]), (&"A U Thor".into(), &"main".into()));
        let time = found[0]["_time"].as_str().unwrap();
        assert!(time.starts_with("2026-01-02T03:04:05"), "{time}");
    }
}

#[test]
fn later_checks_find_what_came_since_oldest_first() {
    let repository = Repository::new();
    let known = repository.commit("one");
    repository.commits(["two", "three", "four"]);
    for git in Git::all(&repository) {
        assert_eq!(messages(&git.check(Some(&known)).versions()), ["two", "three", "four"]);
        assert!(git.check(Some(&repository.head())).versions().is_empty());
    }
}

#[test]
fn more_commits_than_one_shallow_fetch_brings_are_all_found() {
    let repository = Repository::new();
    let known = repository.commit("first");
    repository.history(120);
    let expected: Vec<String> = (0..120).map(|number: usize| number.to_string()).collect();
    for git in Git::all(&repository) {
        assert_eq!(messages(&git.check(Some(&known)).versions()), expected);
    }
}

#[test]
fn a_merge_is_one_version() {
    let repository = Repository::new();
    let known = repository.commit("base");
    repository.git(&["checkout", "-q", "-b", "side"]);
    repository.commits(["side one", "side two"]);
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["merge", "-q", "--no-ff", "-m", "merged", "side"]);
    for git in Git::all(&repository) {
        assert_eq!(messages(&git.check(Some(&known)).versions()), ["merged"]);
    }
}

#[test]
fn a_known_commit_that_became_a_second_parent_is_no_rewrite() {
    let repository = Repository::new();
    repository.commit("base");
    repository.git(&["checkout", "-q", "-b", "side"]);
    repository.commit("side");
    repository.git(&["checkout", "-q", "main"]);
    let known = repository.commit("known");
    repository.git(&["checkout", "-q", "side"]);
    repository.git(&["merge", "-q", "--no-ff", "-m", "merged", "main"]);
    repository.git(&["branch", "-q", "-f", "main", "side"]);
    for git in Git::all(&repository) {
        let found = git.param("branch", "main").check(Some(&known)).versions();
        assert_eq!(messages(&found), ["side", "merged"]);
    }
}

#[test]
fn after_a_force_push_only_the_new_head_counts() {
    let repository = Repository::new();
    let base = repository.commit("base");
    let known = repository.commit("thrown away");
    repository.git(&["reset", "-q", "--hard", &base]);
    repository.commits(["new one", "new two"]);
    let newest = repository.head();
    for git in Git::all(&repository) {
        assert_eq!(messages(&git.check(Some(&known)).versions()), ["new two"]);
    }
    // Also where nothing remembers the old commit any more,
    repository.forget();
    for git in Git::all(&repository) {
        assert_eq!(messages(&git.check(Some(&known)).versions()), ["new two"]);
    }
    // and back to an ancestor of what was known.
    repository.git(&["reset", "-q", "--hard", &base]);
    for git in Git::all(&repository) {
        assert_eq!(messages(&git.check(Some(&newest)).versions()), ["base"]);
    }
}

#[test]
fn a_shallow_repository_on_this_host_is_read_as_far_as_it_goes() {
    let origin = Repository::new();
    let known = origin.commit("one");
    origin.commits(["two", "three"]);
    let copies = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.url());
    repository::output(copies.path(), &["clone", "-q", "--bare", "--depth=2", &url, "copy"]);
    let git = Git::at(copies.path().join("copy").to_str().unwrap());
    assert_eq!(messages(&git.check(None).versions()), ["three"]);
    assert_eq!(messages(&git.check(Some(&known)).versions()), ["three"]);
}

#[test]
fn a_branch_is_followed_and_others_are_not() {
    let repository = Repository::new();
    repository.commit("on main");
    repository.git(&["checkout", "-q", "-b", "release/1.0"]);
    let known = repository.commit("on release");
    repository.git(&["checkout", "-q", "main"]);
    repository.commit("on main again");
    let git = Git::of(&repository).param("branch", "release/1.0");
    let found = git.check(None).versions();
    assert_eq!(
        (messages(&found), &found[0]["_branch"]),
        (vec!["on release".to_owned()], &"release/1.0".into())
    );
    assert!(git.check(Some(&known)).versions().is_empty());
}

#[test]
fn an_empty_repository_has_no_version_yet() {
    let run = Git::of(&Repository::new()).check(None);
    assert!(run.stderr.contains("has no commit yet"), "{}", run.stderr);
    assert!(run.versions().is_empty());
}

#[test]
fn what_is_not_there_is_named() {
    let repository = Repository::new();
    repository.commit("one");
    let run = Git::of(&repository).param("branch", "nope").check(None);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("there is no branch `nope`"), "{}", run.stderr);
    let run = Git::at("/no/such/repository").check(None);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("cannot read the repository `/no/such/repository`"), "{}", run.stderr);
    let run = Git::at(".").check(None);
    assert!(run.stderr.contains("is a relative path"), "{}", run.stderr);
}

#[test]
fn a_server_that_filters_is_asked_for_commits_alone() {
    let repository = Repository::new();
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    repository.write("file", "content");
    let known = repository.commit("one");
    repository.commits(["two", "three"]);
    let found = Git::over_a_wire(&repository).check(Some(&known)).versions();
    assert_eq!(found.len(), 2);
    assert_eq!(messages(&found), ["two", "three"]);
}

/// Commits that touch one path each, oldest first.
fn touching(paths: &[&str]) -> (Repository, Vec<String>) {
    let repository = Repository::new();
    let ids = paths.iter().enumerate().map(|(number, path)| {
        repository.write(path, &number.to_string());
        repository.commit(path)
    });
    let ids = ids.collect();
    (repository, ids)
}

#[test]
fn only_commits_that_change_a_path_count() {
    let paths = ["src/a", "docs/a", "src/b", "README.md", "src/doc/x", "odd \"name\"\n/src", "docs/b"];
    let (repository, ids) = touching(&paths);
    let cases: [(&str, &str, &[&str]); 5] = [
        (r#"["/src/"]"#, "", &["src/b", "src/doc/x"]),
        (r#"["/src/","!/src/doc/"]"#, "", &["src/b"]),
        ("", r#"["*.md","docs/"]"#, &["src/b", "src/doc/x", "odd \"name\" /src"]),
        (r#"["/src/"]"#, r#"["doc/"]"#, &["src/b"]),
        (r#"["nothing"]"#, "", &[]),
    ];
    for git in Git::all(&repository) {
        for (paths, ignored, expected) in cases {
            let git = git.clone().param("paths", paths).param("ignore_paths", ignored);
            assert_eq!(messages(&git.check(Some(&ids[0])).versions()), expected, "{paths} {ignored}");
            let newest = expected.last().into_iter().copied().collect::<Vec<_>>();
            if paths != r#"["nothing"]"# {
                assert_eq!(messages(&git.check(None).versions()), newest, "{paths} {ignored}");
            }
        }
        let git = git.param("paths", r#"["nothing"]"#);
        assert!(git.check(None).versions().is_empty());
    }
}

#[test]
fn the_newest_commit_that_counts_may_be_far_back() {
    let paths: Vec<&str> = ["src/a"].into_iter().chain((0..70).map(|_| "docs/a")).collect();
    let (repository, ids) = touching(&paths);
    for git in Git::all(&repository) {
        let found = git.param("paths", "/src/").check(None).versions();
        assert_eq!(found[0]["ref"], ids[0]);
    }
}

#[test]
fn of_a_merge_all_that_it_brings_counts() {
    let (repository, ids) = touching(&["docs/a"]);
    repository.git(&["checkout", "-q", "-b", "side"]);
    repository.write("src/a", "1");
    repository.commit("side");
    repository.git(&["checkout", "-q", "main"]);
    repository.write("docs/b", "1");
    repository.commit("docs");
    repository.git(&["merge", "-q", "--no-ff", "-m", "merged", "side"]);
    for git in Git::all(&repository) {
        let found = git.param("paths", "/src/").check(Some(&ids[0])).versions();
        assert_eq!(messages(&found), ["merged"]);
    }
}

#[test]
fn a_check_where_nothing_moved_is_one_git() {
    let repository = Repository::new();
    let head = repository.commit("one");
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let path = super::command::listening_path(directory.path(), &log);
    let git = Git::over_a_wire(&repository).variable("PATH", &path);
    assert!(git.check(Some(&head)).versions().is_empty());
    let calls = std::fs::read_to_string(&log).unwrap();
    assert_eq!(calls.lines().count(), 1, "{calls}");
}

#[test]
fn no_more_versions_are_answered_than_are_taken_at_a_time() {
    let repository = Repository::new();
    let known = repository.commit("known");
    repository.history(1_100);
    for git in Git::all(&repository) {
        let found = messages(&git.check(Some(&known)).versions());
        assert_eq!((found.len(), found[0].as_str(), found[999].as_str()), (1_000, "0", "999"));
    }
}
