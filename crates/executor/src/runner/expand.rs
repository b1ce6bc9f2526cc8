//! From a template to one argv.

use super::Filled;
use super::names::{Meaning, Names, script, seen};
use super::place::{Place, exact_name, places};
use crate::environment::Variables;
use pikoci_plan::plan::{Command, Template};

/// A template, expanded: what to start, and which files to make before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// The program and its arguments.
    pub(crate) argv: Vec<String>,
    /// What the file that `$cmd_file` names holds, if the template names it.
    pub(crate) cmd_file: Option<String>,
    /// What the file that `$env_file` names holds, if the template names it.
    pub(crate) env_file: Option<String>,
    /// Whether the process itself is to start in the step's directory: it is what the step named, on this
    /// host, not a client of something else.
    pub(crate) starts_in_dir: bool,
    /// What the user should know of it.
    pub(crate) notes: Vec<String>,
}

/// Expands one of the command's templates. Each name is replaced once; what was put in is never looked at
/// again. The error is a sentence.
pub(crate) fn expand(
    filled: &Filled<'_>,
    template: &Template,
    names: &Names<'_>,
) -> Result<Expanded, String> {
    let command = filled.command;
    let runner = &command.runner;
    let dir = names.dir.filter(|dir| !matches!(*dir, "" | "."));
    let seen_dir = names.seen_dir(command).ok_or_else(|| {
        format!("`dir` is `{}`, which is not below $WORKDIR", names.dir.unwrap_or_default())
    })?;
    let program = element(&template.path, filled, names).into_iter().next().ok_or_else(|| {
        format!("runner `{runner}` starts `{}`, which its block does not give", template.path)
    })?;
    let mut argv = vec![program];
    argv.extend(template.args.iter().flat_map(|argument| element(argument, filled, names)));
    let cmd_file = script(filled).filter(|_| uses(template, "cmd_file"));
    let starts_in_dir = exact_name(&template.path).is_some();
    let enters = !starts_in_dir && !uses(template, "dir");
    if dir.is_some() && enters && cmd_file.is_none() {
        return Err(format!(
            "`dir` is set, but runner `{runner}` has neither `$dir` nor `$cmd_file` in its `args`, so that it cannot be followed"
        ));
    }
    let enter = dir.filter(|_| enters).map(|_| seen_dir);
    let (env_file, notes) = match uses(template, "env_file") {
        true => environment_file(names.exported),
        false => (None, Vec::new()),
    };
    Ok(Expanded {
        argv,
        cmd_file: cmd_file.map(|text| enter_and_run(enter, text)),
        env_file,
        starts_in_dir,
        notes,
    })
}

/// Where the process sees its directories: what is exported to it as `WORKDIR`, `SCRATCH` and `CACHE_DIR`.
pub(crate) fn directories<'a>(
    command: &'a Command,
    places: impl IntoIterator<Item = (&'static str, &'a str)>,
) -> Variables {
    places.into_iter().map(|(name, host)| (name.to_owned(), seen(name, host, command).to_owned())).collect()
}

/// What one element becomes: usually one, of a list as many as it has, of an undefined name none.
fn element(text: &str, filled: &Filled<'_>, names: &Names<'_>) -> Vec<String> {
    if let Some(name) = exact_name(text) {
        return match names.meaning(name, filled) {
            Meaning::Text(text) => vec![text],
            Meaning::List(list) => list,
            Meaning::Undefined => Vec::new(),
        };
    }
    let piece = |place| match place {
        Place::Text(text) => text.to_owned(),
        Place::Name { name, written } => match names.meaning(name, filled) {
            Meaning::Text(text) => text,
            Meaning::List(list) => list.join(" "),
            Meaning::Undefined => written.to_owned(), // for the shell inside
        },
    };
    vec![places(text).into_iter().map(piece).collect()]
}

/// Whether the name stands anywhere in the template.
fn uses(template: &Template, wanted: &str) -> bool {
    let is_wanted = |place: Place<'_>| matches!(place, Place::Name { name, .. } if name == wanted);
    [&template.path].into_iter().chain(&template.args).any(|text| places(text).into_iter().any(is_wanted))
}

/// The script, which first goes to the directory. On the same line, so that the numbers of lines in error
/// messages are those of the pipeline.
fn enter_and_run(directory: Option<String>, script: &str) -> String {
    match directory {
        Some(directory) => format!("cd -- '{}' || exit; {script}", directory.replace('\'', r"'\''")),
        None => script.to_owned(),
    }
}

/// `KEY=VALUE` lines. A value with a line feed cannot stand in such a file, and would be read as further
/// variables: it is left out, with a note.
fn environment_file(exported: &Variables) -> (Option<String>, Vec<String>) {
    let (fit, unfit): (Vec<_>, Vec<_>) =
        exported.iter().partition(|(_, value)| !value.contains(['\n', '\r']));
    let lines = fit.into_iter().map(|(key, value)| format!("{key}={value}\n")).collect();
    let note = |(key, _)| {
        format!("`{key}` has several lines, which the runner's `$env_file` cannot carry: it is not set")
    };
    (Some(lines), unfit.into_iter().map(note).collect())
}
