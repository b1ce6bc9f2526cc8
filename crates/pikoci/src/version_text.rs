//! Versions as they are written on the command line, and shown on one line.

use pikoci_plan::version::Version;
use serde_json::Value;
use std::str::FromStr;

/// One `--version type.name=JSON`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forced {
    /// `type.name`.
    pub(crate) resource: String,
    /// Of it, what was said.
    pub(crate) version: Version,
}

impl FromStr for Forced {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((resource, json)) if resource.contains('.') => {
                Ok(Self { resource: resource.to_owned(), version: version(json)? })
            }
            _ => Err("write it as TYPE.NAME=JSON, for example 'git.app={\"ref\": \"3f2a…\"}'".into()),
        }
    }
}

/// Reads a version, a JSON object: nested objects flatten with `_`, values that are no text are written as JSON, null is none.
///
/// # Errors
/// It is no JSON object, or has no key that identifies a version; in words for the command line.
pub(crate) fn version(text: &str) -> Result<Version, String> {
    let example = "for example {\"ref\": \"3f2a…\"}";
    let Ok(Value::Object(object)) = serde_json::from_str(text) else {
        return Err(format!("write it as a JSON object, {example}"));
    };
    let version = Version::of_json(object);
    let has_identity = version.identifying().next().is_some();
    has_identity.then_some(version).ok_or_else(|| format!("it has no key that says which version, {example}"))
}

/// What identifies a version on one line, and the first line of its message: `ref=3f2a…  Mend the build`.
pub(crate) fn one_line(version: &Version) -> String {
    let pairs: Vec<_> = version.identifying().map(|(key, value)| format!("{key}={value}")).collect();
    let message = version.get("_message").and_then(|message| message.lines().next()).unwrap_or_default();
    format!("{}  {message}", pairs.join(" ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_of_resources() {
        let forced: Forced = r#"git.app={"ref":"a=b"}"#.parse().unwrap();
        let version = Version::from([("ref", "a=b")]);
        assert_eq!(forced, Forced { resource: "git.app".into(), version });
        for wrong in ["git.app", r#"app={"ref":"a"}"#, "git.app=a", "git.app={}"] {
            assert!(wrong.parse::<Forced>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn versions_are_shown_on_one_line() {
        let version =
            Version::from([("a", "1"), ("b", "2"), ("_message", "Mend it\n\nat last"), ("_x", "y")]);
        assert_eq!(one_line(&version), "a=1 b=2  Mend it");
    }

    #[test]
    fn versions_are_objects() {
        let expected = Version::from([("ref", "a"), ("n", "1"), ("o_p", "true"), ("_message", "m")]);
        let text = r#"{"ref":"a","n":1,"o":{"p":true},"x":null,"_message":"m"}"#;
        assert_eq!(version(text), Ok(expected));
        for text in ["", "a", "[]", "{}", r#"{"_message":"m"}"#] {
            assert!(version(text).is_err(), "{text}");
        }
    }
}
