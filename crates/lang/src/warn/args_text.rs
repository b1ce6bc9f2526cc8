//! `args = "-v /cache:/cache"`: one argument with a space in it, where two were meant.

use super::commands;
use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for args in commands(pipeline).filter_map(|command| command.params.get("args")) {
        let Some(text) = args.as_str().filter(|text| text.trim().contains(' ')) else { continue };
        let words: Vec<_> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
        let report = Report::warning("args-text", args.span, "this text is one argument, spaces and all");
        context.sink.add(report.hint(format!("write a list: [{}]", words.join(", "))));
    }
}
