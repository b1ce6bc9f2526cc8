//! What the tests share: plans by hand, homes of their own, executions whose events are collected.

#![expect(dead_code, reason = "each test file uses a part of it")]

use pikoci_executor::{Cancel, Executed, Given, Home, Options, Settings, Slot, Work, execute};
use pikoci_lang::{Reference, Value};
use pikoci_plan::event::{Event, Stream};
use pikoci_plan::id::AttemptId;
use pikoci_plan::plan::{
    Action, BuildPlan, CheckPlan, Command, Get, Hooks, Late, Resource, Step, Task, Template,
};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::values::{BuildValues, CheckValues};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// For how long a test waits for something outside of it before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// `exec`: starts what it is given.
pub(crate) fn exec(path: &str, args: &[&str]) -> Command {
    Command {
        runner: "exec".to_owned(),
        run: template("$path", &["$args"]),
        stop: None,
        mounts: BTreeMap::new(),
        error_codes: Vec::new(),
        params: BTreeMap::from([
            ("path".to_owned(), path.into()),
            ("args".to_owned(), Late::Literal(Value::list(args.iter().map(Value::string).collect()))),
        ]),
    }
}

/// A script of `/bin/sh`.
pub(crate) fn sh(script: &str) -> Command {
    exec("/bin/sh", &["-ec", script])
}

pub(crate) fn template(path: &str, args: &[&str]) -> Template {
    Template { path: path.to_owned(), args: args.iter().map(|arg| (*arg).to_owned()).collect() }
}

pub(crate) fn task(name: &str, command: Command) -> Step {
    step(name, Action::Task(run_of(command)))
}

/// What a task, or a hook, runs.
pub(crate) fn run_of(command: Command) -> Task {
    Task { command, env: BTreeMap::new(), dir: None, inputs: Vec::new(), outputs: Vec::new() }
}

/// A step without anything around it.
pub(crate) fn step(name: &str, action: Action) -> Step {
    Step {
        id: 0,
        name: name.to_owned(),
        action,
        timeout_ms: 0,
        attempts: 1,
        backoff_ms: 0,
        allow_failure: false,
        hooks: Hooks::default(),
    }
}

pub(crate) fn get(name: &str, pull: Option<Command>) -> Step {
    step(name, Action::Get(Get { resource: resource(name), directory: name.to_owned(), pull }))
}

pub(crate) fn resource(name: &str) -> Resource {
    Resource {
        full_name: format!("git.{name}"),
        name: name.to_owned(),
        params: BTreeMap::from([("url".to_owned(), "http://example/app".into())]),
        cache: false,
    }
}

pub(crate) fn plan(steps: Vec<Step>) -> BuildPlan {
    numbered(BuildPlan { pipeline: "shop".to_owned(), job: "test".to_owned(), steps, ..BuildPlan::default() })
}

/// The plan with the numbers that its outline gives.
pub(crate) fn numbered(mut plan: BuildPlan) -> BuildPlan {
    plan.number();
    plan
}

pub(crate) fn build(steps: Vec<Step>) -> Work {
    Work::Build(Arc::new(plan(steps)), BuildValues::default(), Options::default())
}

pub(crate) fn check(command: Command) -> Work {
    let (pipeline, secrets) = ("shop".to_owned(), BTreeMap::new());
    let plan = CheckPlan { pipeline, resource: resource("app"), check: command, secrets, timeout_ms: 0 };
    Work::Check(plan, CheckValues::default(), Given::default())
}

/// A plan, with nothing else to know and nothing asked for.
pub(crate) fn work(plan: &BuildPlan) -> Work {
    Work::Build(Arc::new(plan.clone()), BuildValues::default(), Options::default())
}

/// The command of a hook.
pub(crate) fn hook(name: &str, command: Command) -> Step {
    step(name, Action::Hook(run_of(command)))
}

/// The step, whose task has these variables.
pub(crate) fn with_env<const N: usize>(mut step: Step, env: [(&str, Late); N]) -> Step {
    if let Action::Task(task) | Action::Hook(task) = &mut step.action {
        task.env.extend(env.map(|(name, value)| (name.to_owned(), value)));
    }
    step
}

/// A value that only the build knows.
pub(crate) fn late(reference: Reference) -> Late {
    Late::Build(reference)
}

/// `task.<step>.<key>`.
pub(crate) fn of_task(step: &str, key: &str) -> Late {
    late(Reference::Task { step: step.to_owned(), key: key.to_owned() })
}

/// `service.<name>.<key>`.
pub(crate) fn of_service(service: &str, key: &str) -> Late {
    late(Reference::Service { service: service.to_owned(), key: key.to_owned() })
}

/// A file to which processes of a test write lines.
pub(crate) struct Lines(PathBuf);

impl Lines {
    pub(crate) fn new(place: &Place) -> Self {
        Self(place.path("lines"))
    }

    /// A script that writes the words, in which variables count, as one line.
    pub(crate) fn say(&self, words: &str) -> String {
        format!("echo \"{words}\" >>'{}'", self.0.display())
    }

