//! A worker that runs in a directory of its own, and its server.

use crate::server::{Known, PATIENCE, Server};
use pikoci_bus::in_process::Wire;
use pikoci_executor::{Home, Settings};
use pikoci_lang::{LoadInput, NoFiles, SourceFile, Variables, load};
use pikoci_plan::compile;
use pikoci_plan::plan::Plan;
use pikoci_plan::values::BuildValues;
use pikoci_protocol::codec;
use pikoci_protocol::message::{Go, ToWorker, Values};
use pikoci_testkit::apart::Apart;
use pikoci_worker::{Config, Stop, WorkerError, run};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

pub(crate) struct Bed {
    stop: watch::Sender<Stop>,
    /// Before its directory, to which nothing may write when that goes. None while it is killed.
    worker: Option<Apart<Result<(), WorkerError>>>,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) server: Server,
    wire: Wire,
}

impl Bed {
    /// With two slots for builds and one for checks.
    pub(crate) fn start() -> Self {
        Self::with(Config { slots: 2, checks: 1, ..Config::default() })
    }

    pub(crate) fn with(config: Config) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let wire = Wire::new();
        let server = Server::new(&wire);
        let (stop, worker) = work(&directory, &wire, config);
        Self { stop, worker: Some(worker), directory, server, wire }
    }

    /// Kills the worker, and starts it again.
    pub(crate) fn restart(&mut self) {
        self.worker = None;
        let (stop, worker) = work(&self.directory, &self.wire, Config { slots: 2, ..Config::default() });
        (self.stop, self.worker) = (stop, Some(worker));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn stop(&self, stop: Stop) {
        self.stop.send_replace(stop);
    }

    /// Waits until the worker has ended by itself.
    pub(crate) async fn ended(&mut self) {
        let worker = self.worker.as_mut().unwrap();
        timeout(PATIENCE, worker.done()).await.unwrap().unwrap().unwrap();
    }

    /// Gives the job of a pipeline to an open ask, for the attempt of that name.
    pub(crate) async fn give(&self, attempt: &str, job: &str) {
        let newest = |known: &Known| {
            let newest = known.newest()?;
            let ask = *newest.builds.first()?;
            Some((newest.worker.clone(), newest.session, ask))
        };
        let (worker, session, ask) = self.server.until("an ask", newest).await;
        self.server.send(&worker, &go(attempt, job, session, ask));
        // What is given next takes another.
        let is_closed = |known: &Known| (known.newest()?.builds.first() != Some(&ask)).then_some(());
        self.server.until("the ask is closed", is_closed).await;
    }

    /// Waits until there is a file of the name.
    pub(crate) async fn until_there_is(&self, name: &str) {
        let wait = async {
            while !self.path(name).exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, wait).await.unwrap();
    }

    /// A task that says `ready` and waits until there is a file of the name.
    pub(crate) fn waits_for(&self, name: &str) -> String {
        let path = self.path(name);
        task("t", &format!("echo ready; until [ -e '{}' ]; do sleep 0.01; done; echo done", path.display()))
    }

    /// A hook, or the command of a service type, that adds its word to the file `said`.
    pub(crate) fn says(&self, block: &str, word: &str) -> String {
        let said = self.path("said");
        format!(
            "{block} \"exec\" {{\n  path = \"/bin/sh\"\n  args = [\"-c\", \"echo {word} >>'{}'\"]\n}}\n",
            said.display()
        )
    }
}

pub(crate) fn task(name: &str, script: &str) -> String {
    format!(
        "task \"{name}\" {{\n  run \"exec\" {{\n    path = \"/bin/sh\"\n    args = [\"-ec\", \"{script}\"]\n  }}\n}}\n"
    )
}

pub(crate) fn go(attempt: &str, job: &str, session: u64, ask: u64) -> ToWorker {
    let plan = codec::encode(&plan(job)).unwrap();
    let values = Values::Build(BuildValues::default());
    let (attempt, plan_hash) = (attempt.into(), job.to_owned());
    ToWorker::Go(Box::new(Go { session, ask, attempt, plan_hash, plan, values }))
}

fn work(
    directory: &tempfile::TempDir,
    wire: &Wire,
    config: Config,
) -> (watch::Sender<Stop>, Apart<Result<(), WorkerError>>) {
    let settings = Settings { grace: Duration::from_millis(200), ..Settings::default() };
    let home = Home::open(&directory.path().join("worker"), settings).unwrap();
    let (stop, stopped) = watch::channel(Stop::No);
    let wire = wire.clone();
    (stop, Apart::start(move || run(home, config, wire, stopped)).unwrap())
}

/// The plan of the one job of a pipeline: its text, or only what stands in the job.
fn plan(text: &str) -> Plan {
    let text = if text.contains("job \"j\"") { text.to_owned() } else { format!("job \"j\" {{\n{text}}}\n") };
    let input = LoadInput {
        name: "test".into(),
        files: vec![SourceFile::new("pipeline.hcl".to_owned(), text.into_bytes())],
        variables: Variables::default(),
    };
    let loaded = load(&input, &NoFiles);
    let pipeline = loaded.pipeline.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    Plan::Build(compile::job(&pipeline, "j").unwrap())
}
