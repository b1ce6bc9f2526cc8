//! Keeps `docs/reference/cli.md` what the parser says. What stands above the marker is written by hand.

use clap::{Arg, ArgAction, Command, CommandFactory};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// Below this line the page is made by the test; set `UPDATE_DOCS=1` to make it anew.
const MARKER: &str =
    "<!-- From here on this page is made from the parser: UPDATE_DOCS=1 cargo test -p pikoci -->\n";

#[test]
fn the_parser_is_sound() {
    crate::Cli::command().debug_assert();
}

#[test]
fn the_page_of_commands_is_up_to_date() {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/cli.md"));
    let page = std::fs::read_to_string(&path).unwrap();
    let (by_hand, made) = page.split_once(MARKER).expect("the marker is there");
    let fresh = pages();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{by_hand}{MARKER}{fresh}")).unwrap();
    } else {
        assert!(made == fresh, "docs/reference/cli.md is old: run UPDATE_DOCS=1 cargo test -p pikoci");
    }
}

/// All commands, then the groups of flags that several share.
fn pages() -> String {
    let mut root = crate::Cli::command();
    root.build();
    let (mut out, mut groups) = (String::new(), BTreeMap::new());
    command_page(&root, &mut out, &mut groups);
    for (heading, rows) in groups {
        let _ = write!(out, "\n## Flags: {heading}\n\n{rows}");
    }
    out
}

fn command_page(command: &Command, out: &mut String, groups: &mut BTreeMap<String, String>) {
    let shown: Vec<_> = command
        .get_subcommands()
        .filter(|child| !child.is_hide_set() && child.get_name() != "help")
        .collect();
    if shown.is_empty() {
        leaf_page(command, out, groups);
    }
    for child in shown {
        command_page(child, out, groups);
    }
}

/// A command that does something.
fn leaf_page(command: &Command, out: &mut String, groups: &mut BTreeMap<String, String>) {
    let name = command.get_bin_name().unwrap_or_default();
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(out, "\n## `{name}`\n\n{about}.\n\n```\n{usage}\n```\n\n");
    let args: Vec<_> =
        command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help").collect();
    let (shared, own): (Vec<&Arg>, Vec<&Arg>) =
        args.into_iter().partition(|arg| arg.get_help_heading().is_some());
    out.push_str(&table(&own));
    let mut headings: Vec<_> = shared.iter().filter_map(|arg| arg.get_help_heading()).collect();
    headings.dedup();
    for heading in headings {
        let of_group: Vec<_> =
            shared.iter().copied().filter(|arg| arg.get_help_heading() == Some(heading)).collect();
        groups.entry(heading.to_owned()).or_insert_with(|| table(&of_group));
        let _ = write!(
            out,
            "\nAlso the flags of [{heading}](#flags-{}).\n",
            heading.to_lowercase().replace(' ', "-")
        );
    }
}

fn table(args: &[&Arg]) -> String {
    if args.is_empty() {
        return String::new();
    }
    let rows: String = args.iter().map(|arg| row(arg)).collect();
    format!("| argument | meaning |\n| --- | --- |\n{rows}")
}

fn row(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut notes = String::new();
    let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !default.is_empty() {
        let _ = write!(notes, " Default: `{}`.", default.join(" "));
    }
    if let Some(variable) = arg.get_env() {
        let _ = write!(notes, " Environment: `{}`.", variable.to_string_lossy());
    }
    let values: Vec<_> =
        arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        let _ = write!(notes, " One of {}.", values.join(", "));
    }
    let line = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: Vec<_> = help.split("\n\n").map(|part| line(part.trim_end_matches('.'))).collect();
    let text = text.join(". ").replace('|', "\\|");
    format!("| `{}` | {text}.{notes} |\n", spelling(arg).replace('|', "\\|"))
}

/// `--limit, -l N`, `BUILD`, `[JOB]`.
fn spelling(arg: &Arg) -> String {
    let values: Vec<_> =
        arg.get_value_names().unwrap_or_default().iter().map(|name| format!(" {name}")).collect();
    let value = if arg.get_action().takes_values() { values.concat() } else { String::new() };
    let more = if matches!(arg.get_action(), ArgAction::Append) { " …" } else { "" };
    match (arg.get_long(), arg.get_short()) {
        (Some(long), Some(short)) => format!("--{long}, -{short}{value}{more}"),
        (Some(long), None) => format!("--{long}{value}{more}"),
        (None, Some(short)) => format!("-{short}{value}{more}"),
        (None, None) if arg.is_required_set() => format!("{}{more}", value.trim()),
        (None, None) => format!("[{}]{more}", value.trim()),
    }
}
