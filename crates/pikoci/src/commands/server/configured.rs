//! `--pipeline-config`: the pipeline that a server sets when it starts.
//!
//! It is set if what it is loaded from is not what was set from there last. So a pipeline that people have set since by
//! other ways stays as it is until its file changes.

use super::Args;
use crate::failure::Failure;
use crate::machine::given;
use crate::pipeline_file::{load_from_disk, summary};
use crate::terminal::clean;
use pikoci_engine::part::SetPipeline;
use pikoci_executor::Given;
use pikoci_protocol::server::{Answer, Request};
use pikoci_server::core::Core;
use pikoci_server::set;
use pikoci_store::Store;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The team of all pipelines, as long as there is only one.
const TEAM: &str = "main";

/// The pipeline to set.
pub(super) struct Configured {
    revision: SetPipeline,
    /// What is in it, in a few words.
    summary: String,
    /// Values of its secret variables. They live here only: the ledger never has them.
    pub(super) secrets: Given,
}

/// Loads it.
///
/// # Errors
/// It cannot be read, or is wrong.
pub(super) fn load(args: &Args, path: &Path) -> Result<Configured, Failure> {
    let from_disk = load_from_disk(Some(path), args.pipeline_name.as_deref(), &args.variables)?;
    let source = from_disk.source.clone();
    let pipeline = from_disk.pipeline()?;
    if let Some(why) = pikoci_lang::bad_name(&pipeline.name) {
        let what = format!("`{}` is no name of a pipeline: it {why}", clean(&pipeline.name));
        return Err(Failure::bad_input(what).hint("name it with --pipeline-name"));
    }
    let revision = set::revision(TEAM, &pipeline, source, "--pipeline-config");
    let mut revision = revision.map_err(|error| Failure::bad_input(error.to_string()))?;
    revision.config_hash = Some(hash(&revision));
    Ok(Configured { revision, summary: summary(&pipeline), secrets: given(&pipeline) })
}

/// A hash of the text, of what it refers to, and of the values of variables that stand in its plans.
fn hash(revision: &SetPipeline) -> String {
    let mut hash = Sha256::new();
    let plans = revision.jobs.iter().map(|job| job.plan.hash.as_str());
    let checks = revision.resources.iter().filter_map(|resource| resource.check.as_ref()?.plan.as_ref());
    let sources = revision.sources.iter().flat_map(|(address, sum)| [address.as_str(), sum]);
    let texts = [revision.source.as_str()].into_iter().chain(plans);
    for text in texts.chain(checks.map(|plan| plan.hash.as_str())).chain(sources) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Configured {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.revision.name
    }

    /// Its first job.
    pub(super) fn first_job(&self) -> Option<String> {
        self.revision.jobs.first().map(|job| job.name.clone())
    }

    /// Sets it, unless that was done before. What is to be said of it.
    ///
    /// # Errors
    /// The ledger does not take it.
    pub(super) async fn set(self, store: &Store, core: &Core) -> Result<String, Failure> {
        let Self { revision, summary, .. } = self;
        let name = revision.name.clone();
        let before = store.pipeline(TEAM, &name);
        let before = before.map_err(|error| Failure::errored(error.to_string()))?;
        if before.and_then(|before| before.config_hash) == revision.config_hash {
            return Ok(format!("pipeline {name}: {summary}, as it was set from here before"));
        }
        match core.request(Request::SetPipeline(Box::new(revision))).await {
            Ok(Answer::Set { revision, .. }) => {
                Ok(format!("pipeline {name}: {summary}, revision {revision}"))
            }
            other => Err(Failure::errored(format!("pipeline {name} could not be set: {other:?}"))),
        }
    }
}
