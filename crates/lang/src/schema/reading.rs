//! Reading the body of one block: what it may hold, and the values of its attributes.

use super::elsewhere::elsewhere;
use super::grammar::Grammar;
use crate::diagnostic::{Report, Sink, did_you_mean};
use crate::duration::parse_duration;
use crate::eval::error::EvalResult;
use crate::eval::scope::Scope;
use crate::eval::{self, Value, types};
use crate::late::Late;
use crate::span::{Span, Spanned};
use hcl_edit::structure::{Attribute, Block, Body, Structure};

/// A body that is being read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) body: &'a Body,
    /// What messages call it: `job "test"`.
    pub(crate) what: &'a str,
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) sink: &'a Sink,
}

impl<'a> Reading<'a> {
    /// Reports what the body must not hold.
    pub(crate) fn check(&self, grammar: &Grammar) {
        for structure in self.body {
            match structure {
                Structure::Attribute(attribute) => self.check_attribute(attribute, grammar),
                Structure::Block(block) => self.check_block(block, grammar),
            }
        }
    }

    /// Like [`Self::check`], for a body in which every other attribute is a parameter.
    pub(crate) fn check_open(&self, grammar: &Grammar) {
        for structure in self.body {
            match structure {
                Structure::Attribute(attribute) if grammar.is_later(attribute.key.value().as_str()) => {
                    self.check_attribute(attribute, grammar);
                }
                Structure::Attribute(_) => {}
                Structure::Block(block)
                    if block.ident.as_str() == "params" && !grammar.has_block("params") =>
                {
                    let message = format!("unknown block `params` in {}", self.called());
                    let report = Report::error("unknown-block", self.scope.span(&block.ident), message);
                    self.sink.add(report.hint("its attributes are the parameters: leave `params { … }` out"));
                }
                Structure::Block(block) => self.check_block(block, grammar),
            }
        }
    }

    /// The attributes of a body that are parameters.
    pub(crate) fn open_attributes(&self, grammar: &'static Grammar) -> impl Iterator<Item = &'a Attribute> {
        let known = |name: &str| grammar.has_attribute(name) || grammar.is_later(name);
        self.body.attributes().filter(move |attribute| !known(attribute.key.value().as_str()))
    }

    fn check_attribute(&self, attribute: &Attribute, grammar: &Grammar) {
        let name = attribute.key.value().as_str();
        let span = self.key_span(attribute);
        if grammar.has_attribute(name) {
            return;
        }
        if grammar.has_block(name) {
            let report =
                Report::error("not-an-attribute", span, format!("`{name}` is a block in {}", self.called()));
            return self.sink.add(report.hint(format!("write `{name} {{ … }}`, without the equals sign")));
        }
        if grammar.is_later(name) {
            return self.later("attribute", name, span);
        }
        let message = format!("unknown attribute `{name}` in {}", self.called());
        self.sink.add(Report::error("unknown-attribute", span, message).maybe_hint(hint(name, grammar)));
    }

    fn check_block(&self, block: &Block, grammar: &Grammar) {
        let name = block.ident.value().as_str();
        let span = self.scope.span(&block.ident);
        if grammar.has_block(name) {
            return;
        }
        if grammar.has_attribute(name) {
            let report =
                Report::error("not-a-block", span, format!("`{name}` is an attribute in {}", self.called()));
            return self.sink.add(report.hint(format!("write `{name} = …`")));
        }
        if grammar.is_later(name) {
            return self.later("block", name, span);
        }
        let message = format!("unknown block `{name}` in {}", self.called());
        self.sink.add(Report::error("unknown-block", span, message).maybe_hint(hint(name, grammar)));
    }

    fn later(&self, kind: &str, name: &str, span: Option<Span>) {
        let message = format!("the {kind} `{name}` in {} is not there yet", self.called());
        self.sink.add(Report::error("not-yet", span, message).hint("a later version of PikoCI will have it"));
    }

    fn called(&self) -> &str {
        self.what
    }

    pub(super) fn key_span(&self, attribute: &Attribute) -> Option<Span> {
        self.scope.span(&attribute.key)
    }

    /// The attribute of that name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        self.body.get_attribute(name)
    }

