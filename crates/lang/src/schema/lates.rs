//! Values of attributes that may be late.

use super::grammar::Grammar;
use super::reading::Reading;
use crate::diagnostic::Report;
use crate::eval::Value;
use crate::late::Late;
use crate::pipeline::Values;
use crate::span::Spanned;
use hcl_edit::structure::Attribute;

impl Reading<'_> {
    /// The value of an attribute, known or late. An error in it is reported, as is a text that no process could
    /// be given.
    pub(super) fn late_of(&self, attribute: &Attribute) -> Option<Spanned<Late>> {
        let value = self.value_of(attribute)?;
        let late = Late::from(value.value);
        if holds_nul(&late) {
            let message =
                format!("`{}` holds a NUL character, which no process can be given", attribute.key.value());
            self.sink.add(Report::error("value", value.span, message));
        }
        Some(Spanned::new(late, value.span))
    }

    /// The value of an attribute, known or late; null is none.
    pub(super) fn late(&self, name: &str) -> Option<Spanned<Late>> {
        self.late_of(self.attribute(name)?).filter(|late| !late.is_null())
    }

    /// The elements of a list, known or late; how many there are must be known.
    pub(super) fn lates(&self, name: &str) -> Vec<Spanned<Late>> {
        let Some(attribute) = self.attribute(name) else { return Vec::new() };
        let Some(list) = self.late_of(attribute) else { return Vec::new() };
        let Some(items) = list.elements() else {
            if !list.is_null() {
                let message = format!(
                    "`{name}` is a list of strings whose length is known when the pipeline is loaded"
                );
                self.sink.add(Report::error("value", list.span, message).hint("write `[\"…\", \"…\"]`"));
            }
            return Vec::new();
        };
        let places = self.places(attribute);
        let place = |at: usize| places.get(at).copied().flatten().unwrap_or(list.span);
        items.into_iter().enumerate().map(|(at, item)| Spanned::new(item, place(at))).collect()
    }

    /// All attributes that are parameters, null ones included. One whose value could not be had is an empty text:
    /// the error is reported, and that nothing was given is not to be reported on top of it.
    pub(super) fn open_values(&self, grammar: &'static Grammar) -> Values {
        let mut values = Values::new();
        for attribute in self.open_attributes(grammar) {
            let placeholder = || Some(Spanned::new(Late::from(""), self.key_span(attribute)?));
            if let Some(value) = self.late_of(attribute).or_else(placeholder) {
                values.insert(attribute.key.value().to_string(), value);
            }
        }
        values
    }
}

fn holds_nul(late: &Late) -> bool {
    let mut found = false;
    late.walk(&mut |part| {
        if let Late::Literal(value) = part {
            found |= value_holds_nul(value);
        }
    });
    found
}

fn value_holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(list) => list.items().iter().any(value_holds_nul),
        Value::Map(map) => {
            map.entries().iter().any(|(key, item)| key.contains('\0') || value_holds_nul(item))
        }
        _ => false,
    }
}
