//! The world: a clock, a queue of what happens when, a wire, servers, workers and a client.

use crate::client::Client;
use crate::host::Host;
use crate::rules::Rules;
use crate::server::Machine;
use pikoci_engine::part::{CheckSpec, InputSpec, JobSpec, OutlineRow, PlanSpec, ResourceSpec, SetPipeline};
use pikoci_plan::id::{AttemptId, JobId, ResourceId};
use pikoci_protocol::message::{ToServer, ToWorker};
use pikoci_store::Store;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;

/// For how long there is trouble, in simulated milliseconds.
const TROUBLE_MS: u64 = 60_000;
/// How long all that waits may take afterwards, when all is well: far more than the longest queue needs.
const PEACE_MS: u64 = 20 * 60_000;

/// What is done to a world beyond chance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// A statement that plants a fault in the ledger.
    pub(crate) sabotage: Option<&'static str>,
    /// Workers leave the ask of a started attempt open.
    pub(crate) keep_used_asks: bool,
}

/// What happens.
#[derive(Debug)]
pub(crate) enum Happening {
    ToServer(usize, ToServer),
    ToHost(usize, ToWorker),
    /// A step of a server's turn: facts, commit, conclusion.
    Turn(usize, u64),
    /// A server's or host's own clock.
    ServerTick(usize),
    HostTick(usize),
    /// The next event of an attempt that runs.
    Produce(usize, u64, AttemptId),
    Client,
    KillServer(usize),
    KillHost(usize),
    StartHost(usize),
}

pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) rng: StdRng,
    pub(crate) store: Rc<Store>,
    pub(crate) trace: Vec<String>,
    pub(crate) rules: Rules,
    pub(crate) servers: Vec<Machine>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) client: Client,
    pub(crate) options: Options,
    pub(crate) jobs: BTreeMap<&'static str, JobId>,
    pub(crate) resource: ResourceId,
    /// How many versions the outside has.
    pub(crate) upstream: u64,
    /// How many versions of `git.out` puts have made.
    pub(crate) published: u64,
    /// How likely (of 100) a message is lost.
    loss: u32,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    sequence: u64,
}

impl World {
    pub(crate) fn new(seed: u64, options: Options) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let store = Rc::new(Store::memory().unwrap());
        let (jobs, resource) = set_pipeline(&store);
        if let Some(sql) = options.sabotage {
            store.sabotage(sql).unwrap();
        }
        let servers = rng.random_range(1..=2);
        let hosts = rng.random_range(1..=2);
        let loss = rng.random_range(0..15);
        let mut world = Self {
            now: 1_000_000,
            store,
            trace: Vec::new(),
            rules: Rules::default(),
            servers: Vec::new(),
            hosts: Vec::new(),
            client: Client::default(),
            options,
            jobs,
            resource,
            upstream: 1,
            published: 0,
            loss,
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            sequence: 0,
            rng,
        };
        for index in 0..servers {
            let machine = Machine::start(&mut world.rng);
            world.servers.push(machine);
            world.after(0, Happening::ServerTick(index));
        }
        for index in 0..hosts {
            world.hosts.push(Host::new(index));
            world.after(0, Happening::StartHost(index));
        }
        world.after(5, Happening::Client);
        world
    }

    /// Trouble, then peace, then all rules.
    pub(crate) fn run(&mut self) -> Result<(), String> {
        let troubled_until = self.now + TROUBLE_MS;
        self.plan_trouble();
        self.run_until(troubled_until)?;
        self.loss = 0;
        self.client.stopped = true;
        self.say("peace");
        // Long enough for every timer of the protocol; then as long as there is work.
        self.run_until(troubled_until + 30_000)?;
        while let Err(restless) = self.check_rest() {
            if self.now >= troubled_until + PEACE_MS {
                return Err(restless);
            }
            self.run_until(self.now + 1_003)?;
        }
        self.check_at_rest()
    }

    fn plan_trouble(&mut self) {
        for _ in 0..self.rng.random_range(0..4) {
            let (at, server) = (self.random(TROUBLE_MS), self.rng.random_range(0..self.servers.len()));
            self.after(at, Happening::KillServer(server));
        }
        for _ in 0..self.rng.random_range(0..4) {
            let (at, host) = (self.random(TROUBLE_MS), self.rng.random_range(0..self.hosts.len()));
            self.after(at, Happening::KillHost(host));
        }
    }

    fn run_until(&mut self, end: u64) -> Result<(), String> {
        while let Some(Reverse((at, sequence))) = self.queue.peek().copied() {
            if at > end {
                break;
            }
            self.queue.pop();
            self.now = at;
            if let Some(happening) = self.happenings.remove(&sequence) {
                self.happen(happening);
                self.check_always()?;
            }
        }
        self.now = end;
        Ok(())
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::ToServer(server, message) => self.server_receives(server, message),
            Happening::ToHost(host, message) => self.host_receives(host, message),
            Happening::Turn(server, life) => self.server_turns(server, life),
            Happening::ServerTick(server) => self.server_ticks(server),
            Happening::HostTick(host) => self.host_ticks(host),
            Happening::Produce(host, life, attempt) => self.host_produces(host, life, &attempt),
            Happening::Client => self.client_acts(),
            Happening::KillServer(server) => self.kill_server(server),
            Happening::KillHost(host) => self.kill_host(host),
            Happening::StartHost(host) => self.start_host(host),
        }
    }

    /// Lets something happen in so many milliseconds.
    pub(crate) fn after(&mut self, ms: u64, happening: Happening) {
        self.sequence += 1;
        self.queue.push(Reverse((self.now + ms, self.sequence)));
        self.happenings.insert(self.sequence, happening);
    }

    pub(crate) fn random(&mut self, below: u64) -> u64 {
        self.rng.random_range(0..below)
    }

    pub(crate) fn chance(&mut self, of_100: u32) -> bool {
        self.rng.random_range(0..100) < of_100
    }

    pub(crate) fn say(&mut self, what: impl AsRef<str>) {
        self.trace.push(format!("{:>8} {}", self.now - 1_000_000, what.as_ref()));
    }

    /// Puts a message on the wire: it may be lost, doubled, late.
    pub(crate) fn send(&mut self, what: impl Fn() -> Happening) {
        let copies = match self.chance(self.loss) {
            true => 0,
            false if self.loss > 0 && self.chance(10) => 2,
            false => 1,
        };
        match copies {
            0 => self.say(format!("lost on the wire: {}", brief(&what(), 60))),
            2 => self.say(format!("doubled on the wire: {}", brief(&what(), 60))),
            _ => {}
        }
        for _ in 0..copies {
            let late = self.loss > 0 && self.chance(3);
            let delay = if late { self.random(6_000) } else { self.random(4) };
            self.after(delay, what());
        }
    }
}

