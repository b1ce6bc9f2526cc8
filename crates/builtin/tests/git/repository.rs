//! A repository to watch.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A repository in a directory of its own, on the branch `main`.
pub(crate) struct Repository {
    dir: tempfile::TempDir,
}

impl Repository {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// One that is made with these options.
    pub(crate) fn with(options: &[&str]) -> Self {
        let repository = Self { dir: tempfile::tempdir().unwrap() };
        repository.git(&[&["init", "-q", "-b", "main"], options].concat());
        repository
    }

    pub(crate) fn url(&self) -> String {
        self.dir.path().to_str().unwrap().to_owned()
    }

    pub(crate) fn name(&self) -> String {
        self.dir.path().file_name().unwrap().to_str().unwrap().to_owned()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        output(self.dir.path(), args)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.git(&["add", name]);
    }

    /// Makes a commit of that message, byte for byte, and returns its id.
    pub(crate) fn commit(&self, message: &str) -> String {
        let args =
            ["commit", "-q", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "-F", "-"];
        self.feed(&args, message.as_bytes());
        self.head()
    }

    /// Puts a commit on top whose message git itself would not take, as other programs make them.
    pub(crate) fn raw_commit(&self, message: &[u8]) {
        let tree = self.git(&["rev-parse", "HEAD^{tree}"]);
        let who = "A U Thor <author@example.org> 1767323045 +0000";
        let head = format!("tree {tree}\nparent {}\nauthor {who}\ncommitter {who}\n\n", self.head());
        let bytes = [head.as_bytes(), message].concat();
        let id = self.feed(&["hash-object", "-t", "commit", "-w", "--stdin"], &bytes);
        self.git(&["reset", "-q", "--hard", &id]);
    }

    fn feed(&self, args: &[&str], input: &[u8]) -> String {
        let mut child =
            command(self.dir.path(), args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub(crate) fn commits<'a>(&self, messages: impl IntoIterator<Item = &'a str>) {
        for message in messages {
            self.commit(message);
        }
    }

    /// Puts so many commits on top at once, whose messages are their numbers from 0.
    pub(crate) fn history(&self, count: usize) {
        let commits = (0..count).map(|number| {
            let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
            let (who, length) = ("A U Thor <author@example.org> 1767323045 +0000", number.to_string().len());
            format!("commit refs/heads/main\ncommitter {who}\ndata {length}\n{number}\n{from}\n")
        });
        self.feed(&["fast-import", "--quiet"], commits.collect::<String>().as_bytes());
        self.git(&["reset", "-q", "--hard"]);
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Drops what no branch reaches.
    pub(crate) fn forget(&self) {
        self.git(&["reflog", "expire", "--expire=now", "--all"]);
        self.git(&["gc", "-q", "--prune=now"]);
    }
}

/// What a git command prints, without the line feed at its end.
pub(crate) fn output(dir: &Path, args: &[&str]) -> String {
    let output = command(dir, args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for (name, value) in
        [("NAME", "A U Thor"), ("EMAIL", "author@example.org"), ("DATE", "2026-01-02T03:04:05Z")]
    {
        command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    command
}
