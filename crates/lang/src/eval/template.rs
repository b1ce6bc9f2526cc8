//! Templates: text with `${…}` and `%{…}` in it.

use super::error::{EvalError, EvalResult};
use super::for_expr::walk;
use super::scope::Scope;
use super::value::Value;
use super::{eval, types};
use crate::late::Late;
use hcl_edit::template::{
    Directive, Element, ForDirective, HeredocTemplate, IfDirective, Interpolation, Strip, Template,
};
use std::borrow::Cow;

/// A quoted string. One that is only an interpolation is its value, with its type.
pub(super) fn quoted(template: &Template, scope: &Scope<'_>) -> EvalResult {
    if let Some(Element::Interpolation(only)) = template.as_single_element() {
        return eval(&only.expr, scope);
    }
    text(template, Style::Quoted, scope)
}

/// A heredoc. The parser took the indentation of an indented one away, but not inside directives.
pub(super) fn heredoc(heredoc: &HeredocTemplate, scope: &Scope<'_>) -> EvalResult {
    text(&heredoc.template, Style::Lines { indent: heredoc.indent().unwrap_or(0) }, scope)
}

/// The text of a file as a template.
pub(super) fn file(template: &Template, scope: &Scope<'_>) -> EvalResult {
    match template.as_single_element() {
        Some(Element::Interpolation(only)) => eval(&only.expr, scope),
        _ => text(template, Style::Lines { indent: 0 }, scope),
    }
}

fn text(template: &Template, style: Style, scope: &Scope<'_>) -> EvalResult {
    let mut writer = Writer { out: String::new(), pieces: Vec::new(), style, nested: 0, scope };
    writer.elements(template, Strip::None, Strip::None, scope)?;
    scope.budget.admit(writer.finish())
}

/// How far `~` reaches.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// Over all white space.
    Quoted,
    /// Over the white space up to the line's end.
    Lines {
        /// How much indentation each line inside a directive loses.
        indent: usize,
    },
}

struct Writer<'a> {
    /// What was written since the last late piece.
    out: String,
    /// The late pieces so far, and what stands between them.
    pieces: Vec<Late>,
    style: Style,
    /// How many templates are around, the outermost included.
    nested: u32,
    scope: &'a Scope<'a>,
}

