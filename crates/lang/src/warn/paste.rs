//! `$cmd` inside a longer element of a template.

use super::own_runners;
use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;
use crate::template_name::{exact, names};

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    let elements = own_runners(pipeline).flat_map(|runner| runner.run.elements());
    for element in
        elements.filter(|element| exact(element).is_none() && names(element).any(|name| name == "cmd"))
    {
        let message =
            "`$cmd` is pasted as text into a longer argument, where quotes and `$` in it change its meaning";
        let report = Report::warning("cmd-pasted", element.span, message);
        context.sink.add(report.hint("pass it as an element of its own, or run the file `$cmd_file`"));
    }
}
