//! What the built-in types say about themselves.

use crate::builtin::Kind;
use crate::load::LoadInput;
use crate::pipeline::{Params, Pipeline};
use crate::{NoFiles, SourceFile, load};
use hcl_edit::structure::Body;

/// A type that comes with PikoCI.
#[derive(Debug, Clone)]
pub struct BuiltinType {
    /// `resource`, `runner`, `secret` or `service`.
    pub kind: &'static str,
    /// Its name: `git`.
    pub name: &'static str,
    /// The file, as it is embedded.
    pub text: &'static str,
    /// What it is, in one sentence.
    pub description: String,
    /// Its parameters; of a secret type its configuration.
    pub params: Params,
}

/// All types that come with PikoCI, by kind and name.
pub fn builtin_types() -> impl Iterator<Item = BuiltinType> {
    Kind::ALL.into_iter().flat_map(|kind| kind.names().filter_map(move |name| builtin(kind, name)))
}

fn builtin(kind: Kind, name: &'static str) -> Option<BuiltinType> {
    let text = kind.text(name)?;
    let word = kind.block().trim_end_matches("_type");
    let input = LoadInput {
        files: vec![SourceFile::new(
            "",
            format!("{word}_type \"{name}\" {{\n  source = \"pikoci://{name}\"\n}}\n"),
        )],
        ..LoadInput::default()
    };
    let params = load(&input, &NoFiles).pipeline.and_then(|pipeline| params(kind, name, pipeline))?;
    Some(BuiltinType { kind: word, name, text, description: description(text), params })
}

fn params(kind: Kind, name: &str, mut pipeline: Pipeline) -> Option<Params> {
    match kind {
        Kind::Resource => pipeline.resource_types.remove(name).map(|of| of.params),
        Kind::Runner => pipeline.runner_types.remove(name).map(|of| of.params),
        Kind::Secret => pipeline.secret_types.remove(name).map(|of| of.params),
        Kind::Service => pipeline.service_types.remove(name).map(|of| of.params),
    }
}

/// The attribute `description` beside the block.
fn description(text: &str) -> String {
    let body = text.parse::<Body>().unwrap_or_default();
    let attribute = body.get_attribute("description");
    attribute.and_then(|attribute| attribute.value.as_str()).unwrap_or_default().to_owned()
}
