//! The client's commands as their users see them: the real binary against a server that answers from a script.

mod errors;
#[cfg(test)]
mod fake;
mod jobs;
mod lists;
mod logs;
mod pipelines;
mod resources;
mod trigger;
mod watch;
