//! A pipeline as a client sends it: the files that it consists of and reads, and values for its variables.
//!
//! Nothing of the server's own is read for it: its files are the bundle's, and addresses are asked under a
//! [policy](pikoci_source::Policy) for others.

mod error;
mod files;
mod sources;
#[cfg(test)]
mod tests;

pub use error::BundleError;
pub use sources::Sources;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use files::InBundle;
use pikoci_lang::{Diagnostic, LoadInput, Pipeline, SourceFile, Variables};
use pikoci_source::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The most bytes of a bundle, as JSON.
pub const MAX_BUNDLE_BYTES: usize = 4 * 1024 * 1024;

/// A pipeline's files, and values for its variables.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// By their paths: relative, with `/`, without `.` and `..`.
    pub files: BTreeMap<String, File>,
    /// Which of them is the pipeline: a file (`pipeline.hcl`), or a directory (`.`) whose `*.hcl` files are it.
    #[schema(example = "pipeline.hcl")]
    pub config: String,
    /// Values for the pipeline's variables. A text is read as `--var` reads it.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub vars: BTreeMap<String, serde_json::Value>,
    /// The revision that it replaces, as the header `If-Match` says it, which goes first; 0 is none.
    #[serde(default)]
    pub expected: Option<u64>,
}

/// The content of a file.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum File {
    /// As text.
    Text(String),
    /// In base64, with padding.
    Base64(String),
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Text(content) | Self::Base64(content)) = self;
        write!(f, "{} bytes", content.len())
    }
}

/// What came of a bundle.
#[derive(Debug)]
pub struct Loaded {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The text of its files, in their order.
    pub source: String,
    /// What bites.
    pub warnings: Vec<Diagnostic>,
}

/// Whether a file of that name (without its directory) is one of those that a directory's pipeline consists of. Hidden
/// ones are those of editors.
pub fn is_part(name: &str) -> bool {
    !name.starts_with('.') && name.len() > ".hcl".len() && name.ends_with(".hcl")
}

/// The text of a pipeline of several files.
pub fn joined(files: &[SourceFile]) -> String {
    let texts: Vec<_> = files.iter().map(|file| String::from_utf8_lossy(&file.bytes)).collect();
    texts.join("\n")
}

/// Loads a pipeline. Blocks, while addresses are asked at most a minute.
///
/// # Errors
/// It is no bundle, the pipeline has errors, or it holds the value of a secret.
pub fn load(name: &str, bundle: Bundle, policy: Policy) -> Result<Loaded, BundleError> {
    let Bundle { files, config, vars, .. } = bundle;
    let files = files.into_iter().map(decoded).collect::<Result<BTreeMap<_, _>, _>>()?;
    let (directory, parts) = files::parts(&files, &config)?;
    let source = joined(&parts);
    let given: Vec<_> = vars.keys().cloned().collect();
    let input = LoadInput { name: name.to_owned(), files: parts, variables: variables(vars) };
    let in_bundle = InBundle::new(files, directory, Sources::new(policy));
    let loaded = pikoci_lang::load(&input, &in_bundle);
    let mut diagnostics = loaded.diagnostics;
    diagnostics.extend(in_bundle.into_warnings());
    match loaded.pipeline {
        Some(pipeline) => {
            without_secrets(&pipeline, &given)?;
            Ok(Loaded { pipeline, source, warnings: diagnostics })
        }
        None => {
            diagnostics.iter_mut().for_each(by_secret_block);
            Err(BundleError::Invalid(diagnostics))
        }
    }
}

/// A value that is missing here may be one that a client keeps to itself, as it is a secret's.
fn by_secret_block(found: &mut Diagnostic) {
    if found.code == "missing-value" {
        let hint = "send it with the pipeline, or give the variable a `default`. If it is `sensitive` give it a `secret` block, or \
                    start the server with the pipeline (--pipeline-config) and the value (--var)";
        found.hint = Some(hint.to_owned());
    }
}

fn decoded((path, file): (String, File)) -> Result<(String, Vec<u8>), BundleError> {
    if path.is_empty()
        || path.contains(['\\', '\0'])
        || path.split('/').any(|part| matches!(part, "" | "." | ".."))
    {
        return Err(BundleError::Bundle(format!(
            "`{path}` is no path of a file in a bundle: these are relative, without `.` and `..`"
        )));
    }
    match file {
        File::Text(text) => Ok((path, text.into_bytes())),
        File::Base64(text) => match STANDARD.decode(&text) {
            Ok(bytes) => Ok((path, bytes)),
            Err(error) => Err(BundleError::Bundle(format!("`{path}` is not base64: {error}"))),
        },
    }
}

/// Texts are what flags are; the rest is what a file of variables is.
fn variables(vars: BTreeMap<String, serde_json::Value>) -> Variables {
    let (mut flags, mut rest) = (BTreeMap::new(), serde_json::Map::new());
    for (name, value) in vars {
        match value {
            serde_json::Value::String(text) => drop(flags.insert(name, text)),
            value => drop(rest.insert(name, value)),
        }
    }
    let rest = serde_json::Value::Object(rest).to_string();
    Variables { flags, files: vec![SourceFile::new("vars.json", rest)], ..Variables::default() }
}

/// A secret's value that came with the bundle would have to be kept.
fn without_secrets(pipeline: &Pipeline, given: &[String]) -> Result<(), BundleError> {
    let secrets = pipeline.given.values().keys();
    let (given, defaults): (Vec<_>, Vec<_>) = secrets.cloned().partition(|name| given.contains(name));
    if given.is_empty() && defaults.is_empty() {
        Ok(())
    } else {
        Err(BundleError::Secrets { given, defaults })
    }
}
