//! The client's commands as their users see them: the real binary against a server that answers from a script.

mod errors;
#[cfg(test)]
mod fake;
mod jobs;
mod lists;
mod logs;
#[cfg(test)]
mod pipelines;
mod resources;
#[cfg(test)]
mod tls;
mod trigger;
mod watch;
