//! What works, but bites. A file per warning.

mod clone_directory;
mod passed_starts_nothing;
mod runner_list;
mod runner_template;
mod trigger;

use crate::pipeline::Pipeline;
use crate::schema::Context;

/// Reports what bites.
pub(crate) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    let rules = [
        clone_directory::check,
        passed_starts_nothing::check,
        runner_list::check,
        runner_template::check,
        trigger::check,
    ];
    for rule in rules {
        rule(pipeline, context);
    }
}
