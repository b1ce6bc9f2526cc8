//! How the events of one attempt reach the ledger: stop and wait.
//!
//! The first batch leaves at once, the next when the one before is answered, with all that came meanwhile. An answer
//! says where the ledger stands, and delivery goes on from there, whatever was sent.

use crate::numbers::{ANSWER_MAX_MS, ANSWER_MS};

/// Where the delivery of one attempt stands.
#[derive(Debug)]
pub(super) struct Delivery {
    /// Where the ledger stands; `None` until it has said so, for an attempt of a session before.
    stored: Option<u64>,
    produced: u64,
    /// The result is among what was produced.
    complete: bool,
    /// A batch that has not been answered: when it is sent again, and how long was waited.
    waiting: Option<(u64, u64)>,
}

impl Delivery {
    pub(super) fn new() -> Self {
        Self { stored: Some(0), produced: 0, complete: false, waiting: None }
    }

    /// Of an attempt whose position in the ledger has to be asked for first.
    pub(super) fn unknown() -> Self {
        Self { stored: None, produced: 0, complete: false, waiting: None }
    }

    pub(super) fn produced(&mut self, upto: u64, last: bool) {
        self.produced = self.produced.max(upto);
        self.complete |= last;
    }

    /// The ledger stands at `upto`. Whether that is news; only news lets the next batch leave, or else a doubled answer
    /// would double every batch after it.
    pub(super) fn acknowledged(&mut self, upto: u64) -> bool {
        let news = self.stored.is_none_or(|stored| stored < upto);
        if news {
            self.waiting = None;
            self.stored = Some(upto);
        }
        news
    }

    /// Where the ledger stands, as far as is known.
    pub(super) fn stored(&self) -> u64 {
        self.stored.unwrap_or(0)
    }

    /// Whether the ledger has as many events as there are, the result included.
    pub(super) fn is_done(&self) -> bool {
        self.complete && self.stored.is_some_and(|stored| stored >= self.produced)
    }

    /// From where a batch is to be sent now; it counts as sent.
    pub(super) fn due(&mut self, now_ms: u64) -> Option<u64> {
        let waited = match self.waiting {
            Some((again_ms, _)) if now_ms < again_ms => return None,
            Some((_, waited)) => (waited * 2).min(ANSWER_MAX_MS),
            None => ANSWER_MS,
        };
        let something = self.stored.is_none_or(|stored| stored < self.produced);
        if !something {
            return None;
        }
        self.waiting = Some((now_ms + waited, waited));
        Some(self.stored())
    }

    /// Whether what is to be sent reaches the result.
    pub(super) fn sends_last(&self) -> bool {
        self.complete && self.stored.is_some()
    }

    /// When something is due if no answer comes.
    pub(super) fn wake_ms(&self) -> Option<u64> {
        match self.waiting {
            Some((again_ms, _)) => Some(again_ms),
            None if self.stored.is_none_or(|stored| stored < self.produced) => Some(0),
            None => None,
        }
    }
}
