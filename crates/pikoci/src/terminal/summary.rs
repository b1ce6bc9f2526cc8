//! What stands at the end of a build: its steps with state and duration, and what the one that failed wrote last.

use super::names::Name;
use super::region::clip;
use super::steps::{Ended, State, Step, Steps};
use super::tame::Tame;
use super::time::duration;
use super::{clean, style, table};

/// How many of the last lines of a failed step are shown.
const LAST_LINES: usize = 10;

/// How wide a note is, at most.
const NOTE_WIDTH: usize = 80;

/// What state and time of a step take of a line, in columns, with the space before each.
const STATE_AND_TIME: usize = 20;

/// How wide the name of a step is at least, on however narrow a terminal.
const LEAST_NAME: usize = 12;

/// The table of steps. What never was to run (a hook of another outcome) is left out. Empty where there is no step.
/// Names are cut so that state and time have room beside them in a line of `room` columns.
pub(crate) fn table_of(steps: &Steps, room: usize) -> String {
    let room = room.saturating_sub(STATE_AND_TIME).max(LEAST_NAME);
    let rows: Vec<_> = steps.all().iter().filter_map(|step| row(step, room)).collect();
    match rows.is_empty() {
        true => String::new(),
        false => table::table(["STEP", "STATE", "TIME", "NOTE"], &rows),
    }
}

fn row(step: &Step, room: usize) -> Option<[String; 4]> {
    let ended = match &step.state {
        State::Waiting => return None,
        State::Running(_) => &Ended { status: "running", took_ms: None, message: None },
        State::Ended(ended) if is_of_another_outcome(&step.name, ended) => return None,
        State::Ended(ended) => ended,
    };
    let indent = "  ".repeat(usize::try_from(step.name.depth).unwrap_or(0));
    Some([
        short(&format!("{indent}{}", step.name.title()), room),
        style::status(ended.status),
        ended.took_ms.map(duration).unwrap_or_default(),
        short(&clean(ended.message.as_deref().unwrap_or_default()), NOTE_WIDTH),
    ])
}

/// The text, cut to `room` columns: the step itself has said all of it.
fn short(text: &str, room: usize) -> String {
    match clip(text, room) {
        (all, _) if all.len() == text.len() => all,
        _ => format!("{}…", clip(text, room.saturating_sub(1)).0),
    }
}

fn is_of_another_outcome(name: &Name, ended: &Ended) -> bool {
    name.kind == "hook" && ended.status == "skipped"
}

/// What the first step that failed wrote last, in lines; empty where none did or it wrote nothing.
pub(crate) fn last_lines(steps: &Steps, room: usize) -> Vec<String> {
    let Some((_, step)) = steps.first_failed() else { return Vec::new() };
    let mut tame = Tame::default();
    let mut text = |line: &[u8]| {
        let mut out = Vec::new();
        tame.line(line, &mut out);
        clip(&format!("  {}", String::from_utf8_lossy(&out)), room).0
    };
    let lines: Vec<_> = step.last_lines(LAST_LINES).into_iter().map(&mut text).collect();
    match lines.is_empty() {
        true => lines,
        false => [format!("the last lines of {}:", step.name.title())].into_iter().chain(lines).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_listed_with_what_became_of_them() {
        let mut steps = Steps::default();
        let name = |kind, name, depth| Name { depth, ..Name::new(kind, name) };
        steps.begin(vec![name("get", "app", 0), name("task", "unit", 0), name("hook", "on_failure", 1)]);
        let names = [name("hook", "on_cancel", 1), name("task", "deploy", 0)];
        steps.begin(names.to_vec());
        steps.began(0, 0);
        steps.ended(0, "succeeded", None, 340);
        steps.began(1, 400);
        steps.wrote(1, b"one\n\x1b[2Jtwo\nthree is long\n");
        steps.ended(1, "failed", Some("exit\n2".into()), 3_849);
        steps.began(2, 4_000);
        steps.ended(2, "succeeded", None, 4_010);
        steps.ended(3, "skipped", None, 4_010);
        steps.ended(4, "skipped", None, 4_010);
        let text = anstream::adapter::strip_str(&table_of(&steps, 80)).to_string();
        let expected = "STEP               STATE      TIME    NOTE\n\
            get app            succeeded  340 ms\n\
            task unit          failed     3.4 s   exit\u{fffd}2\n\
            \x20 hook on_failure  succeeded  10 ms\n\
            task deploy        skipped\n";
        assert_eq!(text, expected);
        let expected = ["the last lines of task unit:", "  one", "  two", "  three is"];
        assert_eq!(last_lines(&steps, 10), expected);
    }

    #[test]
    fn on_a_narrow_terminal_names_are_cut_and_the_rest_is_there() {
        let mut steps = Steps::default();
        steps.begin(vec![Name::new("task", "end-to-end-of-everything")]);
        steps.began(0, 0);
        steps.ended(0, "failed", Some("exit code 2".into()), 3_500);
        let table = |room| anstream::adapter::strip_str(&table_of(&steps, room)).to_string();
        let expected = "STEP                  STATE   TIME   NOTE\n\
            task end-to-end-of-…  failed  3.5 s  exit code 2\n";
        assert_eq!(table(40), expected);
        assert!(table(5).contains("task end-to…  failed"), "{}", table(5));
        assert!(table(usize::MAX).contains("task end-to-end-of-everything  failed"));
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(short("exit code 2", 11), "exit code 2");
        assert_eq!(short("exit code 2", 10), "exit code…");
        assert_eq!(short(&"é".repeat(1_000), NOTE_WIDTH).chars().count(), NOTE_WIDTH);
    }

    #[test]
    fn where_nothing_failed_nothing_is_repeated() {
        let mut steps = Steps::default();
        steps.begin(vec![Name::new("task", "a")]);
        steps.wrote(0, b"text\n");
        steps.ended(0, "succeeded", None, 1);
        assert!(last_lines(&steps, 80).is_empty());
    }
}
