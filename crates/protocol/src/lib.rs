//! The protocol between servers and workers: [messages](message) and two state machines without clock, sockets or
//! files, [`server::Server`] and [`worker::Worker`].
//!
//! The database is the ledger; the bus is only a wire, on which a message may be lost, doubled, delayed or reordered.
//! Both machines take messages, ticks and what their surroundings report, and say what is to be sent and done. So a
//! simulated clock, wire and ledger can drive the very code that runs in production.

pub mod codec;
pub mod message;
pub mod numbers;
pub mod server;
pub mod worker;
