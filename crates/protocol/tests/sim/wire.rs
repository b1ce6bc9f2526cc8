//! The wire: it loses, doubles, delays and reorders, and is cut in places.

use crate::trace::brief;
use crate::world::{Happening, World};
use pikoci_protocol::message::{ToServer, ToWorker};

/// The longest that a message is under way.
const LATE_MS: u64 = 25_000;

/// What is wrong with the wire.
#[derive(Default)]
pub(crate) struct Wire {
    /// How many of 100 messages are lost, doubled, late, and until when.
    noise: Vec<((u64, u64, u64), u64)>,
    cuts: Vec<Cut>,
}

struct Cut {
    host: usize,
    /// From or to which server; else all.
    server: Option<usize>,
    up: bool,
    down: bool,
    until: u64,
}

impl Wire {
    pub(crate) fn disturb(&mut self, noise: (u64, u64, u64), until: u64) {
        self.noise.push((noise, until));
    }

    pub(crate) fn cut(&mut self, host: usize, server: Option<usize>, (up, down): (bool, bool), until: u64) {
        self.cuts.push(Cut { host, server, up, down, until });
    }

    fn noise(&self, now: u64) -> (u64, u64, u64) {
        let now = self.noise.iter().filter(|(_, until)| *until > now);
        now.map(|(noise, _)| *noise).next_back().unwrap_or_default()
    }

    fn is_cut(&self, now: u64, host: usize, server: usize, up: bool) -> bool {
        self.cuts.iter().any(|cut| {
            let meant = cut.host == host && cut.server.is_none_or(|of| of == server);
            meant && cut.until > now && if up { cut.up } else { cut.down }
        })
    }
}

impl World {
    /// From a host to all servers.
    pub(crate) fn tell_servers(&mut self, host: usize, message: &ToServer) {
        for server in 0..self.servers.len() {
            if !self.wire.is_cut(self.now, host, server, true) {
                self.send(|| Happening::ToServer(server, message.clone()));
            }
        }
    }

    /// From a server to all servers.
    pub(crate) fn tell_all(&mut self, message: &ToServer) {
        for server in 0..self.servers.len() {
            self.send(|| Happening::ToServer(server, message.clone()));
        }
    }

    pub(crate) fn tell_host(&mut self, server: usize, host: usize, message: &ToWorker) {
        if !self.wire.is_cut(self.now, host, server, false) {
            self.send(|| Happening::ToHost(host, message.clone()));
        }
    }

    /// Puts a message on the wire: it may be lost, doubled, late.
    fn send(&mut self, what: impl Fn() -> Happening) {
        let (loss, double, late) = self.wire.noise(self.now);
        let copies = match self.dice.chance(loss) {
            true => 0,
            false if self.dice.chance(double) => 2,
            false => 1,
        };
        match copies {
            0 => self.say(format!("lost on the wire: {}", brief(&what(), 60))),
            2 => self.say(format!("doubled on the wire: {}", brief(&what(), 60))),
            _ => {}
        }
        for _ in 0..copies {
            let delay = match self.dice.chance(late) {
                true if self.dice.chance(10) => self.dice.below(LATE_MS),
                true => self.dice.below(6_000),
                false => self.dice.below(4),
            };
            self.after(delay, what());
        }
    }
}
