//! Where the text of a type comes from.

use super::reading::Reading;
use super::top::Context;
use crate::builtin::Kind;
use crate::diagnostic::{Report, did_you_mean};
use crate::eval::scope::{NoNames, Scope};
use crate::files;
use crate::pipeline::ResolvedSource;
use crate::span::{FileId, Span, Spanned};
use crate::syntax::{self, Lines};
use hcl_edit::structure::{Block, Body, Structure};
use sha2::{Digest, Sha256};

/// What a sourced file may say about itself beside its block.
const DESCRIPTION: &[&str] =
    &["name", "version", "description", "repository", "homepage", "license", "tags", "readme"];

/// Where the text of a type comes from.
pub(super) struct From {
    /// As it is written.
    pub(super) source: String,
    /// The SHA-256 that it must have, as 64 lower-case hexadecimal digits.
    checksum: Option<Spanned<String>>,
    /// Where it is asked for.
    pub(super) span: Span,
}

impl From {
    /// The built-in type of that name.
    pub(super) fn built_in(name: &str, span: Span) -> Self {
        Self { source: format!("pikoci://{name}"), checksum: None, span }
    }
}

/// The `source` and `checksum` of a type; what it may not say beside them is reported.
pub(super) fn of(reading: &Reading<'_>, inline: &[&str]) -> Option<From> {
    let checksum = checksum(reading);
    let Some(source) = reading.text("source") else {
        if let Some(checksum) = &checksum {
            let message = format!("{} has a `checksum` and no `source`", reading.what);
            reading.sink.add(Report::error("checksum", checksum.span, message));
        }
        return None;
    };
    for name in inline {
        let block = reading.body.get_blocks(name).next().map(|block| reading.scope.span(&block.ident));
        let attribute = reading.attribute(name).map(|attribute| reading.scope.span(&attribute.key));
        if let Some(span) = block.or(attribute) {
            let message = format!("{} has a `source`, and so no `{name}` of its own", reading.what);
            let report = Report::error("source-and-inline", span, message);
            reading.sink.add(report.hint("leave out the one or the other"));
        }
    }
    Some(From { source: source.value, checksum, span: source.span })
}

fn checksum(reading: &Reading<'_>) -> Option<Spanned<String>> {
    let text = reading.text("checksum")?;
    let digits = text.strip_prefix("sha256:").map(str::to_ascii_lowercase);
    match digits.filter(|digits| digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    {
        Some(digits) => Some(Spanned::new(digits, text.span)),
        None => {
            let report =
                Report::error("checksum", text.span, "a `checksum` is `sha256:` and 64 hexadecimal digits");
            reading.sink.add(report.hint("`sha256sum FILE` prints them"));
            None
        }
    }
}

/// A sourced file that parsed.
pub(super) struct Sourced {
    file: FileId,
    body: Body,
    name: String,
}

/// Resolves `pikoci://name`, an address or a relative path. What goes wrong is reported where it is asked for.
pub(super) fn open(from: &From, kind: Kind, context: &Context<'_>) -> Option<Sourced> {
    let source = from.source.as_str();
    let result = match source.split_once("://") {
        Some(("pikoci", name)) => embedded(name, kind).map(|text| text.as_bytes().to_vec()),
        Some(("http" | "https" | "file", _)) => fetched(from, context),
        Some((scheme, _)) => {
            let message = format!("`{scheme}://` is no kind of source");
            let hint = "a source is `pikoci://NAME`, a relative path, or begins with `https://`, `http://` or `file://`";
            Err(Report::error("source", from.span, message).hint(hint))
        }
        None => relative(source, from.span, context),
    };
    let result = result.and_then(|bytes| verified(bytes, from, context));
    match result.map_err(|report| report.or_at(from.span)) {
        Ok(bytes) => parse(source, &bytes, context),
        Err(report) => {
            context.sink.add(report);
            None
        }
    }
}

fn fetched(from: &From, context: &Context<'_>) -> Result<Vec<u8>, Report> {
    let checksum = from.checksum.as_ref().map(|checksum| checksum.value.as_str());
    let result = context.files.fetch(&from.source, checksum);
    result.map_err(|why| Report::error("source", from.span, format!("cannot read `{}`: {why}", from.source)))
}

/// The bytes, if they have the checksum that is asked for; they are kept with the pipeline.
fn verified(bytes: Vec<u8>, from: &From, context: &Context<'_>) -> Result<Vec<u8>, Report> {
    let digest = Sha256::digest(&bytes);
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(wanted) = from.checksum.as_ref().filter(|wanted| wanted.value != sha256) {
        let message = format!("the text of `{}` has another checksum", from.source);
        return Err(Report::error("checksum", wanted.span, message)
            .hint(format!("it has `sha256:{sha256}`; if you have looked at what it says, write this")));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let resolved = ResolvedSource { source: from.source.clone(), sha256, text };
    let mut sources = context.resolved.borrow_mut();
    if !sources.contains(&resolved) {
        sources.push(resolved);
    }
    Ok(bytes)
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
        match Kind::ALL.into_iter().find_map(|kind| kind.text(source)) {
            Some(_) => report.hint(format!("the built-in type is `pikoci://{source}`")),
            None => report,
        }
    })
}

/// Parses what was read. The lines of a text from elsewhere are not shown.
fn parse(source: &str, bytes: &[u8], context: &Context<'_>) -> Option<Sourced> {
    let elsewhere = ["http://", "https://", "file://"].iter().any(|scheme| source.starts_with(scheme));
    let lines = if elsewhere { Lines::Hidden } else { Lines::Shown };
    let (file, body) = syntax::parse(source, bytes, lines, context.sources, context.sink)?;
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
