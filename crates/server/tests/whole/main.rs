//! A server with a worker in one process, as users of the API see it.

mod access;
mod builds;
mod cost;
mod logs;
mod resources;
mod system;
