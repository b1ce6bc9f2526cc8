//! Blocks to the typed pipeline, a file per block.

mod command;
mod each;
mod elsewhere;
mod grammar;
mod hooks;
mod job;
mod job_names;
mod labels;
mod lates;
mod locals;
mod params;
mod passed;
mod reading;
mod resource;
mod resource_type;
mod runner_type;
mod scheduling;
mod secret;
mod secret_type;
mod service;
mod service_type;
mod source;
mod step;
mod top;
mod type_expr;
mod type_runner;
mod types;
mod variable;
mod vars_input;

pub(crate) use job::env_name;
pub use labels::bad_name;
pub(crate) use top::{Context, Parsed, read};
pub(crate) use type_expr::read as read_type;

#[cfg(test)]
mod reference_tests;
