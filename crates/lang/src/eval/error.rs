//! Why an expression has no value.

use crate::diagnostic::Report;
use crate::span::Span;

/// An error of evaluation. `try` and `can` catch it unless it is fatal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EvalError {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) span: Option<Span>,
    pub(crate) fatal: bool,
    /// It was reported where it arose: what follows from it is not reported again.
    pub(crate) reported: bool,
}

impl EvalError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, span: None, fatal: false, reported: false }
    }

    /// One that `try` does not catch.
    pub(crate) fn fatal(message: impl Into<String>) -> Self {
        Self { fatal: true, ..Self::new(message) }
    }

    /// What follows from an error that was reported already.
    pub(crate) fn reported() -> Self {
        Self { reported: true, ..Self::fatal(String::new()) }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint: hint.or(self.hint), ..self }
    }

    /// Says where, unless a more exact place is known.
    pub(crate) fn at(self, span: Option<Span>) -> Self {
        Self { span: self.span.or(span), ..self }
    }

    /// The report of it; `None` if it was reported already.
    pub(crate) fn report(self) -> Option<Report> {
        (!self.reported).then(|| Report::error("value", self.span, self.message).maybe_hint(self.hint))
    }
}

/// A value, or why there is none.
pub(crate) type EvalResult<T = super::value::Value> = Result<T, EvalError>;
