//! The answer of a check: a JSON array of objects, as its whole output or on its last line.

use pikoci_plan::plan::CHECK_VERSIONS;
use pikoci_plan::version::Version;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;

/// The most bytes that one version may have, keys and values together.
const VERSION_BYTES: usize = 64 * 1024;

/// The most bytes that one version may have as JSON, white space and escapes included: longer ones are not even read.
const JSON_BYTES: usize = 8 * VERSION_BYTES;

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
    bytes: usize,
}

/// Reads an answer. Nothing but white space is none. Of more versions than are taken at a time those before the `known` one
/// are left out, so that a check that tells all there is comes to its end. The error is a sentence that quotes what `mask`
/// leaves of the answer.
pub(super) fn versions(
    answer: &[u8],
    known: Option<&Version>,
    mask: &dyn Fn(&str) -> String,
) -> Result<Found, String> {
    let text = answer.trim_ascii();
    if text.is_empty() {
        return Ok(Found::default());
    }
    let last_line = last_line(text);
    array(text, known).or_else(|_| array(last_line, known)).map_err(|problem| {
        format!(
            "its output is no JSON array of versions ({problem}): {}",
            quoted(&mask(&String::from_utf8_lossy(last_line)))
        )
    })?
}

/// The versions that a push made: an object or an array on the last line, or as all of it. Nothing is none; a last
/// line that is no JSON is no answer, but a message.
pub(crate) fn made(answer: &[u8]) -> Result<Vec<Version>, String> {
    let text = answer.trim_ascii();
    let found = match array(text, None).or_else(|_| array(last_line(text), None)) {
        Ok(found) => found?,
        Err(_) => match object(text).or_else(|| object(last_line(text))) {
            Some(json) => Found { versions: vec![version(json)?], ..Found::default() },
            None => Found::default(),
        },
    };
    match found.more {
        true => Err(format!(
            "it names more versions than are taken of a push ({CHECK_VERSIONS}, of {VERSIONS_BYTES} bytes together)"
        )),
        false => Ok(found.versions),
    }
}

fn last_line(text: &[u8]) -> &[u8] {
    text.rsplit(|byte| *byte == b'\n').next().unwrap_or(text)
}

/// The text, if it is one JSON object.
fn object(text: &[u8]) -> Option<&RawValue> {
    serde_json::from_slice::<&RawValue>(text).ok().filter(|json| json.get().starts_with('{'))
}

/// The versions of a text that is one JSON array. What is wrong with the text, or else with the versions.
fn array(text: &[u8], known: Option<&Version>) -> Result<Result<Found, String>, String> {
    let text = std::str::from_utf8(text)
        .map_err(|error| format!("it is not UTF-8 from byte {} on", error.valid_up_to() + 1))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let found = json.deserialize_seq(Versions(known)).and_then(|found| json.end().map(|()| found));
    found.map_err(|error| match serde_json::from_str::<&RawValue>(text) {
        Ok(other) if error.is_data() => format!("it is {}", kind(other)),
        _ => error.to_string(),
    })
}

/// Takes the oldest versions of an array, as many as are taken at a time. All others are read over: a long array needs no
/// memory.
struct Versions<'known>(Option<&'known Version>);

impl<'json> Visitor<'json> for Versions<'_> {
    type Value = Result<Found, String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of versions")
    }

    fn visit_seq<A: SeqAccess<'json>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut found = Found::default();
        let mut problem = None;
        let mut index = 0;
        // Full, and the known one does not come any more: the rest is for the next check.
        while problem.is_none() && !(found.more && found.begins_with(self.0)) {
            let Some(json) = array.next_element::<&RawValue>()? else { break };
            index += 1;
            match version(json) {
                Ok(version) => found.add(version, self.0),
                Err(what) => problem = Some(format!("version {index} of its output {what}")),
            }
        }
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(problem.map_or(Ok(found), Err))
    }
}

impl Found {
    /// Takes a version, if there is room. Where there is none, those before the known one make it.
    fn add(&mut self, version: Version, known: Option<&Version>) {
        let is_known = known.is_some_and(|known| known.identity() == version.identity());
        if self.more && is_known {
            *self = Self::default();
        }
        if self.is_full(&version) && !is_known {
            self.forget_before(known);
        }
        self.more |= self.is_full(&version);
        if !self.more {
            self.bytes += size(&version);
            self.versions.push(version);
        }
    }

    fn is_full(&self, version: &Version) -> bool {
        self.versions.len() == CHECK_VERSIONS || self.bytes + size(version) > VERSIONS_BYTES
    }

    /// Drops what stands before the known version, if that is there.
    fn forget_before(&mut self, known: Option<&Version>) {
        let Some(known) = known.map(Version::identity) else { return };
        if let Some(place) = self.versions.iter().position(|version| version.identity() == known) {
            self.versions.drain(..place);
            self.bytes = self.versions.iter().map(size).sum();
        }
    }

    /// Whether nothing is to be dropped for the known version any more: it comes first, or there is none.
    fn begins_with(&self, known: Option<&Version>) -> bool {
        known.is_none_or(|known| {
            self.versions.first().is_some_and(|first| first.identity() == known.identity())
        })
    }
}

