//! The pipeline language: text to a typed [`Pipeline`], with [diagnostics](Diagnostic) for people.
//!
//! [`load`] does all of it. It does no I/O: the caller passes the files of the pipeline, and an implementation of
//! [`Files`] for what these name.

mod builtin;
mod commands;
mod condition;
mod diagnostic;
mod duration;
mod eval;
mod files;
mod late;
mod load;
mod pipeline;
mod references;
mod schema;
mod span;
mod syntax;
mod template_name;
mod warn;

pub use condition::{Condition, Piece, Text};
pub use diagnostic::{Diagnostic, Location, Severity, render_all};
pub use duration::parse_duration;
pub use eval::{List, Map, Number, Type, Value};
pub use files::{Files, NoFiles, ReadError, SourceFile};
pub use late::{Known, Late, LateError, Reference};
pub use load::{LoadInput, Loaded, Variables, load};
pub use pipeline::{
    Command, Get, Job, Param, Params, Pipeline, Resource, ResourceType, RunnerType, Step, Task, Template,
    Variable,
};
pub use span::{FileId, Span, Spanned};
pub use syntax::MAX_FILE_BYTES;
