//! Servers: a machine each, whose turns stop between facts, commit and conclusion, and whose memory a kill takes.

use crate::dice::Dice;
use crate::trace::brief;
use crate::world::{Happening, World};
use pikoci_engine::facts::Facts;
use pikoci_engine::part::{Applied, Part};
use pikoci_plan::id::WorkerId;
use pikoci_protocol::message::{Go, ToServer, ToWorker};
use pikoci_protocol::server::{Now, Output, Request, Server};

/// When the simulation begins, in milliseconds since 1970.
pub(crate) const EPOCH_MS: u64 = 1_767_225_600_000;

/// How long a server waits after the database did not answer.
const PAUSE_AFTER_FAILURE_MS: u64 = 1_000;

/// A server.
pub(crate) struct Machine {
    /// None while it is down.
    server: Option<Server>,
    /// Counts its lives, so that what a killed one had begun is not finished.
    life: u64,
    turn: Turn,
    stalled_until: u64,
    /// When its own clock wakes it next.
    wakes_at: Option<u64>,
    /// What its steady clock says at the beginning, and how wrong the other one is.
    steady_ms: u64,
    wrong_ms: i64,
}

/// How far a turn has come.
enum Turn {
    None,
    Begun,
    Read(Box<Facts>),
    Committed(Vec<Applied>),
}

impl Machine {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        Self {
            server: None,
            life: 0,
            turn: Turn::None,
            stalled_until: 0,
            wakes_at: None,
            steady_ms: dice.below(1_000_000_000),
            wrong_ms: 0,
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.server.is_some()
    }

    pub(crate) fn stall(&mut self, until: u64) {
        self.stalled_until = self.stalled_until.max(until);
    }

    pub(crate) fn clocks(&self, now: u64) -> Now {
        Now {
            steady_ms: self.steady_ms + now,
            wall_ms: (EPOCH_MS + now).saturating_add_signed(self.wrong_ms),
        }
    }
}

impl World {
    pub(crate) fn start_server(&mut self, index: usize) {
        if self.servers[index].is_up() {
            return;
        }
        self.say(format!("server {index} starts"));
        let mut own = Dice::new(self.dice.any());
        let server = Server::new(String::new(), Box::new(move || own.wide()));
        let machine = &mut self.servers[index];
        machine.server = Some(server);
        self.wake_server(index);
    }

    /// Takes a server's memory; what it had committed stays.
    pub(crate) fn kill_server(&mut self, index: usize, down_ms: u64) {
        let machine = &mut self.servers[index];
        machine.server = None;
        machine.life += 1;
        (machine.turn, machine.wakes_at) = (Turn::None, None);
        self.client_server_died(index);
        self.after(down_ms, Happening::StartServer(index));
    }

    /// A stalled server goes on at once.
    pub(crate) fn unstall(&mut self, index: usize) {
        let machine = &mut self.servers[index];
        machine.stalled_until = 0;
        machine.life += 1;
        machine.wakes_at = None;
        match machine.turn {
            Turn::None => self.wake_server(index),
            _ => self.next_step(index),
        }
    }

    pub(crate) fn set_clock(&mut self, index: usize, wrong_ms: i64) {
        self.servers[index].wrong_ms = wrong_ms;
        self.rules.clocks_were_wrong |= wrong_ms != 0;
        self.servers[index].wakes_at = None;
        self.wake_server(index);
    }

    pub(crate) fn server_receives(&mut self, index: usize, message: ToServer) {
        let machine = &mut self.servers[index];
        let now = machine.clocks(self.now);
        if let Some(server) = &mut machine.server {
            server.receive(now, message);
            self.wake_server(index);
        }
    }

    /// False if the server is down.
    pub(crate) fn server_request(&mut self, index: usize, token: u64, request: Request) -> bool {
        let Some(server) = &mut self.servers[index].server else { return false };
        server.request(token, request);
        self.wake_server(index);
        true
    }

    pub(crate) fn server_wakes(&mut self, index: usize, life: u64) {
        if self.servers[index].life == life {
            self.servers[index].wakes_at = None;
            self.wake_server(index);
        }
    }

