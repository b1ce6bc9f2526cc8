//! What setting a pipeline changes, in lines for people.

use crate::client::model::{Change, Diff, Trigger};
use crate::terminal::{clean, style, table::cell};
use std::fmt::Write;

/// All of it: jobs, resources, what it starts, and the text. Empty if nothing changes.
pub(super) fn render(name: &str, diff: &Diff) -> String {
    if diff.pipeline == "unchanged" {
        return String::new();
    }
    let mut out = format!("pipeline {}: {}\n", clean(name), revision(diff));
    out.extend(diff.jobs.iter().filter_map(|job| line("job", job)));
    out.extend(diff.resources.iter().filter_map(|resource| line("resource", resource)));
    if !diff.triggers.is_empty() {
        out.push_str("starts at once\n");
        out.extend(diff.triggers.iter().map(start));
    }
    // Of a new one the text is the file at hand.
    if diff.pipeline != "new" && !diff.text.is_empty() {
        out.push('\n');
        out.push_str(&text(&diff.text));
    }
    out
}

fn revision(diff: &Diff) -> String {
    match diff.revision.from {
        _ if diff.pipeline == "new" => format!("new, revision {}", diff.revision.to),
        Some(from) => format!("revision {from} to {}", diff.revision.to),
        None => format!("revision {}", diff.revision.to),
    }
}

/// `  ~ job test: steps, inputs`
fn line(kind: &str, change: &Change) -> Option<String> {
    let (mark, style) = match change.change.as_str() {
        "added" => ('+', style::ADDED),
        "removed" => ('-', style::REMOVED),
        "changed" => ('~', style::CHANGED),
        _ => return None,
    };
    let what = match change.what.is_empty() || change.change != "changed" {
        true => String::new(),
        false => format!(": {}", clean(&change.what.join(", "))),
    };
    Some(format!("  {style}{mark}{style:#} {kind} {}{what}\n", clean(&change.name)))
}

/// `  test: git.app ref=3f2a91c (new version)`
fn start(trigger: &Trigger) -> String {
    let input = |(resource, version): (&str, String)| cell(&format!("{resource} {version}"));
    let inputs = trigger.inputs.iter().map(|one| (one.resource.as_str(), one.version.line()));
    let inputs: Vec<_> = inputs.map(input).collect();
    let mut out = format!("  {}", clean(&trigger.job));
    if !inputs.is_empty() {
        let _ = write!(out, ": {}", inputs.join(", "));
    }
    if let Some(why) = trigger.why.as_deref().filter(|why| !why.is_empty()) {
        let _ = write!(out, " ({})", clean(why));
    }
    out.push('\n');
    out
}

/// A unified diff, coloured.
fn text(diff: &str) -> String {
    diff.lines()
        .map(|line| {
            let style = match line.as_bytes().first() {
                Some(b'+') => style::ADDED,
                Some(b'-') => style::REMOVED,
                Some(b'@') => style::HINT,
                _ => anstyle::Style::new(),
            };
            let line: Vec<_> = line.split('\t').map(clean).collect();
            format!("{style}{}{style:#}\n", line.join("\t"))
        })
        .collect()
}
