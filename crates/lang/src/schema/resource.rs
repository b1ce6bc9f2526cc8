//! `resource "git" "app" { … }`.

use super::each::{self, EachNames, Instance};
use super::grammar::Grammar;
use super::params::{self, Giver};
use super::reading::Reading;
use crate::diagnostic::{Report, Sink};
use crate::eval::scope::Scope;
use crate::eval::types;
use crate::pipeline::{Resource, ResourceKind, ResourceType, Values};
use crate::schedule::Schedule;
use crate::span::Spanned;
use hcl_edit::structure::Block;

pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &["check_interval", "description", "cache", "tags", "icon", "for_each"],
    blocks: &["params"],
    later: &["runner", "version"],
    ..Grammar::EMPTY
};

/// Everything in a `params` block is a parameter.
const PARAMS: Grammar = Grammar::EMPTY;

/// Where a resource says nothing: once a minute.
const DEFAULT_INTERVAL: Schedule = Schedule::Every(60_000);
const LEAST_INTERVAL_MS: u64 = 1_000;

/// The labels of a resource: its type and its name.
pub(super) fn labels(block: &Block, outer: &Reading<'_>) -> Option<[Spanned<String>; 2]> {
    outer.labels(block, ["type", "name"])
}

/// The resource of a block whose type is known, or its instances. One that was reported, or could not be read, is
/// left out.
pub(super) fn read_all(
    block: &Block,
    labels: &[Spanned<String>; 2],
    of: Option<&ResourceType>,
    outer: &Reading<'_>,
) -> Vec<Resource> {
    let instances = each::instances(block, outer);
    instances.iter().filter_map(|each| read(block, labels, each.as_ref(), of, outer)).collect()
}

fn read(
    block: &Block,
    [type_name, label]: &[Spanned<String>; 2],
    each: Option<&Instance>,
    of: Option<&ResourceType>,
    outer: &Reading<'_>,
) -> Option<Resource> {
    let (type_name, label) = (type_name.clone(), label.clone());
    let name = each.map_or(Some(label.clone()), |each| each.name(&label, outer))?;
    let what = format!("`resource \"{}\" \"{}\"`", type_name.value, label.value);
    let each_names = EachNames::of(outer.scope, each);
    let scope = Scope { names: &each_names, ..*outer.scope };
    let reading = Reading { scope: &scope, ..outer.inner(&block.body, &what) };
    reading.check(&GRAMMAR);
    let given = given(&reading);
    let interval = interval(&reading);
    let of = of?;
    // One that was written as an attribute is reported, and what it would give is not missing.
    if reading.attribute("params").is_some() {
        return None;
    }
    let called = format!("the resource type `{}`", of.name);
    let giver = Giver { what: &what, of: &called, span: name.span };
    let kind = of.kind();
    let given = if is_bare(kind) { none(given, &giver, outer.sink) } else { given };
    let params = params::given(&of.params, given, &giver, outer.sink);
    let directory = directory(&type_name, &name, &params, &reading)?;
    Some(Resource {
        instance_of: each.map(|_| label.value),
        type_name,
        name,
        directory,
        params,
        kind,
        check_interval: schedule(kind, interval, &giver, &reading),
        space: of.space.clone(),
        untrusted: of.untrusted.clone(),
        cache: reading.flag("cache").map(|flag| flag.value),
        tags: reading.texts("tags").unwrap_or_default().into_iter().map(|tag| tag.value).collect(),
        icon: reading.text("icon").map(|text| text.value),
        description: reading.text("description").map(|text| text.value),
        span: outer.scope.span(&block.ident)?,
    })
}

/// Whether resources of that kind take no parameters.
fn is_bare(kind: ResourceKind) -> bool {
    matches!(kind, ResourceKind::Cron | ResourceKind::Trigger)
}

/// Drops what is given, with a warning for each.
fn none(given: Values, giver: &Giver<'_>, sink: &Sink) -> Values {
    for (name, value) in given {
        let message = format!("{} does not take `{name}`, which is dropped", giver.of);
        sink.add(Report::warning("unknown-param", value.span, message).hint("it has no parameters"));
    }
    Values::new()
}

