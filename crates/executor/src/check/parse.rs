//! The answer of a check: a JSON array of objects, as its whole output or on its last line.

use pikoci_plan::plan::CHECK_VERSIONS;
use pikoci_plan::version::Version;
use serde_json::Value;

/// The most bytes that one version may have, keys and values together.
const VERSION_BYTES: usize = 64 * 1024;

/// The most bytes that the versions of one answer may have: what fits into a message between worker and
/// server, with room to spare.
const VERSIONS_BYTES: usize = 256 * 1024;

/// The most characters of an answer that an error quotes.
const QUOTED_CHARS: usize = 200;

/// The versions of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Oldest first.
    pub(super) versions: Vec<Version>,
    /// Whether there were more than are taken at a time.
    pub(super) more: bool,
}

/// Reads an answer. Nothing but white space is none. The error is a sentence that quotes what `mask` leaves of it.
pub(super) fn versions(answer: &[u8], mask: &dyn Fn(&str) -> String) -> Result<Found, String> {
    let text = answer.trim_ascii();
    if text.is_empty() {
        return Ok(Found::default());
    }
    let last_line = text.rsplit(|byte| *byte == b'\n').next().unwrap_or(text);
    let array = array(text).or_else(|_| array(last_line)).map_err(|problem| {
        format!(
            "its output is no JSON array of versions ({problem}): {}",
            quoted(&mask(&String::from_utf8_lossy(last_line)))
        )
    })?;
    take(array)
}

/// The versions that a push made: an object or an array on the last line, or as all of it. Nothing is none; a last
/// line that is no JSON is no answer, but a message.
pub(crate) fn made(answer: &[u8]) -> Result<Vec<Version>, String> {
    let text = answer.trim_ascii();
    let last_line = text.rsplit(|byte| *byte == b'\n').next().unwrap_or(text);
    let json = serde_json::from_slice(text).or_else(|_| serde_json::from_slice(last_line));
    match json {
        Ok(Value::Array(array)) => take(array).map(|found| found.versions),
        Ok(object @ Value::Object(_)) => take(vec![object]).map(|found| found.versions),
        _ => Ok(Vec::new()),
    }
}

fn array(text: &[u8]) -> Result<Vec<Value>, String> {
    match serde_json::from_slice(text) {
        Ok(Value::Array(array)) => Ok(array),
        Ok(other) => Err(format!("it is {}", kind(&other))),
        Err(error) => Err(error.to_string()),
    }
}

/// The oldest, as many as are taken at a time.
fn take(array: Vec<Value>) -> Result<Found, String> {
    let mut found = Found::default();
    let mut bytes = 0;
    for (index, value) in array.into_iter().enumerate() {
        let version =
            version(value).map_err(|problem| format!("version {} of its output {problem}", index + 1))?;
        bytes += size(&version);
        if found.versions.len() == CHECK_VERSIONS || bytes > VERSIONS_BYTES {
            found.more = true;
            break;
        }
        found.versions.push(version);
    }
    Ok(found)
}

fn version(value: Value) -> Result<Version, String> {
    let Value::Object(object) = value else {
        return Err(format!("is {}, not an object", kind(&value)));
    };
    let version = Version::of_json(object);
    if version.identifying().next().is_none() {
        return Err("has no key that identifies it (keys that begin with `_` do not)".to_owned());
    }
    if size(&version) > VERSION_BYTES {
        return Err(format!("is longer than {VERSION_BYTES} bytes"));
    }
    Ok(version)
}

fn size(version: &Version) -> usize {
    version.0.iter().map(|(key, value)| key.len() + value.len()).sum()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The beginning of what cannot be read.
fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(QUOTED_CHARS).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(answer: &[u8]) -> Result<Found, String> {
        versions(answer, &|text| text.replace("hunter2", "***"))
    }

    fn read(answer: &str) -> Result<Vec<Version>, String> {
        found(answer.as_bytes()).map(|found| found.versions)
    }

    #[test]
    fn answers_are_read_as_the_language_says() {
        let one = || Ok(vec![Version::from([("ref", "a")])]);
        let cases = [
            ("", Ok(vec![])),
            (" \n\t\n", Ok(vec![])),
            ("[]", Ok(vec![])),
            (r#"[{"ref":"a"}]"#, one()),
            ("[\n  {\"ref\":\n \"a\"}\n]\n", one()),
            ("Fetching …\n[1/2] half\n[{\"ref\":\"a\"}]\n\n", one()),
            (
                r#"[{"n":1.50,"b":true,"x":null,"o":{"p":{"q":"r"}},"l":[1,"2"],"_message":"m"}]"#,
                Ok(vec![Version::from([
                    ("n", "1.5"),
                    ("b", "true"),
                    ("o_p_q", "r"),
                    ("l", r#"[1,"2"]"#),
                    ("_message", "m"),
                ])]),
            ),
        ];
        for (answer, expected) in cases {
            assert_eq!(read(answer), expected, "{answer}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        let cases = [
            ("fatal: no such branch", "fatal: no such branch"),
            (r#"{"ref":"a"}"#, "it is an object"),
            (r#"[{"ref":"a"},3]"#, "version 2 of its output is a number"),
            (r#"[{"_message":"a"}]"#, "no key that identifies it"),
            (r#"["a"]"#, "is a text, not an object"),
        ];
        for (answer, part) in cases {
            let problem = read(answer).expect_err(answer);
            assert!(problem.contains(part), "{problem}");
        }
        let long = "x".repeat(100_000);
        assert!(read(&long).expect_err("no JSON").len() < 1_000);
        let cut = format!("{}hunter2", "x".repeat(QUOTED_CHARS - 3));
        assert!(!read(&cut).expect_err("no JSON").contains("hun"), "masked before it is cut");
    }

    #[test]
    fn the_oldest_are_taken_and_the_rest_is_announced() {
        let many: Vec<String> = (0..1_001).map(|number| format!(r#"{{"n":{number}}}"#)).collect();
        let of = |versions: &[String]| found(format!("[{}]", versions.join(",")).as_bytes()).expect("read");
        let found = of(&many);
        assert_eq!((found.versions.len(), found.more), (1_000, true));
        assert_eq!(found.versions[0].get("n"), Some("0"));
        let found = of(&many[..1_000]);
        assert_eq!((found.versions.len(), found.more), (1_000, false));
        let large: Vec<String> =
            (0..30).map(|number| format!(r#"{{"n":{number},"t":"{}"}}"#, "x".repeat(10_000))).collect();
        let found = of(&large);
        assert!(found.more && found.versions.len() > 20, "as many as fit into a message");
    }

    #[test]
    fn depth_is_an_error_and_no_overflow() {
        let deep = format!("[{}1{}]", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        assert!(read(&deep).is_err());
    }

    proptest! {
        #[test]
        fn hostile_answers_neither_panic_nor_grow(answer in prop::collection::vec(any::<u8>(), 0..2_000)) {
            if let Ok(found) = found(&answer) {
                prop_assert!(found.versions.len() <= CHECK_VERSIONS);
            }
        }

        #[test]
        fn json_of_any_shape_is_read_or_refused(answer in r#"\[?[\[\]{}":,a0-9_ \\nul\n.eE+-]{0,60}\]?"#) {
            let _ = read(&answer);
        }
    }
}