fn version(json: &RawValue) -> Result<Version, String> {
    let too_long = || Err(format!("is longer than {VERSION_BYTES} bytes"));
    if json.get().len() > JSON_BYTES {
        return too_long();
    }
    let object: Map<String, Value> = match serde_json::from_str(json.get()) {
        Ok(object) => object,
        Err(error) if error.is_data() => return Err(format!("is {}, not an object", kind(json))),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    if flat_bytes(0, &object) > VERSION_BYTES {
        return too_long();
    }
    let version = Version::of_json(object);
    if version.identifying().next().is_none() {
        return Err("has no key that identifies it (keys that begin with `_` do not)".to_owned());
    }
    // What is no text is longer than it seemed.
    if size(&version) > VERSION_BYTES {
        return too_long();
    }
    Ok(version)
}

/// At least how many bytes the version has once it is flat, when each key has those of the objects around it.
fn flat_bytes(prefix: usize, object: &Map<String, Value>) -> usize {
    let bytes = object.iter().map(|(key, value)| match value {
        Value::Null => 0,
        Value::Object(inner) => flat_bytes(prefix + key.len(), inner),
        Value::String(text) => prefix + key.len() + text.len(),
        _ => prefix + key.len(),
    });
    bytes.fold(0, usize::saturating_add)
}

fn size(version: &Version) -> usize {
    version.0.iter().map(|(key, value)| key.len() + value.len()).sum()
}

fn kind(json: &RawValue) -> &'static str {
    match json.get().as_bytes().first() {
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(b'"') => "a text",
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        _ => "a number",
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
        versions(answer, None, &|text| text.replace("hunter2", "***"))
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
            (r#"[{"ref":"a"}] trailing"#, "trailing characters"),
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
    fn what_is_not_utf_8_is_said_to_be_so() {
        let problem = found(b"[{\"ref\":\"\xff\"}]").expect_err("not UTF-8");
        assert!(problem.contains("it is not UTF-8 from byte 10 on"), "{problem}");
        let after_other_text = b"Fetching \xe9t\xe9\n[{\"ref\":\"a\"}]";
        assert_eq!(
            found(after_other_text).map(|found| found.versions.len()),
            Ok(1),
            "only what is read counts"
        );
    }

    #[test]
    fn a_long_answer_is_read_over_and_a_version_that_would_grow_is_refused() {
        let zeros = format!("[{{\"n\":1}},{}0]", "0,".repeat(1_000_000));
        assert_eq!(read(&zeros), Err("version 2 of its output is a number, not an object".to_owned()));
        // Each of the inner keys would get the outer one.
        let inner: Vec<String> = (0..1_000).map(|number| format!("\"{number}\":1")).collect();
        let grows = format!("[{{\"{}\":{{{}}}}}]", "x".repeat(30_000), inner.join(","));
        assert!(read(&grows).expect_err("too long").contains("is longer than 65536 bytes"));
        let list = format!("[{{\"n\":[{}1]}}]", "1,".repeat(VERSION_BYTES));
        assert!(read(&list).expect_err("too long").contains("is longer than 65536 bytes"));
        let blank = format!("[{{\"n\":{}1}}]", " ".repeat(JSON_BYTES));
        assert!(read(&blank).expect_err("too long").contains("is longer than 65536 bytes"));
    }

    #[test]
    fn a_push_names_one_version_or_some_and_too_many_are_an_error() {
        let version = |name: &str| Version::from([("ref", name)]);
        assert_eq!(made(br#"{"ref":"a"}"#), Ok(vec![version("a")]));
        assert_eq!(made(b"pushing\n{\"ref\":\"a\"}\n"), Ok(vec![version("a")]));
        assert_eq!(made(b"pushed \xff\n[]"), Ok(vec![]));
        assert!(made(br#"{"_only":"metadata"}"#).is_err());
        let many: Vec<String> = (0..=CHECK_VERSIONS).map(|number| format!(r#"{{"n":{number}}}"#)).collect();
        let problem = made(format!("[{}]", many.join(",")).as_bytes()).expect_err("too many");
        assert!(problem.contains("more versions than are taken of a push (1000"), "{problem}");
    }

    #[test]
    fn depth_is_an_error_and_no_overflow() {
        let deep = format!("[{}1{}]", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        assert!(read(&deep).is_err());
    }

    /// A check that tells all there is each time comes to its end, by and by.
    #[test]
    fn a_long_answer_goes_on_behind_the_known_version() {
        let all: Vec<String> = (0..2_500).map(|number| format!(r#"{{"n":"{number}"}}"#)).collect();
        let answer = format!("[{}]", all.join(","));
        let numbered = |number: usize| Version::from([("n", number.to_string().as_str())]);
        let (mut known, mut ends) = (None, Vec::new());
        for _ in 0..3 {
            let found = versions(answer.as_bytes(), known.as_ref(), &str::to_owned).unwrap();
            assert!(found.versions.len() <= CHECK_VERSIONS);
            known = found.versions.last().cloned();
            ends.push((known.clone().unwrap(), found.more));
        }
        assert_eq!(ends, [(numbered(999), true), (numbered(1_998), true), (numbered(2_499), false)]);
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