/// When its versions are looked for or made. A clock without a schedule is reported.
fn schedule(
    kind: ResourceKind,
    given: Option<Schedule>,
    giver: &Giver<'_>,
    reading: &Reading<'_>,
) -> Option<Schedule> {
    match kind {
        ResourceKind::Checked => Some(given.unwrap_or(DEFAULT_INTERVAL)),
        ResourceKind::Trigger | ResourceKind::Unchecked => None,
        ResourceKind::Cron => {
            if reading.attribute("check_interval").is_none() {
                let message = format!("{} has no schedule", giver.what);
                let hint = "say when: `check_interval = \"0 3 * * *\"` is every day at three (UTC)";
                reading.sink.add(Report::error("interval", giver.span, message).hint(hint));
            }
            given
        }
    }
}

fn given(outer: &Reading<'_>) -> Values {
    let Some(block) = outer.only_block("params") else { return Values::new() };
    let what = format!("`params` of {}", outer.what);
    let reading = outer.inner(&block.body, &what);
    reading.check_open(&PARAMS);
    reading.open_values(&PARAMS)
}

/// Where it is fetched to, which is known before a build runs.
fn directory(
    type_name: &Spanned<String>,
    name: &Spanned<String>,
    params: &Values,
    reading: &Reading<'_>,
) -> Option<String> {
    let known = |key: &str| match params.get(key) {
        None => Ok(None),
        Some(value) => match value.literal() {
            Some(known) => Ok(known.to_text().filter(|text| !text.is_empty())),
            None => Err(value.span),
        },
    };
    let named = known("name").and_then(|name| match (name, type_name.as_str()) {
        (None, "git") => Ok(known("url")?.and_then(|url| repository_name(&url))),
        (named, _) => Ok(named),
    });
    named
        .map(|named| named.unwrap_or_else(|| name.value.clone()))
        .map_err(|span| {
            let message = "the directory that this is fetched into must be known when the pipeline is loaded";
            let report = Report::error("directory", span, message);
            reading.sink.add(report.hint("give `name = \"…\"`, without a secret in it"));
        })
        .ok()
}

/// The name of a repository, as git itself finds it in an address: its last part, without `.git`.
fn repository_name(url: &str) -> Option<String> {
    let path = url.strip_suffix('/').unwrap_or(url);
    let path = path.strip_suffix("/.git").unwrap_or(path);
    let last = path.rsplit(['/', ':']).next().unwrap_or_default();
    let name = last.strip_suffix(".git").unwrap_or(last);
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

fn interval(reading: &Reading<'_>) -> Option<Schedule> {
    let text = reading.text("check_interval")?;
    let report = match Schedule::parse(&text) {
        Ok(Schedule::Every(ms)) if ms < LEAST_INTERVAL_MS => {
            Report::error("interval", text.span, "`check_interval` is at least one second")
        }
        Ok(schedule) => return Some(schedule),
        Err(why) => {
            let message =
                format!("`check_interval` is no schedule: {}: {}", types::quoted(&text), why.message);
            let like = "write it like \"@every 1m\", \"30s\", \"@hourly\" or \"*/5 * * * *\"";
            Report::error("interval", text.span, message).hint(why.hint.unwrap_or(like.to_owned()))
        }
    };
    reading.sink.add(report);
    None
}

#[cfg(test)]
mod tests {
    use super::repository_name;

    #[test]
    fn a_repository_is_named_by_the_last_part_of_its_address() {
        let table = [
            ("https://github.com/org/app", Some("app")),
            ("https://github.com/org/app.git/", Some("app")),
            ("git@example.org:app.git", Some("app")),
            ("/srv/git/app/.git", Some("app")),
            ("app", Some("app")),
            (".", None),
            ("/", None),
        ];
        for (url, name) in table {
            assert_eq!(repository_name(url).as_deref(), name, "{url}");
        }
    }
}
