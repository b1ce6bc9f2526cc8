//! The test bed: a folder, the programs, servers that are started and stopped.

use crate::clock;
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getuid};
use pikoci_testkit::api;
use pikoci_testkit::wait::{wait_at_most, wait_for};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long a server may take to end.
const STOP: Duration = Duration::from_secs(15);

/// How long a stamp may take.
const STAMP: Duration = Duration::from_secs(60);

/// Where a server keeps its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// In memory.
    Memory,
    /// In a SQLite file.
    Sqlite,
}

impl System {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Memory, Self::Sqlite];

    /// As `--db-system` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "mem",
            Self::Sqlite => "sqlite",
        }
    }
}

/// The folder and the programs.
#[derive(Debug)]
pub struct Bed {
    pikoci: PathBuf,
    task: PathBuf,
    folder: TempDir,
}

impl Bed {
    /// Makes a folder. The task's program is looked for beside our own.
    pub fn new(pikoci: &Path) -> Result<Self> {
        let pikoci = pikoci.canonicalize().with_context(|| format!("there is no {}", pikoci.display()))?;
        let task = std::env::current_exe()?.with_file_name("pikoci-bench-task");
        Ok(Self { pikoci, task, folder: tempfile::tempdir()? })
    }

    /// The binary that is measured.
    pub fn pikoci(&self) -> &Path {
        &self.pikoci
    }

    /// The program of the tasks.
    pub fn task(&self) -> &Path {
        &self.task
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where stamps are sent to.
    pub fn socket(&self) -> PathBuf {
        self.path().join("stamps.sock")
    }

    /// Takes stamps from now on. One at a time.
    pub fn stamps(&self) -> Result<Stamps> {
        let path = self.socket();
        if path.exists() {
            fs::remove_file(&path)?;
        }
        let socket =
            UnixDatagram::bind(&path).with_context(|| format!("cannot listen on {}", path.display()))?;
        socket.set_read_timeout(Some(STAMP))?;
        Ok(Stamps(socket))
    }

    /// Writes a pipeline with this text, where `TASK` and `SOCKET` stand for their paths.
    pub fn pipeline(&self, text: &str) -> Result<PathBuf> {
        let path = self.path().join("pipeline.hcl");
        let text = text
            .replace("TASK", &self.task.display().to_string())
            .replace("SOCKET", &self.socket().display().to_string());
        fs::write(&path, text)?;
        Ok(path)
    }

    /// Starts a server on an empty state, with a worker of two slots, and waits until it is ready.
    pub fn server(&self, system: System, pipeline: &Path) -> Result<Server> {
        self.start(State::new(self, system)?, &Start::of(pipeline))
    }

    /// Starts a server with a worker on a state, and waits until it is ready.
    pub fn start(&self, mut state: State, start: &Start<'_>) -> Result<Server> {
        let folder = state.folder.path();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = folder.join("server.log");
        let output = File::create(&log)?;
        let mut command = Command::new(&self.pikoci);
        command.current_dir(folder).args(["server", "--db-system", state.system.name(), "--run-worker"]);
        if state.system == System::Memory {
            command.args(["--pubsub-system", "mem"]);
        }
        command.args(["--slots", &start.slots.to_string(), "--port", &port.to_string()]);
        command.args(["--pipeline-name", start.name, "--pipeline-config"]).arg(start.pipeline);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let started = clock::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", self.pikoci.display()))?;
        let process = Process(child);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        wait_for("an answer of /healthz", || is_healthy(address).then_some(()))?;
        let ready_ms = clock::milliseconds(started, clock::now());
        // It shows the token once, at its first start.
        if state.token.is_empty() {
            state.token =
                wait_for("the token in the server's output", || token(&fs::read_to_string(&log).ok()?))?;
        }
        Ok(Server { process, address, ready_ms, state })
    }
}

/// What a server starts with, beside its state.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The file of the pipeline that it sets.
    pub pipeline: &'a Path,
    /// How that is called.
    pub name: &'a str,
    /// How many builds its worker runs at once.
    pub slots: usize,
}

