//! The world: a clock, a queue of what happens when, servers, workers, a wire, a ledger and clients.

use crate::client::Client;
use crate::dice::Dice;
use crate::host::Host;
use crate::ledger;
use crate::model::{Job, Pipeline};
use crate::outside::Outside;
use crate::rules::Rules;
use crate::script::{Act, Script};
use crate::server::Machine;
use crate::trace::Trace;
use crate::wire::Wire;
use crate::{Broken, Options};
use pikoci_plan::id::AttemptId;
use pikoci_protocol::message::{ToServer, ToWorker};
use pikoci_store::Store;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;

/// How long all that waits may take when all is well: far more than the longest queue needs.
const PEACE_MS: u64 = 12 * 60_000;

/// What happens.
#[derive(Debug)]
pub(crate) enum Happening {
    Act(usize),
    ToServer(usize, ToServer),
    ToHost(usize, ToWorker),
    /// A step of a server's turn: facts, commit, conclusion.
    Turn(usize, u64),
    /// A server's or host's own clock.
    ServerWake(usize, u64),
    HostWake(usize, u64),
    StartServer(usize),
    StartHost(usize),
    Thaw(usize, u64),
    /// The next event of an attempt that runs.
    Produce(usize, u64, AttemptId),
    /// A drain has lasted for as long as it may.
    Deadline(usize, u64),
    /// A client asks again what was not answered.
    AskAgain(u64),
}

pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) script: Script,
    pub(crate) options: Options,
    pub(crate) store: Rc<Store>,
    pub(crate) trace: Trace,
    pub(crate) dice: Dice,
    pub(crate) rules: Rules,
    pub(crate) servers: Vec<Machine>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) client: Client,
    pub(crate) outside: Outside,
    pub(crate) wire: Wire,
    /// Until when the database does not answer, and whether the next commit's answer is lost.
    pub(crate) no_ledger_until: u64,
    pub(crate) lost_commit: bool,
    /// The revision of each pipeline that was set last, by name.
    pub(crate) pipelines: BTreeMap<String, Pipeline>,
    /// Every job that there ever was, by the hash of its plan, with its pipeline's name.
    pub(crate) plans: BTreeMap<String, Rc<(String, Job)>>,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    sequence: u64,
}

impl World {
    pub(crate) fn new(script: &Script, options: &Options) -> Self {
        let store = ledger::fresh(options);
        let mut dice = Dice::named(script.seed, "world");
        let mut world = Self {
            now: 0,
            options: options.clone(),
            store,
            trace: Trace::new(options.trace),
            rules: Rules::default(),
            servers: (0..script.servers).map(|_| Machine::new(&mut dice)).collect(),
            hosts: script.hosts.iter().enumerate().map(|(index, spec)| Host::new(index, spec)).collect(),
            client: Client::default(),
            outside: Outside::default(),
            wire: Wire::default(),
            no_ledger_until: 0,
            lost_commit: false,
            pipelines: BTreeMap::new(),
            plans: BTreeMap::new(),
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            sequence: 0,
            dice,
            script: script.clone(),
        };
        (0..script.servers).for_each(|server| world.after(0, Happening::StartServer(server)));
        (0..script.hosts.len()).for_each(|host| world.after(0, Happening::StartHost(host)));
        for (at, (due, _)) in script.acts.iter().enumerate() {
            world.after(*due, Happening::Act(at));
        }
        world
    }

    /// Trouble, then peace, then all rules.
    pub(crate) fn run(&mut self) -> Result<(), Broken> {
        let troubled_until = self.script.acts.last().map_or(0, |(at, _)| at + 1);
        self.run_until(troubled_until)?;
        self.make_peace();
        // Until all that clients asked for before has arrived.
        self.run_until(self.now + 10_000)?;
        self.calm();
        self.run_to_rest()?;
        self.check_at_rest()?;
        self.check_why()?;
        self.check_fresh_look()
    }

