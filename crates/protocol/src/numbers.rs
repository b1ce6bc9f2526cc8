//! The protocol's numbers, in one place. All are in milliseconds unless they say otherwise.

/// How often a worker sends its State when nothing changes, and a server looks for what may have been missed.
pub const STATE_MS: u64 = 2_000;

/// For how long a server believes that an ask of a State is open.
pub const ASK_FRESH_MS: u64 = 5_000;

/// How often a server repeats a `Go` or a `Cancel` that may have been lost.
pub const REPEAT_MS: u64 = 1_000;

/// How long a batch waits for its answer before it is sent again; it doubles up to [`ANSWER_MAX_MS`].
pub const ANSWER_MS: u64 = 1_000;

/// The longest wait for the answer to a batch.
pub const ANSWER_MAX_MS: u64 = 10_000;

/// How often the ledger is told that a session is still there.
pub const SESSION_NOTE_MS: u64 = 5_000;

/// When no server has answered a worker for so long, it begins nothing that must not be done twice.
pub const CAUTION_MS: u64 = 20_000;

/// The most bytes of one message.
pub const MESSAGE_BYTES: usize = 512 * 1024;

/// The most bytes of events that a worker puts into one batch, so that it fits a message.
pub const BATCH_BYTES: usize = 400 * 1024;

/// For how long the `n` of a session stands still until its lease is ended, counted only while this server, its database
/// and the wire work.
pub const LEASE_MS: u64 = 30_000;

/// For how long, counted likewise, the holds of a lost attempt wait, and its retry, unless its processes are known to be gone.
pub const HELD_AFTER_LOSS_MS: u64 = 5 * 60_000;

/// A server that did not look for longer than this was stalled: the time does not count.
pub const GAP_MS: u64 = 3 * STATE_MS;

/// For how long a server remembers the State of a worker that says nothing any more.
pub const WORKER_KEPT_MS: u64 = 24 * 60 * 60_000;