impl<'a> Start<'a> {
    /// A pipeline named `bench`, and two slots.
    pub fn of(pipeline: &'a Path) -> Self {
        Self { pipeline, name: "bench", slots: 2 }
    }
}

/// What a server leaves when it ends: its folder, and how it is asked when it is started there again.
#[derive(Debug)]
pub struct State {
    system: System,
    folder: TempDir,
    token: String,
}

impl State {
    /// An empty one.
    pub fn new(bed: &Bed, system: System) -> Result<Self> {
        Ok(Self { system, folder: tempfile::tempdir_in(bed.path())?, token: String::new() })
    }

    /// The file of the ledger, on SQLite.
    pub fn ledger(&self) -> PathBuf {
        self.folder.path().join("pikoci.db")
    }
}

/// How a token begins, and how long the hexadecimal number after that is.
const TOKEN: (&str, usize) = ("pikoci_", 40);

/// The first thing that looks like a token.
fn token(output: &str) -> Option<String> {
    let (prefix, length) = TOKEN;
    output.match_indices(prefix).find_map(|(at, _)| {
        let digits = output.get(at + prefix.len()..at + prefix.len() + length)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| format!("{prefix}{digits}"))
    })
}

/// The times that tasks send.
#[derive(Debug)]
pub struct Stamps(UnixDatagram);

impl Stamps {
    /// The next one; an error if none comes in a minute.
    pub fn next(&self) -> Result<u64> {
        let mut bytes = [0; 8];
        self.0.recv(&mut bytes).context("no stamp came")?;
        Ok(u64::from_ne_bytes(bytes))
    }
}

/// A running server; it is stopped when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Process,
    address: SocketAddr,
    ready_ms: f64,
    state: State,
}

impl Server {
    /// How to ask it.
    pub fn api(&self) -> api::Server {
        api::Server { address: self.address, token: self.state.token.clone() }
    }

    /// Milliseconds from its start to its first answer.
    pub fn ready_ms(&self) -> f64 {
        self.ready_ms
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// The file of its ledger, on SQLite.
    pub fn ledger(&self) -> PathBuf {
        self.state.ledger()
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        match self.state.system {
            System::Memory => PathBuf::from(format!("/tmp/pikoci-{}/{}.sock", getuid(), self.address.port())),
            System::Sqlite => self.state.folder.path().join("pikoci.db.sock"),
        }
    }

    /// A size of its memory in MB (10⁶ bytes): `VmRSS` now, `VmHWM` at its peak.
    pub fn memory_mb(&self, field: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line =
            status.lines().find(|line| line.starts_with(field)).with_context(|| format!("no {field}"))?;
        let kib: f64 = line.split_whitespace().nth(1).context("no size")?.parse()?;
        Ok(kib * 1024.0 / 1e6)
    }

    /// What it printed.
    pub fn output(&self) -> String {
        fs::read_to_string(self.state.folder.path().join("server.log")).unwrap_or_default()
    }

    /// Ends it, and gives what it leaves.
    pub fn stop(mut self) -> Result<State> {
        self.process.stop()?;
        Ok(self.state)
    }
}

fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

/// A server's process; it is asked to end when this is dropped.
#[derive(Debug)]
struct Process(Child);

impl Process {
    fn stop(&mut self) -> Result<()> {
        if self.0.try_wait()?.is_some() {
            return Ok(());
        }
        kill(Pid::from_raw(i32::try_from(self.0.id())?), Signal::SIGINT)?;
        let ended = wait_at_most(STOP, "the end of the server", || self.0.try_wait().ok().flatten());
        if ended.is_err() {
            self.0.kill()?;
            self.0.wait()?;
            bail!("the server did not end by itself");
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            drop(writeln!(std::io::stderr(), "{error:#}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_in_what_a_server_prints() {
        let token_of_a_server = format!("pikoci_{}", "0123456789abcdef".repeat(3).split_at(40).0);
        let output = format!("pikoci_here is no token\nPIKOCI_TOKEN={token_of_a_server}\n");
        assert_eq!(token(&output), Some(token_of_a_server));
        assert_eq!(token("pikoci_0123"), None);
    }
}
