//! A default that never counts, because the value is fetched.

use crate::diagnostic::Report;
use crate::pipeline::{Pipeline, SecretSource};
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for variable in pipeline.variables.iter().filter(|variable| variable.has_default) {
        if let Some(SecretSource::Fetched(fetch)) = pipeline.secrets.get(&variable.name) {
            let message =
                format!("the default of `{}` never counts: its `secret` goes before it", variable.name);
            context.sink.add(Report::warning("default-unused", fetch.span, message));
        }
    }
}
