//! `for_each` and `matrix`: one block, read once for each of its instances.

use super::reading::Reading;
use crate::diagnostic::{Report, did_you_mean};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::scope::{Names, Scope};
use crate::eval::{Value, types};
use crate::span::{Span, Spanned};
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

/// So many instances one block has at most.
const MOST: usize = 256;

/// One instance of a block.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    key: String,
    value: Value,
    /// What stands in its name for the key.
    slug: String,
    /// Where its key comes from.
    span: Span,
}

impl Instance {
    /// Its name: that of the block, `--` and the slug. One that is no name is reported.
    pub(super) fn name(&self, of: &Spanned<String>, reading: &Reading<'_>) -> Option<Spanned<String>> {
        let name = format!("{}--{}", of.value, self.slug);
        let name = reading.name(&name, "instance", self.span)?;
        Some(Spanned::new(name.value, of.span))
    }
}

/// What a block is read as: itself, or instances in the order of their keys. None at all where that could not be
/// said, which was reported.
pub(super) fn instances(block: &Block, outer: &Reading<'_>) -> Vec<Option<Instance>> {
    let what = format!("`{}`", block.ident.value());
    let reading = outer.inner(&block.body, &what);
    let has_matrix = block.ident.as_str() == "job" && block.body.has_blocks("matrix");
    let found = match (reading.attribute("for_each"), has_matrix) {
        (None, false) => return vec![None],
        (Some(attribute), true) => {
            let message = "a job has `for_each` or `matrix`, not both";
            let report = Report::error("for-each", reading.key_span(attribute), message);
            reading.sink.add(report.hint("`for_each` of a job with two axes is a `matrix` of both"));
            return Vec::new();
        }
        (Some(_), false) => for_each(&reading),
        (None, true) => matrix(&reading),
    };
    let found = found.and_then(|found| checked(found, block, &reading)).unwrap_or_default();
    found.into_iter().map(Some).collect()
}

/// The instances in the order of their keys, if there are neither too many nor two of one name.
fn checked(mut found: Vec<Instance>, block: &Block, reading: &Reading<'_>) -> Option<Vec<Instance>> {
    found.sort_by(|a, b| a.key.cmp(&b.key));
    let mut slugs: BTreeMap<&str, &str> = BTreeMap::new();
    for instance in &found {
        let Some(other) = slugs.insert(&instance.slug, &instance.key) else { continue };
        let which = match other == instance.key {
            true => "two combinations".to_owned(),
            false => format!("the keys {} and {} both", types::quoted(other), types::quoted(&instance.key)),
        };
        let message = format!("{which} make the name `…--{}`", instance.slug);
        let report = Report::error("for-each", instance.span, message);
        reading.sink.add(report.hint("of a key, letters, digits, `.` and `_` stand in the name"));
        return None;
    }
    affordable(&found, block, reading)?;
    Some(found)
}

/// Instances within instances multiply: a block that is read again is work.
fn affordable(found: &[Instance], block: &Block, reading: &Reading<'_>) -> Option<()> {
    let bytes = hcl_edit::Span::span(block).map_or(0, |range| range.len() as u64);
    let work = reading.scope.budget.spend_or(bytes.saturating_mul(found.len() as u64), || {
        EvalError::fatal("with all instances, this pipeline is more than 8 MiB")
            .hint("instances within instances multiply: make one of them smaller")
    });
    reading.taken(work, found.first()?.span)
}

/// Of a map or object its entries, of a set its elements.
fn for_each(reading: &Reading<'_>) -> Option<Vec<Instance>> {
    let value = reading.value("for_each")?;
    let report = |message: &str| Report::error("for-each", value.span, format!("`for_each` {message}"));
    let entries = match &value.value {
        Value::Map(map) => map.entries().iter().map(|(key, item)| Ok((key.clone(), item.clone()))).collect(),
        Value::List(list) if list.is_set() => list.items().iter().map(element).collect(),
        Value::List(_) => Err(report("is a map or a set, and this is a list")
            .hint("write `toset([…])`: each element is a key then, and its place does not matter")),
        Value::Late(late) => Err(report(&format!("must be known: {}", types::unknown_yet(late).message))),
        other => Err(report(&format!("is a map or a set, and this is {}", other.kind()))),
    };
    let entries: Result<Vec<_>, Report> = entries;
    let fail = |report: Report| reading.sink.add(report.or_at(value.span));
    let entries = entries.map_err(fail).ok()?;
    bounded(entries.len(), "`for_each`", value.span, reading)?;
    entries.into_iter().map(|(key, item)| instance(slug(&key), key, item, value.span, reading)).collect()
}

/// A text, number or boolean, as a key and a value.
fn element(item: &Value) -> Result<(String, Value), Report> {
    let key = types::to_string(item).map_err(|error| {
        Report::error("for-each", None, format!("an element of the set is no key: {}", error.message))
    })?;
    Ok((key, item.clone()))
}

