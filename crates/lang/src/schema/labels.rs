//! Labels of blocks, and what may be a name.

use super::reading::Reading;
use crate::diagnostic::Report;
use crate::eval::types;
use crate::span::{Span, Spanned};
use hcl_edit::structure::Block;

impl Reading<'_> {
    /// The labels of a block: as many as `names`, each a valid name.
    pub(crate) fn labels<const N: usize>(
        &self,
        block: &Block,
        names: [&str; N],
    ) -> Option<[Spanned<String>; N]> {
        let span = self.scope.span(&block.ident)?;
        if block.labels.len() != N {
            let ident = block.ident.value();
            let shown: String = names.iter().map(|name| format!(" \"{}\"", name.to_uppercase())).collect();
            let message = format!("`{ident}` takes {}, not {}", counted(N), block.labels.len());
            let place = block.labels.get(N).and_then(|label| self.scope.span(label)).unwrap_or(span);
            self.sink.add(Report::error("labels", place, message).hint(format!("write `{ident}{shown} {{`")));
            return None;
        }
        let labels = block.labels.iter().zip(names).map(|(label, what)| {
            let span = self.scope.span(label).unwrap_or(span);
            self.name(label.as_str(), what, span)
        });
        labels.collect::<Option<Vec<_>>>()?.try_into().ok()
    }

    /// A text as the name of something; a bad one is reported.
    pub(super) fn name(&self, text: &str, what: &str, span: Span) -> Option<Spanned<String>> {
        match bad_name(text) {
            None => Some(Spanned::new(text.to_owned(), span)),
            Some(why) => {
                let of = if what == "name" { String::new() } else { format!(" of {} {what}", article(what)) };
                let message = format!("{} is no name{of}: it {why}", types::quoted(text));
                self.sink.add(Report::error("name", span, message));
                None
            }
        }
    }
}

fn article(what: &str) -> &'static str {
    if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn counted(count: usize) -> String {
    match count {
        0 => "no label".to_owned(),
        1 => "1 label".to_owned(),
        count => format!("{count} labels"),
    }
}

/// Why a text cannot be the name of something, or `None` if it can. Names stand in addresses
/// (`team/pipeline/job#7:step`) and in paths.
pub fn bad_name(name: &str) -> Option<&'static str> {
    let bad = |letter: char| letter.is_control() || "/#:@$\\\"".contains(letter);
    if name.is_empty() {
        Some("is empty")
    } else if name.chars().count() > 100 {
        Some("is longer than 100 characters")
    } else if name.contains(bad) {
        Some("holds one of / # : @ $ \\ \" or a control character")
    } else if name.starts_with(['-', ' ', '.']) || name.ends_with(' ') {
        Some("begins with `-` or `.`, or begins or ends with a space")
    } else {
        None
    }
}
