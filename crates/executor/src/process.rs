//! Processes: starting, following, finding and ending them.

pub(crate) mod bounded;
pub(crate) mod cgroup;
pub(crate) mod child;
mod clone;
pub(crate) mod end;
pub(crate) mod exit;
pub(crate) mod find;
pub(crate) mod follow;
pub(crate) mod handle;
pub(crate) mod host;
pub(crate) mod output;
pub(crate) mod port;
pub(crate) mod prepared;
pub(crate) mod proc;
pub(crate) mod program;
pub(crate) mod spawn;
pub(crate) mod stop;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod whose;
