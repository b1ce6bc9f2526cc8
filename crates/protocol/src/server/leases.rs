//! When a worker counts as lost.
//!
//! A lease is not a date. It ends when the ledger's `n` for a session stood still for long enough on this server's own
//! clock, counting only time in which its database answered, a message that it sent itself came back, and its own tick had
//! no gap. So ten minutes without servers or database, a stalled server and wrong clocks end no lease.

use super::turn::Intent;
use super::{Now, Output, Server};
use crate::message::ToServer;
use crate::numbers::{GAP_MS, HELD_AFTER_LOSS_MS, LEASE_MS};
use pikoci_engine::facts::{Facts, Lease};
use pikoci_engine::part::Part;
use pikoci_plan::id::{AttemptId, WorkerId};
use std::collections::BTreeMap;

/// What a server counts.
#[derive(Default)]
pub(super) struct Leases {
    /// Time that counts, in milliseconds since this server began.
    sound_ms: u64,
    looked_ms: Option<u64>,
    echo: u64,
    heard: u64,
    /// By session: its `n`, and the sound time at which that was first seen.
    sessions: BTreeMap<(WorkerId, u64), (u64, u64)>,
    /// The sound time at which an attempt was first seen to have ended without a word of its processes.
    unreleased: BTreeMap<AttemptId, u64>,
}

impl Leases {
    /// An echo has come back.
    pub(super) fn hear(&mut self, n: u64) {
        self.heard = self.heard.max(n);
    }

    /// A look begins or fails: whatever was counted on is to be seen anew.
    pub(super) fn unsound(&mut self) {
        self.looked_ms = None;
    }

    /// Counts the time since the last look, if it was sound. The number of the next echo.
    fn look(&mut self, now: Now) -> u64 {
        let gap = self.looked_ms.map(|looked| now.steady_ms.saturating_sub(looked));
        if let Some(gap) = gap.filter(|gap| *gap <= GAP_MS && self.heard == self.echo) {
            self.sound_ms += gap;
        }
        self.looked_ms = Some(now.steady_ms);
        self.echo += 1;
        self.echo
    }

    /// Those of the leases whose `n` stood still for too long.
    fn ended(&mut self, leases: &[Lease]) -> Vec<Lease> {
        let key = |lease: &Lease| (lease.worker.clone(), lease.session);
        self.sessions.retain(|session, _| leases.iter().any(|lease| key(lease) == *session));
        let mut ended = Vec::new();
        for lease in leases {
            let seen = self.sessions.entry(key(lease)).or_insert((lease.n, self.sound_ms));
            if seen.0 != lease.n {
                *seen = (lease.n, self.sound_ms);
            }
            if seen.1 + LEASE_MS <= self.sound_ms {
                ended.push(lease.clone());
            }
        }
        ended
    }

    /// Those of the attempts that have waited for long enough.
    fn released(&mut self, attempts: &[AttemptId]) -> Vec<AttemptId> {
        self.unreleased.retain(|attempt, _| attempts.contains(attempt));
        let mut released = Vec::new();
        for attempt in attempts {
            let since = *self.unreleased.entry(attempt.clone()).or_insert(self.sound_ms);
            if since + HELD_AFTER_LOSS_MS <= self.sound_ms {
                released.push(attempt.clone());
            }
        }
        released
    }
}

impl Server {
    /// Ends leases and releases attempts, where the facts of a look are at hand.
    pub(super) fn watch_leases(&mut self, facts: &Facts) {
        if !self.turn.looks {
            return;
        }
        let now = self.turn.now;
        let n = self.leases.look(now);
        self.turn.outputs.push(Output::Echo(ToServer::Echo { server: self.name.clone(), n }));
        for lease in self.leases.ended(&facts.leases) {
            self.turn.push(Part::EndLease { lease, at_ms: now.wall_ms }, Intent::Touch);
        }
        for attempt in self.leases.released(&facts.unreleased) {
            self.turn.push(Part::Release { attempt, at_ms: now.wall_ms }, Intent::Touch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: u64 = 2_000;

    fn lease(n: u64) -> Vec<Lease> {
        vec![Lease { worker: "w".into(), session: 1, n }]
    }

    /// Looks every two seconds; for how many milliseconds until the lease is ended, if it is within ten minutes.
    fn until_end(mut each: impl FnMut(&mut Leases, u64) -> u64, n: impl Fn(u64) -> u64) -> Option<u64> {
        let mut leases = Leases::default();
        let mut now = 0;
        while now < 600_000 {
            let echo = leases.look(Now { steady_ms: now, wall_ms: 0 });
            leases.hear(echo);
            if !leases.ended(&lease(n(now))).is_empty() {
                return Some(now);
            }
            now += each(&mut leases, now);
        }
        None
    }

    #[test]
    fn a_lease_ends_when_its_number_stands_still_in_sound_time() {
        assert_eq!(until_end(|_, _| STEP, |_| 7), Some(30_000));
        assert_eq!(until_end(|_, _| STEP, |now| now / 5_000), None, "its number moves");
        assert_eq!(until_end(|_, _| 90_000, |_| 7), None, "the server stalls again and again");
        let fails = |leases: &mut Leases, _| {
            leases.unsound();
            STEP
        };
        assert_eq!(until_end(fails, |_| 7), None, "the database does not answer");
        let deaf = |leases: &mut Leases, _| {
            leases.heard = 0;
            STEP
        };
        assert_eq!(until_end(deaf, |_| 7), None, "the wire carries nothing");
        let once = |_: &mut Leases, now: u64| if now == 20_000 { 90_000 } else { STEP };
        assert_eq!(until_end(once, |_| 7), Some(120_000), "a stop of 90 s does not count");
    }

    #[test]
    fn a_lost_attempt_is_released_after_a_while() {
        let mut leases = Leases::default();
        let mut released = Vec::new();
        for now in (0..=HELD_AFTER_LOSS_MS).step_by(STEP as usize) {
            assert!(released.is_empty(), "{now}");
            let echo = leases.look(Now { steady_ms: now, wall_ms: 0 });
            leases.hear(echo);
            released = leases.released(&["a".into()]);
        }
        assert_eq!(released, ["a".into()]);
    }
}
