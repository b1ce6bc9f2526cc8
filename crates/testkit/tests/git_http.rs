//! The git server does what a forge does: clone, fetch, push, of small and of large commits.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

use pikoci_testkit::git_http::GitHttp;
use pikoci_testkit::repository::{Repository, bare};

struct Forge {
    server: GitHttp,
    _folder: tempfile::TempDir,
}

impl Forge {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        bare(folder.path().join("org/app.git")).unwrap();
        Self { server: GitHttp::start(folder.path()).unwrap(), _folder: folder }
    }

    fn app(&self) -> String {
        format!("{}/org/app.git", self.server.url())
    }
}

#[test]
fn what_is_pushed_can_be_cloned_and_fetched() {
    let forge = Forge::new();
    let work = Repository::new().unwrap();
    let first = work.commit("Makefile", "test:\n\ttrue\n").unwrap();
    work.push(&forge.app()).unwrap();

    let clone = Repository::new().unwrap();
    clone.git(&["clone", "--quiet", &forge.app(), "app"]).unwrap();
    assert_eq!(clone.git(&["-C", "app", "rev-parse", "HEAD"]).unwrap(), first);

    let second = work.commit("src/lib.c", "int main;\n").unwrap();
    work.push(&forge.app()).unwrap();
    clone.git(&["-C", "app", "fetch", "--quiet"]).unwrap();
    assert_eq!(clone.git(&["-C", "app", "rev-parse", "origin/main"]).unwrap(), second);
}

/// Over 1 MiB git sends a push in chunks, without a length.
#[test]
fn a_large_push_comes_in_chunks() {
    let forge = Forge::new();
    let work = Repository::new().unwrap();
    let mut noise = 1_u64;
    let text: String = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{noise:016x}")
    })
    .take(200_000)
    .collect();
    let commit = work.commit("large", &text).unwrap();
    work.push(&forge.app()).unwrap();
    assert!(work.git(&["ls-remote", &forge.app(), "main"]).unwrap().starts_with(&commit));
}

/// A fetch with many known commits sends its wants and haves compressed.
#[test]
fn a_fetch_may_send_a_compressed_body() {
    let forge = Forge::new();
    let work = Repository::new().unwrap();
    for number in 0..100 {
        work.git(&["commit", "--quiet", "--allow-empty", "--message", &number.to_string()]).unwrap();
    }
    work.push(&forge.app()).unwrap();
    let clone = Repository::new().unwrap();
    clone.git(&["clone", "--quiet", &forge.app(), "app"]).unwrap();
    for number in 0..100 {
        let mine = format!("mine {number}");
        clone.git(&["-C", "app", "commit", "--quiet", "--allow-empty", "--message", &mine]).unwrap();
    }
    let newest = work.commit("new", "new").unwrap();
    work.push(&forge.app()).unwrap();
    clone.git(&["-C", "app", "-c", "protocol.version=0", "fetch", "--quiet"]).unwrap();
    assert_eq!(clone.git(&["-C", "app", "rev-parse", "origin/main"]).unwrap(), newest);
}

#[test]
fn a_missing_repository_is_an_error_of_the_client() {
    let forge = Forge::new();
    let error = Repository::new()
        .unwrap()
        .git(&["ls-remote", &format!("{}/nobody/nothing.git", forge.server.url())])
        .unwrap_err();
    assert!(error.to_string().contains("not found"), "{error}");
}