impl Writer<'_> {
    /// Writes the elements. `before` and `after` are the markers of the directive around them.
    fn elements(
        &mut self,
        template: &Template,
        before: Strip,
        after: Strip,
        scope: &Scope<'_>,
    ) -> EvalResult<()> {
        let elements: Vec<&Element> = template.iter().collect();
        self.nested += 1;
        for (at, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(literal) => {
                    let left = at.checked_sub(1).map_or(before, |at| closing(elements[at]));
                    let right = elements.get(at + 1).map_or(after, |next| opening(next));
                    self.literal(literal, strips_end(left), strips_start(right))?;
                }
                Element::Interpolation(interpolation) => self.interpolation(interpolation, scope)?,
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(directive) => self.if_directive(directive, scope)?,
                    Directive::For(directive) => self.for_directive(directive, scope)?,
                },
            }
        }
        self.nested -= 1;
        Ok(())
    }

    fn literal(&mut self, text: &str, trim_start: bool, trim_end: bool) -> EvalResult<()> {
        let text = match self.style {
            Style::Lines { indent: indent @ 1.. } if self.nested > 1 => Cow::Owned(dedent(text, indent)),
            _ => Cow::Borrowed(text),
        };
        let text = if trim_start { self.trimmed_start(&text) } else { &text };
        let text = if trim_end { self.trimmed_end(text) } else { text };
        self.push(text)
    }

    fn trimmed_start<'t>(&self, text: &'t str) -> &'t str {
        let trimmed = text.trim_start();
        let skipped = &text[..text.len() - trimmed.len()];
        match skipped.find('\n') {
            Some(end) if self.style != Style::Quoted => &text[end + 1..],
            _ => trimmed,
        }
    }

    fn trimmed_end<'t>(&self, text: &'t str) -> &'t str {
        let trimmed = text.trim_end();
        match text[trimmed.len()..].rfind('\n') {
            Some(end) if self.style != Style::Quoted => &text[..trimmed.len() + end + 1],
            _ => trimmed,
        }
    }

    fn push(&mut self, text: &str) -> EvalResult<()> {
        self.scope.budget.make((self.out.len() + text.len()) as u64 / 64 + text.len() as u64)?;
        self.out.push_str(text);
        Ok(())
    }

    fn flush(&mut self) {
        if !self.out.is_empty() {
            self.pieces.push(Late::from(std::mem::take(&mut self.out).as_str()));
        }
    }

    fn finish(mut self) -> Value {
        if self.pieces.is_empty() {
            return Value::string(self.out);
        }
        self.flush();
        Late::Template(self.pieces).into_value()
    }

    fn interpolation(&mut self, interpolation: &Interpolation, scope: &Scope<'_>) -> EvalResult<()> {
        let value = eval(&interpolation.expr, scope)?;
        if let Value::Late(late) = value {
            self.scope.budget.spend(late.size() / 32)?;
            self.flush();
            match &*late {
                Late::Template(pieces) => self.pieces.extend_from_slice(pieces),
                piece => self.pieces.push(piece.clone()),
            }
            return Ok(());
        }
        let text = types::to_string(&value).map_err(|error| {
            EvalError { message: format!("inside a string: {}", error.message), ..error }
                .at(scope.span(&interpolation.expr))
        })?;
        self.push(&text)
    }

    fn if_directive(&mut self, directive: &IfDirective, scope: &Scope<'_>) -> EvalResult<()> {
        let (then, otherwise, end) = (&directive.if_expr, &directive.else_expr, &directive.endif_expr);
        let condition = eval(&then.cond_expr, scope)?;
        let condition = types::to_bool(&condition).map_err(|error| error.at(scope.span(&then.cond_expr)))?;
        match (condition, otherwise) {
            (true, Some(other)) => self.elements(&then.template, then.strip, other.strip, scope),
            (true, None) => self.elements(&then.template, then.strip, end.strip, scope),
            (false, Some(other)) => self.elements(&other.template, other.strip, end.strip, scope),
            (false, None) => Ok(()),
        }
    }

    fn for_directive(&mut self, directive: &ForDirective, scope: &Scope<'_>) -> EvalResult<()> {
        let (intro, end) = (&directive.for_expr, &directive.endfor_expr);
        let collection = eval(&intro.collection_expr, scope)?;
        let key = intro.key_var.as_ref().map(|name| name.value().as_str());
        walk(&collection, key, intro.value_var.value().as_str(), scope, |scope| {
            self.elements(&intro.template, intro.strip, end.strip, scope)
        })
        .map_err(|error| error.at(scope.span(&intro.collection_expr)))
    }
}

/// The text without up to `indent` spaces and tabs after each line feed.
fn dedent(text: &str, indent: usize) -> String {
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| {
        let skipped = line.bytes().take(indent).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        text + "\n" + &line[skipped..]
    })
}

/// The marker at which an element begins.
fn opening(element: &Element) -> Strip {
    match element {
        Element::Literal(_) => Strip::None,
        Element::Interpolation(interpolation) => interpolation.strip,
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => directive.if_expr.strip,
            Directive::For(directive) => directive.for_expr.strip,
        },
    }
}

/// The marker at which an element ends.
fn closing(element: &Element) -> Strip {
    match element {
        Element::Literal(_) => Strip::None,
        Element::Interpolation(interpolation) => interpolation.strip,
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => directive.endif_expr.strip,
            Directive::For(directive) => directive.endfor_expr.strip,
        },
    }
}

fn strips_start(strip: Strip) -> bool {
    matches!(strip, Strip::Start | Strip::Both)
}

fn strips_end(strip: Strip) -> bool {
    matches!(strip, Strip::End | Strip::Both)
}
