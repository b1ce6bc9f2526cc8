//! The client's commands as their users see them: the real binary against a server that answers from a script.

mod errors;
#[cfg(test)]
mod fake;
mod lists;
mod logs;
mod trigger;
mod watch;