    pub(crate) fn read(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until the line is there.
    pub(crate) async fn until(&self, line: &str) {
        until(line, || self.read().iter().any(|read| read == line)).await;
    }
}

/// A home in a directory that goes with the test.
pub(crate) struct Place {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) home: Home,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let home = Home::open(&directory.path().join("home"), settings).expect("a home");
        Self { directory, home }
    }

    pub(crate) fn slot(&self) -> Slot {
        self.home.slot(0).expect("a slot")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// An id that no other attempt of this process has.
pub(crate) fn attempt() -> AttemptId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    AttemptId(format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// What came of an execution.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) events: Vec<Event>,
    pub(crate) executed: Executed,
}

impl Ran {
    /// The one result, which must be the last event.
    pub(crate) fn result(&self) -> (Outcome, Option<&str>) {
        let results = self.events.iter().filter(|event| matches!(event, Event::Result { .. })).count();
        assert_eq!(results, 1, "exactly one result: {:?}", self.events);
        match self.events.last() {
            Some(Event::Result { outcome, message, .. }) => (*outcome, message.as_deref()),
            other => panic!("the result is the last event, not {other:?}"),
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.result().0
    }

    /// How the steps ended, with what was said of it.
    pub(crate) fn steps(&self) -> Vec<(Status, Option<&str>)> {
        let ended = |event| match event {
            &Event::StepEnded { status, ref message, .. } => Some((status, message.as_deref())),
            _ => None,
        };
        self.events.iter().filter_map(ended).collect()
    }

    /// What was told of each step and service, in order: `a`, `a succeeded`, `b failed: exit code 2`.
    pub(crate) fn story(&self, plan: &BuildPlan) -> Vec<String> {
        let outline = plan.outline();
        let name = |step: u32| &outline[step as usize].name;
        let line = |event: &Event| match event {
            Event::StepStarted { step, .. } => Some(name(*step).clone()),
            Event::StepEnded { step, status, message, warning, .. } => {
                let warning = if *warning { " with a warning" } else { "" };
                let message = message.as_ref().map_or(String::new(), |message| format!(": {message}"));
                Some(format!("{} {status}{warning}{message}", name(*step)))
            }
            _ => None,
        };
        self.events.iter().filter_map(line).collect()
    }

    /// Whether the build succeeded only because a failure is allowed.
    pub(crate) fn is_warning(&self) -> bool {
        matches!(self.events.last(), Some(Event::Result { warning: true, .. }))
    }

    /// Whether it ended so only because the worker was told to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.events.last(), Some(Event::Result { stopped: true, .. }))
    }

    fn bytes(&self, wanted: u32, of: Stream) -> Vec<u8> {
        let mut bytes = Vec::new();
        for event in &self.events {
            if let Event::Log(frame) = event
                && (frame.step, frame.stream) == (wanted, of)
            {
                bytes.extend_from_slice(&frame.data);
            }
        }
        bytes
    }

    /// What the processes of a step wrote.
    pub(crate) fn output(&self, step: u32) -> Vec<u8> {
        self.bytes(step, Stream::Output)
    }

    /// The same as text.
    pub(crate) fn text(&self, step: u32) -> String {
        String::from_utf8_lossy(&self.output(step)).into_owned()
    }

    /// What was said about a step.
    pub(crate) fn notes(&self, step: u32) -> String {
        String::from_utf8_lossy(&self.bytes(step, Stream::Note)).into_owned()
    }

    /// Asserts that the frames of a step's log follow each other without gap.
    pub(crate) fn assert_log_is_gapless(&self, wanted: u32) {
        let mut offset = 0;
        for event in &self.events {
            if let Event::Log(frame) = event
                && frame.step == wanted
            {
                assert_eq!((frame.offset, frame.length as usize), (offset, frame.data.len()));
                offset += u64::from(frame.length);
            }
        }
    }
}

/// Executes to the end.
pub(crate) async fn run(slot: &mut Slot, work: Work) -> Ran {
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    run_with(slot, work, cancelled, |_| {}).await
}

/// Executes to the end, showing each event as it comes.
pub(crate) async fn run_with(
    slot: &mut Slot,
    work: Work,
    cancel: watch::Receiver<Cancel>,
    mut see: impl FnMut(&Event),
) -> Ran {
    let (sender, mut receiver) = mpsc::channel(16);
    let id = attempt();
    let collect = async {
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            see(&event);
            events.push(event);
        }
        events
    };
    let (executed, events) = tokio::join!(execute(slot, &id, work, sender, cancel), collect);
    slot.clear(&id).expect("cleared");
    Ran { events, executed }
}

/// Whether a process lives; one that only waits to be reaped does not.
pub(crate) fn is_alive(pid: i32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    !matches!(state, Some('Z' | 'X') | None)
}

/// Waits until it is so, and fails if it never is.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The same without blocking the runtime.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The pids that a script has written to the file, one a line; waits until there are so many.
pub(crate) async fn pids(file: &Path, count: usize) -> Vec<i32> {
    let read = || -> Vec<i32> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().filter_map(|line| line.trim().parse().ok()).collect()
    };
    until(&format!("{count} pids in {}", file.display()), || read().len() >= count).await;
    read()
}

/// Whether this is log with these bytes in it.
pub(crate) fn says(event: &Event, words: &[u8]) -> bool {
    matches!(event, Event::Log(frame) if frame.data.windows(words.len()).any(|bytes| bytes == words))
}

/// Whether the process lives in a cgroup of its slot. Where this machine lets us make none, it does not.
pub(crate) fn is_confined(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/cgroup")).is_ok_and(|cgroups| cgroups.contains("/pikoci-"))
}

/// The peak of this process's resident memory in bytes.
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("readable");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    let kilobytes: u64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    kilobytes * 1024
}
