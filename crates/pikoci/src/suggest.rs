//! Names that were perhaps meant.

use crate::failure::Failure;

/// At most so many candidates are listed.
const LISTED: usize = 8;

/// An error with what was perhaps meant, or with what there is.
pub(crate) fn not_found(what: String, wanted: &str, names: &[String]) -> Failure {
    let failure = Failure::bad_input(what);
    match (closest(wanted, names), names) {
        (Some(name), _) => failure.hint(format!("did you mean `{name}`?")),
        (None, []) => failure,
        (None, names) => failure.hint(format!("there is {}", list(names))),
    }
}

/// The name that was perhaps meant.
fn closest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    names
        .iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name.as_str())
}

/// `a`, `b` and how many more.
pub(crate) fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}
