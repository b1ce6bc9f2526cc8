//! `--resource type.name=PATH`: local trees that stand for resources.

use crate::failure::Failure;
use crate::suggest::not_found;
use crate::terminal::clean;
use pikoci_lang::{Pipeline, Resource};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

/// Trees, by the resource (`type.name`) that they stand for.
pub(super) type Trees = BTreeMap<String, PathBuf>;

/// One `--resource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local {
    resource: String,
    path: PathBuf,
}

impl FromStr for Local {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((resource, path)) if resource.contains('.') && !path.is_empty() => {
                Ok(Self { resource: resource.to_owned(), path: path.into() })
            }
            _ => Err("write it as TYPE.NAME=PATH, for example git.app=.".into()),
        }
    }
}

/// The trees, each of which is there and stands for a resource of the pipeline; of several for one the last.
pub(super) fn resolve(all: &[Local], pipeline: &Pipeline) -> Result<Trees, Failure> {
    all.iter().map(|local| Ok((known(&local.resource, pipeline)?.full_name(), present(local)?))).collect()
}

/// The resource of that name, as `type.name`.
pub(in crate::commands) fn known<'a>(name: &str, pipeline: &'a Pipeline) -> Result<&'a Resource, Failure> {
    pipeline.resource(name).ok_or_else(|| {
        let names: Vec<String> = pipeline.resources.iter().map(|resource| resource.full_name()).collect();
        not_found(format!("there is no resource `{}`", clean(name)), name, &names)
    })
}

/// The tree's path without links, so that it stays the same wherever one looks from.
fn present(local: &Local) -> Result<PathBuf, Failure> {
    local.path.canonicalize().map_err(|error| {
        Failure::bad_input(format!(
            "{}, which is to stand for `{}`: {error}",
            local.path.display(),
            local.resource
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_named_with_their_type() {
        let local: Local = "git.app=../a=b".parse().unwrap();
        assert_eq!(local, Local { resource: "git.app".into(), path: "../a=b".into() });
        for wrong in ["git.app", "app=.", "git.app=", "=."] {
            assert!(wrong.parse::<Local>().is_err(), "{wrong}");
        }
    }
}
