//! A pipeline that is to be set: loaded here, so that what is wrong with it is told before a server is asked, and
//! compared there with what is set.

use crate::client::Client;
use crate::client::error::Error;
use crate::client::finding::Finding;
use crate::client::http::read;
use crate::client::model::Diff;
use crate::client::path::segment;
use crate::failure::Failure;
use crate::pipeline_file::bundle::MOST_BYTES;
use crate::pipeline_file::{load_from_disk, show};
use crate::terminal::{clean, note};
use crate::variables::VarArgs;
use pikoci_lang::Pipeline;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What to set.
#[derive(Debug, clap::Args)]
pub(crate) struct ProposalArgs {
    /// The pipeline: a file, or a directory of `*.hcl` files. Without it `pipeline.hcl`, else `.pikoci/`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Its name on the server; without it that of the file or its directory
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    variables: VarArgs,
}

/// A pipeline that is valid, as a server takes it.
#[derive(Debug)]
pub(super) struct Proposal {
    /// The pipeline's name.
    pub(super) name: String,
    body: Value,
    /// What its diagnostics said here.
    told: BTreeSet<String>,
}

/// What setting it would change.
#[derive(Debug)]
pub(super) struct Proposed {
    /// As the API said it.
    pub(super) json: Value,
    /// The same.
    pub(super) diff: Diff,
}

impl ProposalArgs {
    /// Loads the pipeline. Its diagnostics go to standard error.
    ///
    /// # Errors
    /// It has errors, holds secrets, or is too large.
    pub(super) fn load(&self) -> Result<Proposal, Failure> {
        let from_disk = load_from_disk(self.file.as_deref(), self.name.as_deref(), &self.variables)?;
        let bundle = from_disk.bundle.clone();
        let told = from_disk.loaded.diagnostics.iter().map(|found| found.message.clone()).collect();
        let pipeline = from_disk.pipeline()?;
        check_secrets(&pipeline)?;
        let body = bundle.request(&pipeline);
        match body.to_string().len() {
            size if size > MOST_BYTES => Err(Failure::bad_input(format!(
                "the pipeline and the files that it reads take {} KiB; a server takes 4 MiB",
                size / 1024
            ))
            .hint("let a task read large files from a resource, in place of `file(…)`")),
            _ => Ok(Proposal { name: pipeline.name, body, told }),
        }
    }
}

/// Refuses values of secrets: what is set is kept, and read by whoever may see the pipeline.
fn check_secrets(pipeline: &Pipeline) -> Result<(), Failure> {
    let given = pipeline.variables.iter().filter(|variable| variable.is_secret);
    for variable in given {
        let name = clean(&variable.name);
        match &variable.given {
            None => {}
            Some(given) if given.from_environment => {
                note(&format!("the value of the secret `{name}` in PIKOCI_VAR_{name} stays here"));
            }
            Some(_) => {
                let what = format!("the variable `{name}` is a secret: its value is not sent");
                return Err(Failure::bad_input(what).hint(format!(
                    "give it a `secret` block, or give it where the server is started with --var \
                     (PIKOCI_VAR_{name} here is enough to read the file, and stays here)"
                )));
            }
        }
    }
    Ok(())
}

impl Proposal {
    /// Its path in the API.
    pub(super) fn path(&self) -> String {
        format!("/api/v1/teams/main/pipelines/{}", segment(&self.name))
    }

    /// Asks what it would change.
    ///
    /// # Errors
    /// The server says no, or not at all. What it finds wrong with the pipeline goes to standard error.
    pub(super) async fn compare(&self, client: &Client) -> Result<Proposed, Failure> {
        let answer = client.put(&format!("{}?dry_run=true", self.path()), &[], &self.body).await;
        let json = answer.map_err(|error| self.refused(error))?;
        Ok(Proposed { diff: read(json.clone())?, json })
    }

    /// Tells what a server has found, as far as it was not found here.
    pub(super) fn tell(&self, found: &[Finding]) {
        let new = found.iter().filter(|found| !self.told.contains(&found.message));
        show(&new.map(Finding::diagnostic).collect::<Vec<_>>());
    }

    /// Sets it, if the pipeline still is at that revision; without one, if there still is none of that name.
    ///
    /// # Errors
    /// See [`Error`].
    pub(super) async fn set(&self, client: &Client, at: Option<u64>) -> Result<Value, Error> {
        let tag = at.map(|number| format!("\"{number}\""));
        let header = match &tag {
            Some(tag) => ("if-match", tag.as_str()),
            None => ("if-none-match", "*"),
        };
        client.put(&self.path(), &[header], &self.body).await
    }

    /// The server says no.
    pub(super) fn refused(&self, error: Error) -> Failure {
        if let Error::Problem(problem) = &error {
            self.tell(&problem.diagnostics);
        }
        error.into()
    }
}
