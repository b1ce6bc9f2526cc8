//! Blocks to the typed pipeline, a file per block.

mod command;
mod get;
mod job;
mod locals;
mod params;
mod reading;
mod resource;
mod resource_type;
mod runner_type;
mod source;
mod task;
mod top;
mod type_expr;
mod types;
mod variable;
mod vars_input;

pub(crate) use job::env_name;
pub(crate) use top::{Context, Parsed, read};
