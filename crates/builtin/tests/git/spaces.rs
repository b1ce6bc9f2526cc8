//! Checks of branches and pull requests: each is a space.

use super::command::{Git, listening_path, texts};
use super::fake::Fake;
use super::repository::Repository;
use serde_json::json;

/// A repository with a commit on `main`, and branches `release/1`, `release/2` and `wip`.
fn with_branches() -> Repository {
    let repository = Repository::new();
    repository.commit("base");
    for branch in ["release/1", "release/2", "wip"] {
        repository.git(&["checkout", "-q", "-b", branch, "main"]);
        repository.commit(&format!("on {branch}"));
    }
    repository.git(&["checkout", "-q", "main"]);
    repository
}

fn release_branches(repository: &Repository) -> Git {
    Git::over_a_wire(repository).param("branches", r#"["main","release/*"]"#)
}

#[test]
fn each_branch_that_is_chosen_has_its_newest_commit() {
    let repository = with_branches();
    let git = release_branches(&repository);
    let found = git.check(None).versions();
    assert_eq!(texts(&found, "branch"), ["main", "release/1", "release/2"]);
    assert_eq!(texts(&found, "space"), ["branch/main", "branch/release/1", "branch/release/2"]);
    assert_eq!(found[1]["ref"], repository.git(&["rev-parse", "release/1"]));
    assert_eq!(found[1]["_message"], "on release/1");
    assert_eq!(found[1]["_author"], "A U Thor");
    assert!(found[1]["_time"].as_str().unwrap().starts_with("2026-01-02T03:04:05"));
    assert!(found[1].get("_branch").is_none() && found[1].get("untrusted").is_none());
    // What moved is found beside what did not, whichever version was stored last.
    repository.git(&["checkout", "-q", "release/1"]);
    repository.commit("more");
    let again = git.check_after(&found[2]).versions();
    let moved = again.iter().find(|version| version["branch"] == "release/1").unwrap();
    assert_eq!((&moved["_message"], again.len()), (&"more".into(), 3));
}

#[test]
fn two_branches_at_one_commit_are_two_versions() {
    let repository = with_branches();
    repository.git(&["branch", "release/3", "release/1"]);
    let found = release_branches(&repository).check(None).versions();
    let at = |branch: &str| found.iter().find(|version| version["branch"] == branch).unwrap()["ref"].clone();
    assert_eq!(at("release/3"), at("release/1"));
}

#[test]
fn with_a_cache_a_check_where_nothing_moved_is_one_git() {
    let repository = with_branches();
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let path = listening_path(directory.path(), &log);
    let git = release_branches(&repository).cached().variable("PATH", &path);
    let first = git.check(None).versions();
    std::fs::write(&log, "").unwrap();
    assert_eq!(git.check_after(&first[0]).versions(), first);
    let calls = std::fs::read_to_string(&log).unwrap();
    assert_eq!(calls.lines().count(), 1, "{calls}");
    assert!(calls.starts_with("ls-remote"), "{calls}");
    repository.commit("moved");
    let moved = git.check_after(&first[0]).versions();
    assert_eq!(moved.iter().find(|version| version["branch"] == "main").unwrap()["_message"], "moved");
}

#[test]
fn without_a_branch_that_matches_there_is_no_version_yet() {
    let repositories = [(with_branches(), "nope/*"), (Repository::new(), "main")];
    for (repository, pattern) in repositories {
        let git = Git::over_a_wire(&repository).param("branches", pattern);
        assert!(git.check(None).versions().is_empty());
    }
}

#[test]
fn of_a_branch_the_newest_commit_that_changes_a_path_counts() {
    let repository = Repository::new();
    repository.write("docs/a", "1");
    repository.commit("docs");
    repository.write("src/a", "1");
    let wanted = repository.commit("source");
    for number in 0..60 {
        repository.write("docs/a", &format!("again {number}"));
        repository.commit("docs again");
    }
    repository.git(&["checkout", "-q", "--orphan", "other"]);
    repository.git(&["rm", "-q", "-rf", "src"]);
    repository.commit("nothing of the source");
    for git in [Git::over_a_wire(&repository), Git::over_a_wire(&repository).cached()] {
        let git = git.param("branches", "**").param("paths", "/src/");
        for _ in 0..2 {
            let found = git.check(None).versions();
            assert_eq!(
                (texts(&found, "ref"), texts(&found, "branch")),
                (vec![wanted.clone()], vec!["main".to_owned()])
            );
        }
    }
}

/// Adds a pull request as a server shows it: its head, and what a merge would make, if it is open.
fn pull(repository: &Repository, place: &str, file: &str, is_open: bool) -> String {
    repository.git(&["checkout", "-q", "--detach", "main"]);
    repository.write(file, "new");
    let head = repository.commit(&format!("adds {file}"));
    repository.git(&["update-ref", &format!("refs/{place}/head"), &head]);
    if is_open {
        repository.git(&["update-ref", &format!("refs/{place}/merge"), &head]);
    }
    repository.git(&["checkout", "-q", "main"]);
    head
}

#[test]
fn open_pull_requests_are_found_on_any_server_and_trusted_on_none() {
    for kind in ["pull", "merge-requests"] {
        let repository = with_branches();
        let head = pull(&repository, &format!("{kind}/7"), "a", true);
        pull(&repository, &format!("{kind}/6"), "b", false);
        let git = Git::over_a_wire(&repository).param("pr", "true");
        let run = git.check(None);
        assert!(run.stderr.contains("count as untrusted"), "{}", run.stderr);
        let found = run.versions();
        assert_eq!(found.len(), 1, "the merged one is no version: {found:?}");
        assert_eq!((&found[0]["ref"], &found[0]["pr"]), (&head.into(), &"7".into()));
        assert_eq!((&found[0]["space"], &found[0]["untrusted"]), (&"pr/7".into(), &"true".into()));
        let work = git.pull_version(&found[0]).well().work;
        assert!(work.path().join(repository.name()).join("a").is_file());
    }
}

#[test]
fn where_no_merge_is_shown_all_pull_requests_may_be_open() {
    let repository = with_branches();
    for number in [1, 2] {
        pull(&repository, &format!("pull/{number}"), &format!("file{number}"), false);
    }
    let git = Git::over_a_wire(&repository).param("pr", "true").param("branches", "main");
    let mut spaces = texts(&git.check(None).versions(), "space");
    spaces.sort();
    assert_eq!(spaces, ["branch/main", "pr/1", "pr/2"]);
}

#[test]
fn a_pull_request_counts_if_it_changes_a_path_since_it_left_its_branch() {
    let repository = with_branches();
    repository.write("src/old", "1");
    repository.commit("source on main");
    pull(&repository, "pull/1", "src/new", true);
    pull(&repository, "pull/2", "docs/new", true);
    repository.write("src/main", "1");
    repository.commit("main goes on");
    for git in [Git::over_a_wire(&repository), Git::over_a_wire(&repository).cached()] {
        let found = git.param("pr", "true").param("paths", r#"["/src/"]"#).check(None).versions();
        assert_eq!(texts(&found, "pr"), ["1"]);
    }
}

/// A forge that has pull request 1 of its own and 2 of another repository open, and 3 closed.
fn forge(provider: &'static str) -> Fake {
    Fake::start(move |request| {
        let is_let_in = match provider {
            "gitea" => request.header("authorization") == "token hunter2",
            _ => request.header("authorization") == "Bearer hunter2",
        };
        if !is_let_in {
            return (401, json!({"message": "Bad credentials"}).to_string());
        }
        let pull = |number: u64, from: Option<u64>| match provider {
            "gitlab" => json!({
                "iid": number, "source_project_id": from, "target_project_id": 1, "target_branch": "main",
                "title": format!("Title {number}"), "web_url": format!("https://forge/{number}"),
            }),
            _ => json!({
                "number": number, "title": format!("Title {number}"), "html_url": format!("https://forge/{number}"),
                "head": {"repo": from.map(|id| json!({"id": id}))}, "base": {"ref": "main", "repo": {"id": 1}},
            }),
        };
        (200, json!([pull(1, Some(1)), pull(2, Some(2)), pull(4, None)]).to_string())
    })
}

#[test]
fn a_forge_tells_which_are_open_and_where_they_are_from() {
    for (provider, target) in [
        ("github", "/repos/org/app/pulls?state=open&per_page=50&page=1"),
        ("gitea", "/repos/org/app/pulls?state=open&limit=50&page=1"),
        ("gitlab", "/projects/org%2Fapp/merge_requests?state=opened&per_page=50&page=1"),
    ] {
        let served = super::served("org/app.git");
        let repository = Repository::new();
        repository.commit("base");
        for number in 1..=4 {
            pull(&repository, &format!("pull/{number}"), &format!("file{number}"), false);
        }
        repository.git(&["push", "-q", &served.url, "main", "refs/pull/*:refs/pull/*"]);
        let forge = forge(provider);
        let git =
            Git::at(&served.url).param("pr", "true").param("provider", provider).param("api_url", &forge.url);
        let found = git.clone().param("token", "hunter2").check(None).versions();
        assert_eq!(texts(&found, "pr"), ["1", "2", "4"], "{provider}");
        assert_eq!(texts(&found, "untrusted"), ["", "true", "true"], "{provider}");
        assert_eq!((&found[0]["_title"], &found[0]["_url"]), (&"Title 1".into(), &"https://forge/1".into()));
        assert_eq!(forge.requests()[0].target, target);
        let run = git.param("token", "hunter2-wrong").check(None);
        run.failed("answered 401: Bad credentials");
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
}

#[test]
fn a_pull_request_that_shares_no_history_counts_as_a_whole() {
    let repository = with_branches();
    repository.git(&["checkout", "-q", "--orphan", "other"]);
    repository.write("src/a", "1");
    let head = repository.commit("from nowhere");
    repository.git(&["update-ref", "refs/pull/1/head", &head]);
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["branch", "-q", "-D", "other"]);
    let found =
        Git::over_a_wire(&repository).param("pr", "true").param("paths", "/src/").check(None).versions();
    assert_eq!(texts(&found, "ref"), [head]);
}
