//! Conditions, whether they hold, and what is said about texts that are none.

use super::Condition;

fn value(name: &str) -> Option<String> {
    let known =
        [("BRANCH", "main"), ("N", "10"), ("EMPTY", ""), ("EVIL", "x' || 1 == 1 || '"), ("NO", "false")];
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn conditions_hold_or_not() {
    let table = [
        ("", false),
        ("true", true),
        ("0", false),
        ("$NO", false),
        ("$BRANCH", true),
        ("$MISSING", false),
        ("$BRANCH == main", true),
        ("$BRANCH==main", true),
        ("$BRANCH != main", false),
        ("'$BRANCH' == 'main'", true),
        ("refs/heads/$BRANCH == refs/heads/main", true),
        ("$N > 9", true),
        ("$N == 10.0", true),
        ("$N < 9", false),
        ("b > a", true),
        ("$BRANCH contains ai", true),
        ("$BRANCH !contains ai", false),
        ("$MISSING == ''", true),
        ("$BRANCH == x || $N == 10", true),
        ("$BRANCH == main && $N == 9", false),
        ("a == b || a == a && b == b", true),
        ("(a == b || a == a) && b == c", false),
        ("$EVIL == y", false),
        ("$EVIL", true),
        ("'$' == $", true),
    ];
    for (text, expected) in table {
        let condition = Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(condition.holds(&value), expected, "{text}");
    }
}

#[test]
fn what_is_no_condition_is_explained() {
    let deep = "(".repeat(40);
    let table = [
        ("a b", "an operator is missing before `b`"),
        ("a ==", "a text is missing at its end"),
        ("== b", "a text is missing before `==`"),
        ("(a", "a `(` is not closed"),
        ("a)", "a `)` closes nothing"),
        ("a >= b", "there is no operator `>=`"),
        ("'a", "a text that begins with ' does not end"),
        ("a = b", "`=` compares nothing"),
        ("!$A", "`!` negates nothing here"),
        ("a && ", "a text is missing at its end"),
        (deep.as_str(), "its parentheses are nested more than 16 deep"),
    ];
    for (text, expected) in table {
        assert_eq!(Condition::parse(text).expect_err(text).message, expected, "{text}");
    }
}
