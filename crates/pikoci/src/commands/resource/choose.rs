//! Which of a resource's versions is meant by some of its values, or the beginnings of them, and perhaps their keys. Pure.

use crate::client::model::FoundVersion;
use crate::failure::Failure;
use crate::terminal::table::cell;
use crate::version_text::version;
use serde_json::Value;
use std::str::FromStr;

/// So long has the beginning of a value to be.
const SHORTEST: usize = 4;
/// So many candidates are listed.
const LISTED: usize = 5;

/// Values or the beginnings of them, each with its key where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted(Vec<(Option<String>, String)>);

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            let version = version(text)?;
            return Ok(Self(
                version.identifying().map(|(key, value)| (Some(key.into()), value.into())).collect(),
            ));
        }
        let pair = |part: &str| match part.split_once('=') {
            Some((key, value)) if !key.is_empty() && !value.is_empty() => {
                Ok((Some(key.into()), value.into()))
            }
            None => Ok((None, part.into())),
            _ => Err("write it as KEY=VALUE, e.g. ref=3f2a91c, or as JSON".to_owned()),
        };
        match text.split_whitespace().map(pair).collect::<Result<Vec<_>, _>>()? {
            none if none.is_empty() => Err("it is empty".to_owned()),
            wanted => Ok(Self(wanted)),
        }
    }
}

/// The version that is meant; without a wish the newest, which is the first.
///
/// # Errors
/// There is none, or it could be several.
pub(super) fn choose<'a>(
    resource: &str,
    wanted: Option<&Wanted>,
    versions: &'a [FoundVersion],
) -> Result<&'a FoundVersion, Failure> {
    let list = || format!("`pikoci resource versions {resource}` lists them");
    let Some(wanted) = wanted else {
        return versions.first().ok_or_else(|| {
            Failure::bad_input(format!("{resource} has no version yet"))
                .hint(format!("look for some with `pikoci resource check {resource}`"))
        });
    };
    let exact = versions.iter().find(|found| wanted.fits(found, |has, wanted| has == wanted));
    let begins =
        |has: &str, wanted: &str| has == wanted || wanted.len() >= SHORTEST && has.starts_with(wanted);
    let found: Vec<_> = versions.iter().filter(|found| wanted.fits(found, begins)).collect();
    match (exact, found.as_slice()) {
        (Some(found), _) => Ok(found),
        (None, [found]) => Ok(found),
        (None, []) => Err(Failure::bad_input(format!("{resource} has no such version")).hint(list())),
        (None, several) => {
            let lines: Vec<_> =
                several.iter().take(LISTED).map(|found| cell(&found.version.line())).collect();
            Err(Failure::bad_input(format!("that could be several versions: {}", lines.join(", ")))
                .hint(list()))
        }
    }
}

impl Wanted {
    fn fits(&self, found: &FoundVersion, is_it: impl Fn(&str, &str) -> bool) -> bool {
        let version = &found.version.version;
        let is_it = |has: &Value, wanted: &str| has.as_str().is_some_and(|has| is_it(has, wanted));
        self.0.iter().all(|(key, wanted)| match key {
            Some(key) => version.get(key).is_some_and(|has| is_it(has, wanted)),
            None => version.values().any(|has| is_it(has, wanted)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn some_keys_and_beginnings_are_enough() {
        let version = |version: Value| serde_json::from_value(json!({ "version": version })).unwrap();
        let versions: Vec<FoundVersion> = vec![
            version(json!({ "ref": "3f2a91c", "branch": "main" })),
            version(json!({ "ref": "3f2a77d", "branch": "main" })),
            version(json!({ "ref": "3f2a", "branch": "side" })),
        ];
        let table = [
            ("ref=3f2a9", "ref=3f2a91c branch=main"),
            ("ref=3f2a", "ref=3f2a branch=side"),
            (r#"{"ref": "3f2a77d"}"#, "ref=3f2a77d branch=main"),
            ("branch=side", "ref=3f2a branch=side"),
            ("branch=main ref=3f2a7", "ref=3f2a77d branch=main"),
            ("3f2a7", "ref=3f2a77d branch=main"),
            ("side", "ref=3f2a branch=side"),
            ("3f2a9 branch=main", "ref=3f2a91c branch=main"),
            ("ref=3f2", "app has no such version"),
            ("3f2", "app has no such version"),
            ("tag=3f2a", "app has no such version"),
        ];
        for (text, expected) in table {
            let found = choose("app", Some(&text.parse().unwrap()), &versions);
            assert_eq!(
                found.map_or_else(|failure| failure.what, |found| found.version.line()),
                expected,
                "{text}"
            );
        }
        let several = choose("app", Some(&"ref=3f2a".parse().unwrap()), &versions[..2]).unwrap_err();
        assert!(several.what.starts_with("that could be several versions: ref=3f2a91c"), "{}", several.what);
        assert_eq!(choose("app", None, &versions).unwrap().version.line(), "ref=3f2a91c branch=main");
        assert!(choose("app", None, &[]).is_err());
    }

    #[test]
    fn what_is_no_version() {
        for text in ["", " ", "ref=", "=a", "{}", "{\"ref\""] {
            assert!(text.parse::<Wanted>().is_err(), "{text}");
        }
    }
}
