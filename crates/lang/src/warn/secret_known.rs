//! Values of secrets that came with the pipeline, and are too short to be masked.

use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;

/// The fewest bytes of a secret that is masked.
const FEWEST: usize = 4;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for (name, value) in pipeline.given.values() {
        if (1..FEWEST).contains(&value.len()) {
            let message = format!(
                "the value of `{name}` is shorter than {FEWEST} characters, and is not masked in logs"
            );
            context.sink.add(Report::warning("not-masked", None, message));
        }
    }
}
