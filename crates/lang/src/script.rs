//! What only a build knows in text that a shell parses: never.

use crate::diagnostic::{Report, Sink, and};
use crate::late::{Late, Reference};
use crate::pipeline::{Command, Pipeline};
use crate::span::Span;

/// Whether what follows this argument is a script: `-c`, `-ec`, `-lc`.
pub(crate) fn takes_script(argument: &str) -> bool {
    let letters = argument.strip_prefix('-').filter(|letters| !letters.starts_with('-'));
    letters.is_some_and(|letters| {
        letters.ends_with('c') && letters.bytes().all(|letter| letter.is_ascii_alphabetic())
    })
}

/// Reports values of builds in scripts.
pub(crate) fn check(pipeline: &Pipeline, sink: &Sink) {
    for command in pipeline.jobs.iter().flat_map(|job| job.commands()) {
        of_command(command, sink);
    }
}

fn of_command(command: &Command, sink: &Sink) {
    for (name, value) in &command.params {
        match (name.as_str(), value.elements()) {
            ("cmd", _) => refuse(&value.value, value.span, "in a script", sink),
            ("args", Some(args)) => {
                let script = args.iter().position(|arg| arg.as_str().is_some_and(takes_script));
                if let Some(script) = script.and_then(|at| args.get(at + 1)) {
                    refuse(script, value.span, "in a script", sink);
                }
            }
            // A list that only the build knows may be anything.
            ("args", None) if mentions_script(&value.value) => {
                refuse(&value.value, value.span, "beside a script", sink);
            }
            _ => {}
        }
    }
}

fn mentions_script(late: &Late) -> bool {
    let mut found = false;
    late.walk(&mut |part| {
        found |= part.as_str().is_some_and(takes_script)
            || part
                .elements()
                .is_some_and(|items| items.iter().any(|item| item.as_str().is_some_and(takes_script)));
    });
    found
}

fn refuse(late: &Late, span: Span, place: &str, sink: &Sink) {
    let mut references = late.references();
    references.sort();
    references.dedup();
    let Some(first) = references.first() else { return };
    let message = format!("`{first}` stands {place}: a shell would read it as code");
    let variables: Vec<_> = references.iter().map(|reference| format!("`{}`", shell(reference))).collect();
    sink.add(Report::error("build-value-in-script", span, message).hint(format!("use {}", and(&variables))));
}

/// The variable as it is used in a script.
fn shell(reference: &Reference) -> String {
    format!("\"${}\"", reference.variable())
}