/// The product over the axes, in the order of their names.
fn matrix(reading: &Reading<'_>) -> Option<Vec<Instance>> {
    let block = reading.only_block("matrix")?;
    let inner = reading.inner(&block.body, "`matrix`");
    let span = reading.scope.span(&block.ident)?;
    inner.check_open(&super::grammar::Grammar::EMPTY);
    let mut axes = BTreeMap::new();
    for attribute in block.body.attributes() {
        axes.insert(attribute.key.value().to_string(), axis(attribute.key.value().as_str(), &inner)?);
    }
    let count = axes.values().fold(1_usize, |product, axis| product.saturating_mul(axis.value.len()));
    bounded(if axes.is_empty() { 0 } else { count }, "`matrix`", span, reading)?;
    let mut rows = vec![Vec::new()];
    for (name, axis) in &axes {
        let longer = |row: &Vec<_>| {
            let row = row.clone();
            axis.value.iter().map(move |item| row.iter().copied().chain([(name, item)]).collect())
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    rows.iter().map(|row: &Vec<(&String, &(String, Value))>| cell(row, span, reading)).collect()
}

/// One combination of a matrix.
fn cell(row: &[(&String, &(String, Value))], span: Span, reading: &Reading<'_>) -> Option<Instance> {
    let slugs: Vec<_> = row.iter().map(|(_, (key, _))| slug(key)).collect();
    let value = row.iter().map(|(axis, (_, item))| ((*axis).clone(), item.clone())).collect();
    let empty = row.iter().zip(&slugs).find(|(_, slug)| slug.is_empty());
    let key = empty.map_or(slugs.join("-"), |((_, (key, _)), _)| key.clone());
    let slug = if empty.is_some() { String::new() } else { key.clone() };
    instance(slug, key, Value::map(value), span, reading)
}

/// The keys and values of an axis, with where it stands.
fn axis(name: &str, reading: &Reading<'_>) -> Option<Spanned<Vec<(String, Value)>>> {
    let value = reading.value(name)?;
    let items = match &value.value {
        Value::List(list) => list.items().iter().map(element).collect(),
        other => {
            let message = format!("the axis `{name}` is a list, and this is {}", other.kind());
            Err(Report::error("for-each", value.span, message))
        }
    };
    let items: Result<Vec<_>, Report> = items;
    let items = items.map_err(|report| reading.sink.add(report.or_at(value.span))).ok()?;
    bounded(items.len(), &format!("the axis `{name}`"), value.span, reading)?;
    Some(Spanned::new(items, value.span))
}

/// Whether there are neither none nor too many.
fn bounded(count: usize, what: &str, span: Span, reading: &Reading<'_>) -> Option<()> {
    let message = match count {
        0 => format!("{what} is empty: nothing would be left of the block"),
        1..=MOST => return Some(()),
        more => format!("{what} makes {more} instances, and a block has at most {MOST}"),
    };
    reading.sink.add(Report::error("for-each", span, message));
    None
}

fn instance(slug: String, key: String, value: Value, span: Span, reading: &Reading<'_>) -> Option<Instance> {
    if slug.is_empty() {
        let message = format!("the key {} holds nothing that a name could have", types::quoted(&key));
        reading.sink.add(Report::error("for-each", span, message));
        return None;
    }
    Some(Instance { key, value, slug, span })
}

/// What of a key stands in a name: letters, digits, `.`, `_` and `-`; a single `-` for anything between them.
fn slug(key: &str) -> String {
    let bad = |letter: char| !(letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-'));
    key.split(bad).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// The names of a block, and in an instance of one `each.key` and `each.value`.
pub(super) struct EachNames<'a> {
    outer: &'a dyn Names,
    each: Option<&'a Instance>,
}

impl<'a> EachNames<'a> {
    /// The names that are known in `scope`, and those of the instance.
    pub(super) fn of(scope: &Scope<'a>, each: Option<&'a Instance>) -> Self {
        Self { outer: scope.names, each }
    }

    fn each(&self, root: &str) -> Option<&'a Instance> {
        self.each.filter(|_| root == "each")
    }
}

impl Names for EachNames<'_> {
    fn member(&self, root: &str, key: &str) -> Option<EvalResult> {
        let Some(each) = self.each(root) else { return self.outer.member(root, key) };
        Some(match key {
            "key" => Ok(Value::string(&each.key)),
            "value" => Ok(each.value.clone()),
            other => Err(EvalError::new(format!("there is no `each.{other}`"))
                .maybe_hint(did_you_mean(other, ["key", "value"]))),
        })
    }

    fn whole(&self, root: &str) -> Option<EvalResult> {
        let Some(each) = self.each(root) else { return self.outer.whole(root) };
        let pairs = [("key", Value::string(&each.key)), ("value", each.value.clone())];
        Some(Ok(Value::map(pairs.map(|(key, value)| (key.to_owned(), value)).into())))
    }

    fn roots(&self) -> Vec<&str> {
        self.outer.roots().into_iter().chain(self.each.map(|_| "each")).collect()
    }

    fn late_keys(&self, root: &str) -> Option<usize> {
        self.outer.late_keys(root)
    }

    fn late(&self, root: &str, keys: &[String]) -> EvalResult {
        self.outer.late(root, keys)
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn of_a_key_a_name_has_what_names_may_hold() {
        let table = [
            ("eu", "eu"),
            ("EU West", "EU-West"),
            ("linux/amd64", "linux-amd64"),
            ("go 1.25 (beta)", "go-1.25-beta"),
            ("a_b--c", "a_b--c"),
            ("größe", "größe"),
            ("/", ""),
            ("", ""),
        ];
        for (key, expected) in table {
            assert_eq!(slug(key), expected, "{key:?}");
        }
    }
}
