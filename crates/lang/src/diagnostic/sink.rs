//! Collects reports while a pipeline is read, and turns them into diagnostics at the end.

use super::{Diagnostic, Location, Severity};
use crate::eval::error::EvalError;
use crate::span::{Source, SourceMap, Span};
use std::cell::RefCell;

/// So many errors are reported; what follows would only repeat them.
const MOST: usize = 100;

/// A finding that does not yet know its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    severity: Severity,
    code: &'static str,
    message: String,
    span: Option<Span>,
    hint: Option<String>,
}

impl Report {
    pub(crate) fn error(
        code: &'static str,
        span: impl Into<Option<Span>>,
        message: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), span: span.into(), hint: None }
    }

    pub(crate) fn warning(
        code: &'static str,
        span: impl Into<Option<Span>>,
        message: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Says where, unless it is said already.
    pub(crate) fn or_at(self, span: Span) -> Self {
        Self { span: self.span.or(Some(span)), ..self }
    }

    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint: hint.or(self.hint), ..self }
    }
}

/// Where reports go.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    reports: RefCell<Vec<Report>>,
}

impl Sink {
    pub(crate) fn add(&self, report: Report) {
        let mut reports = self.reports.borrow_mut();
        if reports.len() < MOST && !reports.contains(&report) {
            reports.push(report);
        }
    }

    /// Adds an error of evaluation, unless it was reported where it arose.
    pub(crate) fn eval(&self, error: EvalError) {
        if let Some(report) = error.report() {
            self.add(report);
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.reports.borrow().iter().any(|report| report.severity == Severity::Error)
    }

    /// Errors first, then warnings; each in the order of the files.
    pub(crate) fn finish(self, sources: &SourceMap) -> Vec<Diagnostic> {
        let mut reports = self.reports.into_inner();
        reports.sort_by_key(|report| (report.severity, report.span.is_none(), report.span));
        reports.into_iter().map(|report| locate(report, sources)).collect()
    }
}

fn locate(report: Report, sources: &SourceMap) -> Diagnostic {
    Diagnostic {
        severity: report.severity,
        code: report.code,
        message: report.message,
        location: report.span.and_then(|span| location(span, sources)),
        hint: report.hint,
    }
}

fn location(span: Span, sources: &SourceMap) -> Option<Location> {
    sources.with(span.file, |source| Some(place(source, span)))
}

fn place(source: &Source, span: Span) -> Location {
    let text = source.text.as_str();
    let start = floor(text, span.start as usize);
    let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = text[begin..end].trim_end_matches('\r');
    let stop = floor(text, span.end as usize).clamp(start, begin + line.len().max(start - begin));
    let is_quoted = !super::is_fetched(&source.name);
    Location {
        file: source.name.clone(),
        line: text[..begin].matches('\n').count() + 1,
        column: text[begin..start].chars().count() + 1,
        length: text[start..stop].chars().count().max(1),
        source: if is_quoted { line.to_owned() } else { String::new() },
    }
}

/// The last boundary of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}
