//! What tests share. Only tests and tools depend on this crate, never what is delivered.
//!
//! - [`git_http`]: a git server over HTTP, the real one (`git http-backend`), on a port of its own;
//! - [`repository`]: git repositories with commits, apart from the configuration of who runs the test;
//! - [`api`]: a client of the HTTP API over one kept-alive connection;
//! - [`load`]: the same request many times, over a few connections;
//! - [`apart`]: a future on a thread of its own, over when its owner is;
//! - [`wait`]: waiting on something outside of this process, with a deadline.

pub mod apart;
pub mod api;
pub mod git_http;
pub mod load;
pub mod repository;
pub mod wait;
