//! `pikoci status`: what to look at in the morning.

use crate::client::model::{Build, Failing, Pinned, Red, Status, Waiting};
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{
    clean, style,
    table::{cell, rows},
    time,
};

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
        section("paused", &status.paused, |one| {
            [clean(&one.address()).into_owned(), String::new(), String::new()]
        }),
        section("pinned, with something newer", &status.pinned, pinned),
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

fn red(one: &Red) -> [String; 3] {
    [address(&one.build), style::status(one.build.shown_status()), red_since(one)]
}

/// When the first of the builds that went wrong ended, which need not be the one that is shown.
fn red_since(one: &Red) -> String {
    one.since.as_deref().map(|at| format!("red since {}", time::shown(at))).unwrap_or_default()
}

fn waiting(one: &Waiting) -> [String; 3] {
    let why = one.sentence.as_deref().unwrap_or_default();
    [address(&one.build), clean(why).into_owned(), String::new()]
}

fn running(build: &Build) -> [String; 3] {
    let state = style::status(build.shown_status());
    [address(build), state, since(build.started_at.as_deref())]
}

fn pinned(one: &Pinned) -> [String; 3] {
    let comment = one.comment.as_deref().unwrap_or_default();
    [clean(&one.address()).into_owned(), cell(&one.version.line()), clean(comment).into_owned()]
}

fn failing(one: &Failing) -> [String; 3] {
    let first = one.error.lines().next().unwrap_or_default();
    [clean(&one.address()).into_owned(), since(one.since.as_deref()), clean(first).into_owned()]
}

fn address(build: &Build) -> String {
    clean(&build.address()).into_owned()
}

fn since(at: Option<&str>) -> String {
    at.map(time::shown).unwrap_or_default()
}
