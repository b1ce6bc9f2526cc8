//! The line of work of a build.

use super::Taken;
use crate::facts::JobFacts;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The longest text of a space, in characters; a longer one is hashed.
const LONGEST: usize = 190;

/// The spaces of a build's triggering inputs, in written order; empty where all are.
pub(super) fn of(job: &JobFacts, taken: &[Taken]) -> String {
    let triggering = taken.iter().filter(|taken| job.inputs[taken.input].trigger);
    let spaces: Vec<_> = triggering.map(|taken| taken.version.space.as_str()).collect();
    if spaces.iter().all(|space| space.is_empty()) {
        return String::new();
    }
    let text = spaces.join("\u{1f}");
    if text.chars().count() <= LONGEST { text } else { hex(&text) }
}

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{InputFacts, Stored};

    fn space(spaces: &[&str]) -> String {
        let input = |_: &&str| InputFacts { trigger: true, ..InputFacts::default() };
        let mut inputs: Vec<_> = spaces.iter().map(input).collect();
        inputs.push(InputFacts::default());
        let version = |space: &str| Stored { space: space.to_owned(), ..Stored::default() };
        let spaces = spaces.iter().chain(&["elsewhere"]);
        let taken: Vec<_> =
            spaces.enumerate().map(|(input, space)| Taken { input, version: version(space) }).collect();
        of(&JobFacts { inputs, ..JobFacts::default() }, &taken)
    }

    #[test]
    fn the_spaces_of_what_triggers_in_written_order() {
        assert_eq!(space(&[]), "");
        assert_eq!(space(&["", ""]), "");
        assert_eq!(space(&["", "7"]), "\u{1f}7");
        assert_eq!(space(&["main", "7"]), "main\u{1f}7");
        assert_eq!(space(&[&"ü".repeat(190)]), "ü".repeat(190));
        assert_eq!(space(&[&"x".repeat(191)]).len(), 64);
        assert_ne!(space(&[&"x".repeat(191)]), space(&[&"x".repeat(192)]));
    }
}
