//! `--version type.name=JSON`: versions that are taken without asking.

use super::local::known;
use crate::failure::Failure;
use crate::version_text::Forced;
use pikoci_lang::Pipeline;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// Versions, by the resource (`type.name`) whose they are.
pub(super) type Versions = BTreeMap<String, Version>;

/// The versions, each of a resource of the pipeline; of several for one the last.
pub(super) fn resolve(all: &[Forced], pipeline: &Pipeline) -> Result<Versions, Failure> {
    all.iter()
        .map(|forced| Ok((known(&forced.resource, pipeline)?.full_name(), forced.version.clone())))
        .collect()
}
