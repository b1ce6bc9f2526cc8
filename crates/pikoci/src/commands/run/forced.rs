//! `--version type.name=JSON`: versions that are taken without asking.

use super::local::known;
use crate::failure::Failure;
use crate::version_text::version;
use pikoci_lang::Pipeline;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::str::FromStr;

/// Versions, by the resource (`type.name`) whose they are.
pub(super) type Versions = BTreeMap<String, Version>;

/// One `--version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forced {
    resource: String,
    version: Version,
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

/// The versions, each of a resource of the pipeline; of several for one the last.
pub(super) fn resolve(all: &[Forced], pipeline: &Pipeline) -> Result<Versions, Failure> {
    all.iter()
        .map(|forced| Ok((known(&forced.resource, pipeline)?.full_name(), forced.version.clone())))
        .collect()
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
}