/// The beginning of something's debug form; what does not fit is not even made.
pub(crate) fn brief(of: &dyn std::fmt::Debug, length: usize) -> String {
    struct Brief(String, usize);
    impl std::fmt::Write for Brief {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let fits = self.1.saturating_sub(self.0.len());
            self.0.extend(text.chars().take(fits));
            if fits == 0 { Err(std::fmt::Error) } else { Ok(()) }
        }
    }
    let mut brief = Brief(String::new(), length);
    let _cut = std::fmt::Write::write_fmt(&mut brief, format_args!("{of:?}"));
    brief.0
}

/// Three jobs: `auto` is started by versions of a resource that is checked, `hand` only by hand, and puts, and `after`
/// by what it put.
fn set_pipeline(store: &Store) -> (BTreeMap<&'static str, JobId>, ResourceId) {
    let plan = |name: &str| {
        let line = OutlineRow { name: name.into(), kind: "task".into(), depth: 0 };
        PlanSpec { hash: name.into(), bytes: vec![], outline: vec![line] }
    };
    let job =
        |name: &'static str, inputs| JobSpec { id: name.into(), name: name.into(), plan: plan(name), inputs };
    let get =
        |of: &str| vec![InputSpec { name: "r".into(), resource: of.into(), trigger: true, passed: vec![] }];
    let check = CheckSpec { id: "check".into(), key: [7; 32], plan: plan("check"), interval_ms: 5_000 };
    let set = SetPipeline {
        id: "pipeline".into(),
        team: "main".into(),
        name: "p".into(),
        source: String::new(),
        jobs: vec![job("auto", get("git.r")), job("hand", vec![]), job("after", get(OUT))],
        resources: vec![
            ResourceSpec { id: "resource".into(), name: "git.r".into(), check: Some(check) },
            ResourceSpec { id: OUT.into(), name: OUT.into(), check: None },
        ],
        at_ms: 1_000_000,
    };
    store.commit(&[pikoci_engine::part::Part::SetPipeline(Box::new(set))]).unwrap();
    let jobs = ["auto", "hand", "after"].map(|job| (job, job.into()));
    (BTreeMap::from(jobs), "resource".into())
}

/// The resource without a check, whose versions only puts make.
pub(crate) const OUT: &str = "git.out";
