//! Where the text of a type comes from.

use super::reading::Reading;
use super::top::Context;
use crate::builtin::Kind;
use crate::diagnostic::{Report, did_you_mean};
use crate::eval::scope::{NoNames, Scope};
use crate::files;
use crate::span::{FileId, Span};
use crate::syntax;
use hcl_edit::structure::{Block, Body, Structure};

/// What a sourced file may say about itself beside its block.
const DESCRIPTION: &[&str] =
    &["name", "version", "description", "repository", "homepage", "license", "tags", "readme"];

/// A sourced file that parsed.
pub(super) struct Sourced {
    file: FileId,
    body: Body,
    name: String,
}

/// Resolves `pikoci://name` or a relative path. What goes wrong is reported at `span`.
pub(super) fn open(source: &str, kind: Kind, span: Span, context: &Context<'_>) -> Option<Sourced> {
    let result = match source.split_once("://") {
        Some(("pikoci", name)) => embedded(name, kind).map(|text| text.as_bytes().to_vec()),
        Some((scheme @ ("http" | "https" | "file"), _)) => {
            Err(Report::error("not-yet", span, format!("sources from `{scheme}://` are not there yet"))
                .hint("copy the file beside the pipeline and give its relative path"))
        }
        Some((scheme, _)) => {
            let message = format!("`{scheme}://` is no kind of source");
            Err(Report::error("source", span, message).hint("a source is `pikoci://NAME` or a relative path"))
        }
        None => relative(source, span, context),
    };
    match result.map_err(|report| report.or_at(span)) {
        Ok(bytes) => parse(source, &bytes, context),
        Err(report) => {
            context.sink.add(report);
            None
        }
    }
}

fn embedded(name: &str, kind: Kind) -> Result<&'static str, Report> {
    kind.text(name).ok_or_else(|| {
        let message = format!("there is no built-in {} `{name}`", kind.block().replace('_', " "));
        match kind.is_later(name) {
            true => Report::error("not-yet", None, format!("the built-in type `{name}` is not there yet")),
            false => Report::error("source", None, message).maybe_hint(did_you_mean(name, kind.names())),
        }
    })
}

fn relative(source: &str, span: Span, context: &Context<'_>) -> Result<Vec<u8>, Report> {
    let path = files::normal(source).map_err(|why| Report::error("source", span, why))?;
    context.files.read(&path).map_err(|why| {
        let report = Report::error("source", span, format!("cannot read `{path}`: {why}"));
        match Kind::Resource.text(source).or(Kind::Runner.text(source)) {
            Some(_) => report.hint(format!("the built-in type is `pikoci://{source}`")),
            None => report,
        }
    })
}

fn parse(source: &str, bytes: &[u8], context: &Context<'_>) -> Option<Sourced> {
    let (file, body) = syntax::parse(source, bytes, context.sources, context.sink)?;
    Some(Sourced { file, body, name: source.to_owned() })
}

impl Sourced {
    /// Calls `read` with a reading of the one block that the file holds.
    pub(super) fn read<T>(
        &self,
        kind: Kind,
        context: &Context<'_>,
        read: impl FnOnce(&Block, &Reading<'_>) -> Option<T>,
    ) -> Option<T> {
        let scope: Scope<'_> = context.scope(self.file, &NoNames);
        let reading = Reading { body: &self.body, what: &self.name, scope: &scope, sink: context.sink };
        let block = self.block(kind, &reading)?;
        read(block, &reading)
    }

    fn block<'a>(&'a self, kind: Kind, reading: &Reading<'a>) -> Option<&'a Block> {
        let wanted = kind.block();
        let mut found = None;
        for structure in &self.body {
            match structure {
                Structure::Block(block) if block.ident.value().as_str() == wanted && found.is_none() => {
                    found = Some(block);
                }
                Structure::Block(block) => {
                    let message = match block.ident.value().as_str() {
                        name if name == wanted => {
                            format!("the file of a type holds one `{wanted}`, and this is another")
                        }
                        name => format!("the file of this type holds one `{wanted}`, and no `{name}`"),
                    };
                    reading.sink.add(Report::error("source", reading.scope.span(&block.ident), message));
                }
                Structure::Attribute(attribute) if DESCRIPTION.contains(&attribute.key.value().as_str()) => {}
                Structure::Attribute(attribute) => {
                    let name = attribute.key.value().as_str();
                    let report = Report::error(
                        "unknown-attribute",
                        reading.scope.span(&attribute.key),
                        format!("unknown attribute `{name}` beside the `{wanted}`"),
                    );
                    reading.sink.add(report.maybe_hint(did_you_mean(name, DESCRIPTION.iter().copied())));
                }
            }
        }
        if found.is_none() {
            let message = format!("`{}` holds no `{wanted}`", self.name);
            reading.sink.add(Report::error("source", None, message));
        }
        found
    }
}
