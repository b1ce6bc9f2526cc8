//! `$NAME` in texts that no shell reads.

use super::place::{Place, places};
use crate::environment::Variables;
use pikoci_lang::{Late, Value};

/// The same with the texts replaced that the pipeline itself says; what secrets, tasks and versions bring is never
/// looked at.
pub(crate) fn replace_in(late: &Late, variables: &Variables) -> Late {
    let all = |items: &[Late]| items.iter().map(|item| replace_in(item, variables)).collect();
    match late {
        Late::Literal(value) => Late::Literal(in_value(value, variables)),
        Late::List(items) => Late::List(all(items)),
        Late::Map(items) => {
            Late::Map(items.iter().map(|(key, item)| (key.clone(), replace_in(item, variables))).collect())
        }
        Late::Template(pieces) => Late::Template(all(pieces)),
        Late::Call { function, args } => Late::Call { function: function.clone(), args: all(args) },
        Late::If { condition, yes, no } => Late::If {
            condition: condition.clone(),
            yes: Box::new(replace_in(yes, variables)),
            no: Box::new(replace_in(no, variables)),
        },
        Late::Secret(_) | Late::Build(_) | Late::Index { .. } | Late::Operation { .. } => late.clone(),
    }
}

fn in_value(value: &Value, variables: &Variables) -> Value {
    match value {
        Value::String(text) => Value::string(replace_once(text, variables)),
        Value::List(list) => Value::list(list.items().iter().map(|item| in_value(item, variables)).collect()),
        Value::Map(map) => Value::map(
            map.entries().iter().map(|(key, item)| (key.clone(), in_value(item, variables))).collect(),
        ),
        other => other.clone(),
    }
}

/// The text with the value of each variable that there is in the place of its name. What was put in is not looked
/// at again; a name that stands for nothing stays.
fn replace_once(text: &str, variables: &Variables) -> String {
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

    #[test]
    fn only_what_the_pipeline_says_is_looked_at() {
        let variables = [("A".to_owned(), "1".to_owned())].into();
        let secret = || Late::Secret("token".to_owned());
        let late = Late::Template(vec!["x-$A-".into(), secret()]);
        assert_eq!(replace_in(&late, &variables), Late::Template(vec!["x-1-".into(), secret()]));
        let list = |text: &str| Late::Literal(Value::list(vec![Value::string(text), Value::Null]));
        assert_eq!(replace_in(&list("$A$A"), &variables), list("11"));
    }
}
