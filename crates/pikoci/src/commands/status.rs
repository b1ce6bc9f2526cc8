//! `pikoci status`: what to look at in the morning.

use crate::client::model::{Failing, Status, Subject};
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{clean, style, table::rows, time};

/// The arguments of `pikoci status`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows what is red, what waits and why, which checks fail, what is paused, and what runs.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| Said::object(client.get("/api/v1/status").await?, render))
}

fn render(status: &Status) -> String {
    let sections = [
        section("red", &status.red, red),
        section("waiting", &status.waiting, waiting),
        section("checks failing", &status.failing_checks, failing),
        section("paused", &status.paused, |one| [one.address(), String::new(), String::new()]),
        section("running", &status.running, running),
    ];
    match sections.concat() {
        text if text.is_empty() => "all is well: nothing is red, waits, runs or is paused\n".into(),
        text => text,
    }
}

/// A head, and a line for each; nothing where there are none.
fn section<T>(head: &str, all: &[T], row: impl Fn(&T) -> [String; 3]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let lines: String =
        rows(&all.iter().map(row).collect::<Vec<_>>()).lines().map(|line| format!("  {line}\n")).collect();
    let bold = style::HEAD;
    format!("{bold}{head}{bold:#}\n{lines}")
}

fn red(one: &Subject) -> [String; 3] {
    let status = one.status.as_deref().unwrap_or("failed");
    [one.address(), style::status(&clean(status)), since(one.since.as_deref())]
}

fn waiting(one: &Subject) -> [String; 3] {
    [one.address(), clean(one.sentence.as_deref().unwrap_or_default()).into_owned(), String::new()]
}

fn running(one: &Subject) -> [String; 3] {
    [one.address(), since(one.since.as_deref()), String::new()]
}

fn failing(one: &Failing) -> [String; 3] {
    let first = one.error.lines().next().unwrap_or_default();
    [clean(&one.resource).into_owned(), since(one.since.as_deref()), clean(first).into_owned()]
}

fn since(at: Option<&str>) -> String {
    at.map(time::shown).unwrap_or_default()
}
