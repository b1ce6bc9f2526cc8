//! `put "git" "app" { … }`.

use super::get::resource;
use super::{OPTIONS, Place, finish};
use crate::diagnostic::Report;
use crate::pipeline::{Action, Put, Step, Values};
use crate::schema::grammar::Grammar;
use crate::schema::reading::Reading;
use hcl_edit::structure::Block;

/// Every other attribute is said to the resource.
pub(super) const GRAMMAR: Grammar =
    Grammar { attributes: &["resource"], blocks: &["params"], later: &[], also: &[&OPTIONS] };

/// Everything in `params` is said to the resource.
pub(super) const PARAMS: Grammar = Grammar::EMPTY;

/// The put of a block.
pub(super) fn read(block: &Block, outer: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    let [type_name, label] = outer.labels(block, ["type", "name"])?;
    let what = format!("`put \"{}\" \"{}\"`", type_name.value, label.value);
    let reading = outer.inner(&block.body, &what);
    reading.check_open(&GRAMMAR);
    let name = place.name(&label, &reading)?;
    let put = Put {
        resource: resource(&type_name, &label, &reading)?,
        attributes: attributes(&reading),
        span: outer.scope.span(&block.ident)?,
        name: name.clone(),
    };
    finish(name, Action::Put(put), &reading, place)
}

fn attributes(reading: &Reading<'_>) -> Values {
    let mut values = reading.open_values(&GRAMMAR);
    if let Some(block) = reading.only_block("params") {
        let what = format!("`params` of {}", reading.what);
        let inner = reading.inner(&block.body, &what);
        inner.check_open(&PARAMS);
        if let Some(value) = values.values().next() {
            let message = format!("{} has `params`, and so no attributes of its own", reading.what);
            reading.sink.add(
                Report::error("params-and-attributes", value.span, message).hint("move it into `params`"),
            );
        }
        values.extend(inner.open_values(&PARAMS));
    }
    values.retain(|_, value| !value.is_null());
    values
}
