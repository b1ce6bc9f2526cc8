//! Checks of tags.

use super::command::{Git, texts};
use super::repository::{self, Repository};

fn tagged() -> Repository {
    let repository = Repository::new();
    for (tag, message) in [("v1.0", "one"), ("v2.0", "two"), ("v1.1", "one and a bit")] {
        repository.commit_at(message, tag);
    }
    repository
}

trait Tags {
    fn commit_at(&self, message: &str, tag: &str);
}

impl Tags for Repository {
    fn commit_at(&self, message: &str, tag: &str) {
        self.commit(message);
        // Annotated and plain ones by turns.
        if tag.ends_with('0') {
            self.git(&["tag", "-a", "-m", "about", tag])
        } else {
            self.git(&["tag", tag])
        };
    }
}

#[test]
fn the_newest_of_each_major_then_what_was_tagged_since() {
    let repository = tagged();
    for git in [Git::over_a_wire(&repository), Git::over_a_wire(&repository).cached()] {
        let git = git.param("tag", "v*");
        let found = git.check(None).versions();
        assert_eq!(texts(&found, "tag"), ["v1.1", "v2.0"]);
        assert_eq!(texts(&found, "space"), ["tag/v1", "tag/v2"]);
        assert_eq!(texts(&found, "_message"), ["one and a bit", "two"]);
        let commit = repository.git(&["rev-parse", "v2.0^{commit}"]);
        assert_eq!(found[1]["ref"], commit);
    }
    repository.commit_at("three", "v3.0");
    repository.git(&["tag", "nightly"]);
    let git = Git::over_a_wire(&repository).param("tag", "true");
    let mut tags = texts(&git.check(None).versions(), "tag");
    tags.sort();
    assert_eq!(tags, ["nightly", "v1.1", "v2.0", "v3.0"]);
}

#[test]
fn a_pull_is_at_the_tag_and_has_it() {
    let repository = tagged();
    let git = Git::over_a_wire(&repository).param("tag", "v*").param("name", "app");
    for version in git.check(None).versions() {
        let run = git.pull_version(&version).well();
        let clone = run.work.path().join("app");
        assert_eq!(repository::output(&clone, &["describe", "--tags"]), version["tag"]);
        assert_eq!(repository::output(&clone, &["rev-parse", "HEAD"]), version["ref"]);
    }
}

#[test]
fn a_tag_that_was_moved_does_not_move_the_version() {
    let repository = tagged();
    let git = Git::over_a_wire(&repository).param("tag", "v*").param("name", "app");
    let version = git.check(None).versions()[0].clone();
    repository.commit("later");
    repository.git(&["tag", "-f", "v1.1"]);
    let run = git.pull_version(&version).well();
    let clone = run.work.path().join("app");
    assert_eq!(repository::output(&clone, &["rev-parse", "HEAD"]), version["ref"]);
}

#[test]
fn paths_are_not_for_tags() {
    let git = Git::at("https://host/app").param("tag", "v*").param("paths", "a");
    git.check(None).failed("not for tags");
}