    /// The blocks of that name.
    pub(crate) fn blocks(&self, name: &'static str) -> impl Iterator<Item = &'a Block> {
        self.body.get_blocks(name)
    }

    /// The block of that name, of which there may be only one.
    pub(crate) fn only_block(&self, name: &'static str) -> Option<&'a Block> {
        let mut blocks = self.blocks(name);
        let first = blocks.next()?;
        if let Some(second) = blocks.next() {
            let message = format!("{} has more than one block `{name}`", self.called());
            self.sink.add(Report::error("block-twice", self.scope.span(&second.ident), message));
        }
        Some(first)
    }

    /// A reading of a block below this one.
    pub(crate) fn inner<'b>(&self, body: &'b Body, what: &'b str) -> Reading<'b>
    where
        'a: 'b,
    {
        Reading { body, what, scope: self.scope, sink: self.sink }
    }

    /// The value of an attribute; an error in it is reported.
    pub(crate) fn value(&self, name: &str) -> Option<Spanned<Value>> {
        self.value_of(self.attribute(name)?)
    }

    /// The value of an attribute; an error in it is reported.
    pub(crate) fn value_of(&self, attribute: &Attribute) -> Option<Spanned<Value>> {
        let span = self.scope.span(&attribute.value).or(self.key_span(attribute))?;
        let value = self.taken(eval::eval(&attribute.value, self.scope), span)?;
        Some(Spanned::new(value, span))
    }

    pub(super) fn taken<T>(&self, result: EvalResult<T>, span: Span) -> Option<T> {
        result.map_err(|error| self.sink.eval(error.at(Some(span)))).ok()
    }

    fn converted<T>(&self, name: &str, convert: impl Fn(&Value) -> EvalResult<T>) -> Option<Spanned<T>> {
        let value = self.value(name)?;
        if value.is_null() {
            return None;
        }
        let result = convert(&value).map_err(|error| eval::error::EvalError {
            message: format!("`{name}`: {}", error.message),
            ..error
        });
        Some(Spanned::new(self.taken(result, value.span)?, value.span))
    }

    /// The value of an attribute that must be known when the pipeline is loaded; null is none.
    pub(crate) fn known(&self, name: &str) -> Option<Value> {
        let value = self.value(name)?;
        if value.has_late() {
            let why = types::unknown_yet(&Late::from(value.value)).message;
            self.sink.add(Report::error("value", value.span, format!("`{name}`: {why}")));
            return None;
        }
        Some(value.value).filter(|value| !value.is_null())
    }

    /// The value of an attribute as a whole number that is not negative.
    pub(crate) fn count(&self, name: &str) -> Option<Spanned<u32>> {
        self.converted(name, |value| {
            let number = types::to_number(value)?;
            let whole = number.as_usize().and_then(|whole| u32::try_from(whole).ok());
            whole.ok_or_else(|| eval::error::EvalError::new("a whole number that is not negative is needed"))
        })
    }

    /// The value of an attribute as a text.
    pub(crate) fn text(&self, name: &str) -> Option<Spanned<String>> {
        self.converted(name, types::to_string)
    }

    /// The value of an attribute as `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Option<Spanned<bool>> {
        self.converted(name, types::to_bool)
    }

    /// The milliseconds of a duration; 0 is no limit.
    pub(crate) fn duration(&self, name: &str) -> Option<u64> {
        let text = self.text(name)?;
        let parsed = parse_duration(&text);
        if parsed.is_none() {
            let message = format!("`{name}` is no duration: {}", types::quoted(&text));
            self.sink.add(
                Report::error("duration", text.span, message)
                    .hint("write it like \"90s\", \"15m\" or \"1h30m\""),
            );
        }
        parsed
    }

    /// The elements of a list as texts, each with its place where the list is written out.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<Spanned<String>>> {
        let attribute = self.attribute(name)?;
        let list = self.value_of(attribute)?;
        let Value::List(items) = &list.value else {
            if !list.is_null() {
                let message = format!("`{name}` is a list of strings, and this is {}", list.kind());
                self.sink.add(Report::error("value", list.span, message).hint("write `[\"…\", \"…\"]`"));
            }
            return None;
        };
        let places = self.places(attribute);
        let texts = items.items().iter().enumerate().map(|(at, item)| {
            let span = places.get(at).copied().flatten().unwrap_or(list.span);
            let text = types::to_string(item).map_err(|error| error.at(Some(span)));
            Some(Spanned::new(self.taken(text, span)?, span))
        });
        texts.collect()
    }

    /// Where the elements of a list stand, if it is written out.
    pub(super) fn places(&self, attribute: &Attribute) -> Vec<Option<Span>> {
        match attribute.value.as_array() {
            Some(array) => array.iter().map(|item| self.scope.span(item)).collect(),
            None => Vec::new(),
        }
    }
}

fn hint(name: &str, grammar: &Grammar) -> Option<String> {
    elsewhere(name).or_else(|| did_you_mean(name, grammar.attributes().into_iter().chain(grammar.blocks())))
}
