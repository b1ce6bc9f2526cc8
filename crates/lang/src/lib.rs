//! The pipeline language: text to a typed [`Pipeline`], with [diagnostics](Diagnostic) for people.
//!
//! [`load`] does all of it. It does no I/O: the caller passes the files of the pipeline, and an implementation of
//! [`Files`] for what these name.

mod builtin;
mod builtin_types;
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
mod schedule;
mod schema;
mod script;
mod span;
mod step_names;
mod syntax;
mod template_name;
mod warn;

pub use builtin_types::{BuiltinType, builtin_types};
pub use condition::{Condition, ConditionError, Piece, Text};
pub use diagnostic::{Diagnostic, Location, Severity, render_all};
pub use duration::parse_duration;
pub use eval::{List, Map, Number, Type, Value};
pub use files::{Files, NoFiles, ReadError, SourceFile};
pub use late::{Known, Late, LateError, Reference, typed_secret};
pub use load::{LoadInput, Loaded, Variables, load};
pub use pipeline::{
    Action, Branch, Command, Decision, Get, GetVersion, GivenSecrets, GivenValue, Hooks, InParallel,
    Interruptible, Job, OnWorkerLoss, Param, Params, Pipeline, Put, ReadyCheck, ResolvedSource, Resource,
    ResourceKind, ResourceType, RunnerType, Scheduling, SecretFetch, SecretSource, SecretType, Service,
    ServiceType, Step, StepOptions, Task, Template, Untrusted, Values, Variable,
};
pub use schedule::{Schedule, ScheduleError};
pub use schema::bad_name;
pub use span::{FileId, Span, Spanned};
pub use syntax::MAX_FILE_BYTES;
