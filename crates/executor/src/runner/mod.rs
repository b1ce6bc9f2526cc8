//! Runners: from a template and what a step gave it to one argv.

mod expand;
mod filled;
mod names;
mod place;
mod replace;
#[cfg(test)]
mod tests;

pub(crate) use expand::{Expanded, directories, expand};
pub(crate) use filled::{Argument, Filled};
pub(crate) use names::Names;
pub(crate) use place::below;
pub(crate) use replace::replace_in;

use pikoci_plan::plan::Command;

/// Whether the block gave nothing to a runner that starts what it is given: such a command does nothing.
pub(crate) fn is_empty(command: &Command) -> bool {
    command.params.is_empty() && place::exact_name(&command.run.path).is_some()
}

/// Whether the process stands on the build's network, if there is one: its template takes `$network`, and its
/// block names no other.
pub(crate) fn joins_network(filled: &Filled<'_>) -> bool {
    let takes = |text: &String| place::exact_name(text) == Some("network");
    let names_one = |argument: &Argument| argument.texts().any(is_network);
    filled.command.run.args.iter().any(takes) && !filled.params.values().any(names_one)
}

/// `--network`, `--net=host`.
fn is_network(argument: &str) -> bool {
    let flag = argument.split('=').next().unwrap_or_default();
    matches!(flag, "--network" | "--net")
}
