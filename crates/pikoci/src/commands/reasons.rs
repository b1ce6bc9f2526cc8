//! Why something does not run, and what would let it, in lines for people.

use crate::client::model::Reason;
use crate::terminal::{clean, style};

/// Each reason on a line, and below it what would unblock it.
pub(crate) fn lines(reasons: &[Reason]) -> String {
    reasons.iter().map(line).collect()
}

fn line(reason: &Reason) -> String {
    let hint = style::HINT;
    let unblock =
        reason.unblock.as_ref().map(|what| format!("    {hint}to go on:{hint:#} {}\n", clean(what)));
    format!("  {}\n{}", clean(&reason.sentence), unblock.unwrap_or_default())
}
