//! The steps of a build and how they stand, told by what happened. Pure.

use super::names::Name;

/// So many bytes of what a step wrote last are kept, to be shown again.
const KEPT: usize = 8 * 1024;

/// A step.
#[derive(Debug)]
pub(crate) struct Step {
    /// What it is called.
    pub(crate) name: Name,
    /// How it stands.
    pub(crate) state: State,
    /// The end of what it wrote.
    tail: Vec<u8>,
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not begun.
    Waiting,
    /// It began at that time (milliseconds since 1970).
    Running(u64),
    /// It has ended.
    Ended(Ended),
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The state's word, or `warning`.
    pub(crate) status: &'static str,
    /// How many milliseconds it took, if it began.
    pub(crate) took_ms: Option<u64>,
    /// What happened, where the state alone does not say it.
    pub(crate) message: Option<String>,
}

/// All steps: those of the checks, then those of the build. Their number is their place.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    all: Vec<Step>,
    /// Where those begin that events speak of now.
    base: usize,
    /// The step that wrote last.
    last_to_write: Option<u32>,
}

impl Steps {
    /// What follows speaks of these steps.
    pub(crate) fn begin(&mut self, names: Vec<Name>) {
        self.base = self.all.len();
        let step = |name| Step { name, state: State::Waiting, tail: Vec::new() };
        self.all.extend(names.into_iter().map(step));
    }

    /// The number among all of a step of the attempt that goes on.
    pub(crate) fn number(&self, step: u32) -> u32 {
        u32::try_from(self.base).unwrap_or(u32::MAX).saturating_add(step)
    }

    /// The step of that number among all.
    pub(crate) fn get(&self, number: u32) -> Option<&Step> {
        self.all.get(usize::try_from(number).ok()?)
    }

    /// All, in order.
    pub(crate) fn all(&self) -> &[Step] {
        &self.all
    }

    /// Those of the build, without its checks, and what only holds others.
    pub(crate) fn of_build(&self) -> impl Iterator<Item = &Step> {
        self.all[self.base..].iter().filter(|step| !step.name.is_group())
    }

    /// A step has begun.
    pub(crate) fn began(&mut self, number: u32, at_ms: u64) {
        if let Some(step) = self.get_mut(number) {
            step.state = State::Running(at_ms);
        }
    }

    /// A step wrote something.
    pub(crate) fn wrote(&mut self, number: u32, bytes: &[u8]) {
        self.last_to_write = Some(number);
        if let Some(step) = self.get_mut(number) {
            step.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(KEPT)..]);
            let over = step.tail.len().saturating_sub(KEPT);
            if over > KEPT {
                step.tail.drain(..over);
            }
        }
    }

    /// A step has ended at that time.
    pub(crate) fn ended(&mut self, number: u32, status: &'static str, message: Option<String>, at_ms: u64) {
        if let Some(step) = self.get_mut(number) {
            let took_ms = match step.state {
                State::Running(since) => Some(at_ms.saturating_sub(since)),
                _ => None,
            };
            step.state = State::Ended(Ended { status, took_ms, message });
        }
    }

    /// The first step that failed, with its number.
    pub(crate) fn first_failed(&self) -> Option<(u32, &Step)> {
        let is_bad = |step: &Step| match &step.state {
            State::Ended(ended) => matches!(ended.status, "failed" | "errored"),
            _ => false,
        };
        (0..).zip(&self.all).find(|(_, step)| is_bad(step) && !step.name.is_group())
    }

    /// Whether that step wrote last.
    pub(crate) fn wrote_last(&self, number: u32) -> bool {
        self.last_to_write == Some(number)
    }

    fn get_mut(&mut self, number: u32) -> Option<&mut Step> {
        self.all.get_mut(usize::try_from(number).ok()?)
    }
}

impl Step {
    /// The last lines that it wrote, at most so many.
    pub(crate) fn last_lines(&self, most: usize) -> Vec<&[u8]> {
        let text = self.tail.strip_suffix(b"\n").unwrap_or(&self.tail);
        if text.is_empty() {
            return Vec::new();
        }
        let mut lines: Vec<_> = text.rsplit(|byte| *byte == b'\n').take(most).collect();
        lines.reverse();
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Steps {
        let mut steps = Steps::default();
        steps.begin(vec![Name::new("check", "git.app")]);
        steps.began(0, 1_000);
        steps.ended(0, "succeeded", None, 1_500);
        steps.begin(vec![Name::new("task", "a"), Name::new("task", "b")]);
        steps
    }

    #[test]
    fn checks_stand_before_the_build() {
        let mut steps = steps();
        assert_eq!((steps.number(0), steps.number(1)), (1, 2));
        steps.began(2, 2_000);
        steps.ended(2, "failed", Some("exit code 2".into()), 2_300);
        let ended = Ended { status: "failed", took_ms: Some(300), message: Some("exit code 2".into()) };
        let (number, failed) = steps.first_failed().unwrap();
        assert_eq!((number, &failed.state), (2, &State::Ended(ended)));
        steps.ended(1, "skipped", None, 2_300);
        let skipped = Ended { status: "skipped", took_ms: None, message: None };
        assert_eq!(steps.get(1).unwrap().state, State::Ended(skipped));
        assert_eq!(steps.of_build().count(), 2);
    }

    #[test]
    fn the_last_lines_are_kept_within_bounds() {
        let mut steps = steps();
        assert!(steps.get(1).unwrap().last_lines(3).is_empty());
        for number in 0..100_000 {
            steps.wrote(1, format!("line {number}\n").as_bytes());
        }
        steps.wrote(1, b"open");
        let step = steps.get(1).unwrap();
        assert_eq!(step.last_lines(2), [&b"line 99999"[..], b"open"]);
        assert!(step.tail.len() <= 2 * KEPT);
        steps.wrote(1, &[b'x'; 1_000_000]);
        assert!(steps.get(1).unwrap().tail.len() <= 2 * KEPT);
        assert!(steps.wrote_last(1) && !steps.wrote_last(2));
    }
}