    /// Begins a turn, if there is something to do and none is under way; else sees to it that it wakes in time.
    fn wake_server(&mut self, index: usize) {
        let now = self.now;
        let machine = &mut self.servers[index];
        let clocks = machine.clocks(now);
        let Some(server) = &machine.server else { return };
        if !matches!(machine.turn, Turn::None) {
            return;
        }
        if server.has_work(clocks) {
            machine.turn = Turn::Begun;
            return self.next_step(index);
        }
        let (wait, life) = (server.wait_ms(clocks), machine.life);
        if machine.wakes_at.is_none_or(|wakes| wakes > now + wait || wakes < now) {
            machine.wakes_at = Some(now + wait);
            self.after(wait, Happening::ServerWake(index, life));
        }
    }

    /// The next step of a turn, soon, unless the server is stalled.
    fn next_step(&mut self, index: usize) {
        let delay = self.servers[index].stalled_until.saturating_sub(self.now) + self.dice.below(2);
        let life = self.servers[index].life;
        self.after(delay, Happening::Turn(index, life));
    }

    pub(crate) fn server_turns(&mut self, index: usize, life: u64) {
        let now = self.now;
        let machine = &mut self.servers[index];
        if machine.life != life {
            return;
        }
        if machine.stalled_until > now {
            return self.next_step(index);
        }
        let (clocks, store) = (machine.clocks(now), std::rc::Rc::clone(&self.store));
        let Some(server) = &mut machine.server else { return };
        match std::mem::replace(&mut machine.turn, Turn::None) {
            Turn::None => {}
            Turn::Begun => {
                let wanted = server.wanted(clocks);
                if self.no_ledger_until > now {
                    return self.server_fails(index);
                }
                let facts = store.facts(&wanted).unwrap();
                self.servers[index].turn = Turn::Read(Box::new(facts));
                self.next_step(index);
            }
            Turn::Read(facts) => {
                let parts = server.decide(*facts);
                self.server_commits(index, parts);
            }
            Turn::Committed(applied) => {
                let outputs = server.conclude(applied);
                self.server_says(index, outputs);
            }
        }
    }

    fn server_commits(&mut self, index: usize, mut parts: Vec<Part>) {
        if self.no_ledger_until > self.now {
            return self.server_fails(index);
        }
        self.sabotage_parts(&mut parts);
        let applied = if parts.is_empty() { Vec::new() } else { self.store.commit(&parts).unwrap() };
        for (part, applied) in parts.iter().zip(&applied) {
            self.say(format!("server {index}: {} -> {applied:?}", brief(part, 200)));
        }
        self.watch_commit(&parts, &applied);
        if !parts.is_empty() && std::mem::take(&mut self.lost_commit) {
            return self.server_fails(index);
        }
        self.servers[index].turn = Turn::Committed(applied);
        self.next_step(index);
    }

    fn server_fails(&mut self, index: usize) {
        self.say(format!("server {index}: the ledger does not answer"));
        let until = self.now + PAUSE_AFTER_FAILURE_MS;
        let machine = &mut self.servers[index];
        machine.stall(until);
        let outputs = machine.server.as_mut().map(|server| server.fail("no answer")).unwrap_or_default();
        self.server_says(index, outputs);
    }

    fn server_says(&mut self, index: usize, outputs: Vec<Output>) {
        outputs.into_iter().for_each(|output| self.server_acts(index, output));
        self.wake_server(index);
    }

    fn server_acts(&mut self, index: usize, output: Output) {
        match output {
            Output::Send(worker, message) => self.tell_worker(index, &worker, &message),
            Output::Go { worker, session, ask, attempt, plan, values } => {
                self.say(format!("server {index}: go {attempt} for ask {ask} of {worker} session {session}"));
                let go = Go { session, ask, attempt, plan_hash: plan, plan: Vec::new(), values };
                self.tell_worker(index, &worker, &ToWorker::Go(Box::new(go)));
            }
            Output::Echo(message) => self.tell_all(&message),
            Output::Answer(token, answer) => self.client_hears(token, answer),
            Output::Changed(_) | Output::CheckEnded(_) | Output::Seal(_) => {}
        }
    }

    fn tell_worker(&mut self, index: usize, worker: &WorkerId, message: &ToWorker) {
        if let Some(host) = self.hosts.iter().position(|host| host.id == *worker) {
            self.tell_host(index, host, message);
        }
    }
}
