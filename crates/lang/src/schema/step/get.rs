//! `get "git" "app" { … }`.

use super::{OPTIONS, Place, finish};
use crate::diagnostic::{Report, did_you_mean};
use crate::eval::Value;
use crate::pipeline::{Action, Get, GetVersion, Step};
use crate::schema::grammar::Grammar;
use crate::schema::reading::Reading;
use hcl_edit::structure::Block;

pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &["trigger", "passed", "version", "resource"],
    blocks: &[],
    later: &["finished", "paths", "dir", "params"],
    also: &[&OPTIONS],
};

/// The get of a block.
pub(super) fn read(block: &Block, outer: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    let [type_name, label] = outer.labels(block, ["type", "name"])?;
    let what = format!("`get \"{}\" \"{}\"`", type_name.value, label.value);
    let reading = outer.inner(&block.body, &what);
    reading.check(&GRAMMAR);
    let name = place.name(&label, &reading)?;
    place.table.passed("get", &name);
    let get = Get {
        resource: resource(&type_name, &label, &reading)?,
        trigger: reading.flag("trigger").is_some_and(|flag| flag.value),
        passed: reading.texts("passed").unwrap_or_default(),
        version: version(&reading).unwrap_or_default(),
        span: outer.scope.span(&block.ident)?,
        name: name.clone(),
    };
    finish(name, Action::Get(get), &reading, place)
}

/// The resource of a get or put: what `resource` says, else the label. `None` is one that could not be read.
pub(super) fn resource(type_name: &str, label: &str, reading: &Reading<'_>) -> Option<String> {
    match reading.attribute("resource") {
        None => Some(format!("{type_name}.{label}")),
        Some(_) => reading.text("resource").map(|name| format!("{type_name}.{}", name.value)),
    }
}

fn version(reading: &Reading<'_>) -> Option<GetVersion> {
    let span = reading.value("version")?.span;
    match reading.known("version")? {
        Value::String(text) if &*text == "every" => Some(GetVersion::Every),
        Value::String(text) if &*text == "latest" => Some(GetVersion::Latest),
        Value::Map(keys) => {
            let keys = keys.entries().iter();
            Some(GetVersion::Pinned(
                keys.filter_map(|(key, value)| Some((key.clone(), value.to_text()?))).collect(),
            ))
        }
        other => {
            let report = Report::error("value", span, "`version` is \"every\", \"latest\" or a map of keys");
            let hint = other.as_str().and_then(|text| did_you_mean(text, ["every", "latest"]));
            reading.sink.add(report.maybe_hint(hint));
            None
        }
    }
}
