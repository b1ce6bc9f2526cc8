//! Servers: a machine each, whose turns stop between facts, commit and conclusion, and whose memory a kill takes.

use crate::world::{Happening, World, brief};
use pikoci_engine::facts::Facts;
use pikoci_engine::part::Applied;
use pikoci_plan::id::WorkerId;
use pikoci_protocol::message::{Go, ToServer, ToWorker};
use pikoci_protocol::server::{Now, Output, Request, Server};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A server.
pub(crate) struct Machine {
    server: Server,
    /// Counts its lives, so that what a killed one had begun is not finished.
    life: u64,
    turn: Turn,
}

/// How far a turn has come.
enum Turn {
    None,
    Begun,
    Read(Box<Facts>),
    Committed(Vec<Applied>),
}

impl Machine {
    pub(crate) fn start(rng: &mut StdRng) -> Self {
        Self { server: fresh(rng), life: 0, turn: Turn::None }
    }
}

fn fresh(rng: &mut StdRng) -> Server {
    let mut own = StdRng::seed_from_u64(rng.random());
    Server::new(String::new(), Box::new(move || own.random()))
}

impl World {
    pub(crate) fn server_receives(&mut self, index: usize, message: ToServer) {
        let now = self.clocks();
        self.servers[index].server.receive(now, message);
        self.wake_server(index);
    }

    pub(crate) fn server_request(&mut self, index: usize, token: u64, request: Request) {
        self.servers[index].server.request(token, request);
        self.wake_server(index);
    }

    pub(crate) fn server_ticks(&mut self, index: usize) {
        self.wake_server(index);
        self.after(250, Happening::ServerTick(index));
    }

    fn clocks(&self) -> Now {
        Now { steady_ms: self.now, wall_ms: self.now }
    }

    /// Begins a turn, if there is something to do and none is under way.
    fn wake_server(&mut self, index: usize) {
        let now = self.clocks();
        let machine = &mut self.servers[index];
        if matches!(machine.turn, Turn::None) && machine.server.has_work(now) {
            machine.turn = Turn::Begun;
            self.next_step(index);
        }
    }

    /// The next step of a turn, soon; now and then the server stalls.
    fn next_step(&mut self, index: usize) {
        let stalls = !self.client.stopped && self.random(1_000) < 2;
        let delay = if stalls { 1_000 + self.random(8_000) } else { self.random(2) };
        if stalls {
            self.say(format!("server {index} stalls for {delay} ms"));
        }
        let life = self.servers[index].life;
        self.after(delay, Happening::Turn(index, life));
    }

    pub(crate) fn server_turns(&mut self, index: usize, life: u64) {
        if self.servers[index].life != life {
            return;
        }
        let (now, store) = (self.clocks(), std::rc::Rc::clone(&self.store));
        let machine = &mut self.servers[index];
        match std::mem::replace(&mut machine.turn, Turn::None) {
            Turn::None => {}
            Turn::Begun => {
                let wanted = machine.server.wanted(now);
                machine.turn = Turn::Read(Box::new(store.facts(&wanted).unwrap()));
                self.next_step(index);
            }
            Turn::Read(facts) => {
                let parts = machine.server.decide(*facts);
                let applied = if parts.is_empty() { Vec::new() } else { store.commit(&parts).unwrap() };
                machine.turn = Turn::Committed(applied.clone());
                for (part, applied) in parts.iter().zip(&applied) {
                    self.say(format!("server {index}: {} -> {applied:?}", brief(part, 150)));
                }
                self.next_step(index);
            }
            Turn::Committed(applied) => {
                let outputs = machine.server.conclude(applied);
                outputs.into_iter().for_each(|output| self.server_acts(index, output));
                self.wake_server(index);
            }
        }
    }

    fn server_acts(&mut self, index: usize, output: Output) {
        match output {
            Output::Send(worker, message) => self.tell_host(&worker, message),
            Output::Go { worker, session, ask, attempt, plan, values } => {
                self.say(format!("server {index}: go {attempt} for ask {ask}"));
                let go = Go { session, ask, attempt, plan_hash: plan, plan: Vec::new(), values };
                self.tell_host(&worker, ToWorker::Go(Box::new(go)));
            }
            Output::Answer(token, answer) => self.client_hears(token, answer),
            Output::Changed(_) | Output::CheckEnded(_) | Output::Seal(_) => {}
        }
    }

    fn tell_host(&mut self, worker: &WorkerId, message: ToWorker) {
        if let Some(host) = self.hosts.iter().position(|host| host.id == *worker) {
            self.send(|| Happening::ToHost(host, message.clone()));
        }
    }

    /// Takes a server's memory; what it had committed stays.
    pub(crate) fn kill_server(&mut self, index: usize) {
        self.say(format!("server killed: {index}"));
        let server = fresh(&mut self.rng);
        let machine = &mut self.servers[index];
        *machine = Machine { server, life: machine.life + 1, turn: Turn::None };
        self.client.server_died(index);
    }
}
