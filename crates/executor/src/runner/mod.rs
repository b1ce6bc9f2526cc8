//! Runners: from a template and what a step gave it to one argv.

mod expand;
mod names;
mod place;
#[cfg(test)]
mod tests;

pub(crate) use expand::{Expanded, directories, expand};
pub(crate) use names::Names;
pub(crate) use place::below;

use pikoci_plan::plan::Command;

/// Whether the block gave nothing to a runner that starts what it is given: such a command does nothing.
pub(crate) fn is_empty(command: &Command) -> bool {
    command.params.is_empty() && place::exact_name(&command.run.path).is_some()
}
