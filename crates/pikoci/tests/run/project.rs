//! A directory with a pipeline, in which the binary runs.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// For how long something outside is waited for before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Project {
    directory: tempfile::TempDir,
}

/// What a run of the binary did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn assert_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{self:#?}");
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

impl Project {
    /// A project with that `pipeline.hcl`, in which `$REPOSITORY` is the path of its repository.
    pub(crate) fn new(pipeline: &str) -> Self {
        let project = Self { directory: tempfile::tempdir().unwrap() };
        let repository = project.path("repository");
        let pipeline = pipeline.replace("$REPOSITORY", repository.to_str().unwrap());
        fs::write(project.path("pipeline.hcl"), pipeline).unwrap();
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes the repository, with these files in its one commit.
    pub(crate) fn repository(&self, files: &[(&str, &str)]) {
        fs::create_dir(self.path("repository")).unwrap();
        self.git(&["init", "-q", "-b", "main"]);
        self.commit(files);
    }

    /// Commits these files.
    pub(crate) fn commit(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            fs::write(self.path("repository").join(name), text).unwrap();
        }
        self.git(&["add", "."]);
        self.git(&["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "one"]);
    }

    /// Runs git in the repository.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").args(args).current_dir(self.path("repository")).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The command of `pikoci run`, not started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.pikoci(&["run"]);
        command.args(args);
        command.env("PASSED", "yes").env("HIDDEN", "yes").env_remove("PIKOCI_PIPELINE_CONFIG");
        command
    }

    /// The binary in the project's directory, not started.
    pub(crate) fn pikoci(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pikoci"));
        command.args(args).current_dir(self.directory.path()).stdin(Stdio::null());
        command
    }

    /// Runs `pikoci run` to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.command(args).output().unwrap().into()
    }

    /// Starts `pikoci run`.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        let mut child = self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let lines = Arc::new(Mutex::new(String::new()));
        let reader = std::thread::spawn({
            let lines = Arc::clone(&lines);
            move || read(stdout, &lines)
        });
        Running { child, lines, reader }
    }
}

/// Reads lines until the end.
fn read(stdout: ChildStdout, lines: &Mutex<String>) {
    for line in BufReader::new(stdout).lines() {
        let mut lines = lines.lock().unwrap();
        lines.push_str(&line.unwrap());
        lines.push('\n');
    }
}

/// A run that goes on.
pub(crate) struct Running {
    child: Child,
    lines: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Running {
    pub(crate) fn wait_for_line(&self, line: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.lines.lock().unwrap().lines().any(|found| found == line) {
            assert!(Instant::now() < deadline, "`{line}` does not come: {:?}", self.lines.lock().unwrap());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        // The shell's own: the program of that name is in no minimal system.
        let kill = ["-c", "kill \"-$0\" \"$1\"", name, &pid];
        assert!(Command::new("/bin/sh").args(kill).status().unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ran {
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = self.child.wait().unwrap().code();
        self.reader.join().unwrap();
        let stdout = self.lines.lock().unwrap().clone();
        Ran { code, stdout, stderr }
    }
}