    /// Until nothing is left to be done, as long as that may take.
    pub(crate) fn run_to_rest(&mut self) -> Result<(), Broken> {
        let last = self.now + PEACE_MS;
        loop {
            self.run_until(self.now + 1_003)?;
            match self.check_rest() {
                Ok(()) => return Ok(()),
                Err(restless) if self.now >= last => return Err(restless),
                Err(_) => {}
            }
        }
    }

    pub(crate) fn run_until(&mut self, end: u64) -> Result<(), Broken> {
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

    pub(crate) fn happen(&mut self, happening: Happening) {
        let Some(happening) = self.keep_if_frozen(happening) else { return };
        match happening {
            Happening::Act(at) => self.act(at),
            Happening::ToServer(server, message) => self.server_receives(server, message),
            Happening::ToHost(host, message) => self.host_receives(host, message),
            Happening::Turn(server, life) => self.server_turns(server, life),
            Happening::ServerWake(server, life) => self.server_wakes(server, life),
            Happening::HostWake(host, life) => self.host_wakes(host, life),
            Happening::StartServer(server) => self.start_server(server),
            Happening::StartHost(host) => self.start_host(host),
            Happening::Thaw(host, life) => self.thaw(host, life),
            Happening::Produce(host, life, attempt) => self.host_produces(host, life, &attempt),
            Happening::Deadline(host, life) => self.drain_deadline(host, life),
            Happening::AskAgain(token) => self.ask_again(token),
        }
    }

    /// Lets something happen in so many milliseconds.
    pub(crate) fn after(&mut self, ms: u64, happening: Happening) {
        self.sequence += 1;
        self.queue.push(Reverse((self.now + ms, self.sequence)));
        self.happenings.insert(self.sequence, happening);
    }

    pub(crate) fn say(&mut self, what: impl AsRef<str>) {
        self.trace.add(self.now, what.as_ref());
    }

    fn act(&mut self, at: usize) {
        let act = self.script.acts[at].1.clone();
        let text = match &act {
            Act::Set { pipeline, stale, .. } => {
                format!("Set {} {} stale: {stale}", pipeline.name, pipeline.jobs.len())
            }
            act => format!("{act:?}"),
        };
        self.say(format!("-- {text}"));
        match act {
            Act::KillServer { server, down_ms } => self.kill_server(server, down_ms),
            Act::Stall { server, ms } => self.servers[server].stall(self.now + ms),
            Act::SetClock { server, ms } => self.set_clock(server, ms),
            Act::NoLedger { ms } => self.no_ledger_until = self.no_ledger_until.max(self.now + ms),
            Act::LostCommit => self.lost_commit = true,
            Act::KillHost { host, down_ms } => self.kill_host(host, down_ms),
            Act::Reboot { host, down_ms } => self.reboot(host, down_ms),
            Act::Freeze { host, ms } => self.freeze(host, ms),
            Act::Drain { host, deadline_ms, down_ms } => self.drain(host, deadline_ms, down_ms),
            Act::Cut { host, server, up, down, ms } => {
                let until = self.now + ms;
                self.wire.cut(host, server, (up, down), until);
                if up {
                    self.rules.disturbed(host, self.now, until);
                }
            }
            Act::Wire { loss, double, late, ms } => self.wire.disturb((loss, double, late), self.now + ms),
            Act::Push { .. } | Act::PushBack { .. } => self.outside.act(&act),
            asked => self.client_acts(asked),
        }
    }

    /// From here on all is well: what is down comes back.
    fn make_peace(&mut self) {
        self.say("-- peace");
        self.wire = Wire::default();
        self.no_ledger_until = 0;
        self.lost_commit = false;
        for host in 0..self.hosts.len() {
            let life = self.hosts[host].life();
            self.thaw(host, life);
        }
        for server in 0..self.servers.len() {
            self.unstall(server);
            self.set_clock(server, 0);
        }
    }
}
