//! "Did you mean …".

/// The one of `known` that `given` is most likely a misspelling of.
pub(crate) fn closest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    known
        .into_iter()
        .map(|word| (strsim::osa_distance(&given, &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= allowed(word.chars().count().max(given.chars().count())))
        .min()
        .map(|(_, word)| word)
}

/// How many slips a word of that length may hold.
fn allowed(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    }
}

/// The hint that names the closest word, or else lists the words there are, if they are few.
pub(crate) fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    if let Some(word) = closest(given, known.iter().copied()) {
        return Some(format!("did you mean `{word}`?"));
    }
    match known.len() {
        0 => None,
        1..=12 => {
            let words: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
            Some(format!("there is {}", and(&words)))
        }
        _ => None,
    }
}

/// The words in backquotes, each behind `before`.
pub(crate) fn quoted_list(before: &str, words: &[&str]) -> String {
    and(&words.iter().map(|word| format!("`{before}{word}`")).collect::<Vec<_>>())
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["trigger", "passed", "timeout", "run"];
        assert_eq!(closest("triger", known), Some("trigger"));
        assert_eq!(closest("Passed", known), Some("passed"));
        assert_eq!(closest("rn", known), Some("run"));
        assert_eq!(closest("colour", known), None);
        assert_eq!(closest("", known), None);
    }

    #[test]
    fn few_words_are_listed() {
        let hint = did_you_mean("colour", ["trigger", "passed"]);
        assert_eq!(hint.as_deref(), Some("there is `passed` and `trigger`"));
    }
}
