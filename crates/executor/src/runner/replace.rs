//! `$NAME` in texts that no shell reads.

use super::place::{Place, places};
use crate::environment::Variables;

/// The text with the value of each variable that there is in the place of its name. What was put in is not looked
/// at again; a name that stands for nothing stays.
pub(crate) fn replace_once(text: &str, variables: &Variables) -> String {
    let piece = |place| match place {
        Place::Text(text) => text,
        Place::Name { name, written } => variables.get(name).map_or(written, String::as_str),
    };
    places(text).into_iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_looked_at_again() {
        let variables =
            [("A", "$B"), ("B", "b")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(replace_once("x-$A-${B}.$C $$ 5$", &variables), "x-$B-b.$C $$ 5$");
    }
}
