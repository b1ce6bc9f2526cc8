//! `if "label" { … }`, and the `else_if` and `else` after it.

use super::{OPTIONS, Place, STEPS, finish, read_all};
use crate::condition::Condition;
use crate::diagnostic::Report;
use crate::eval::{Value, types};
use crate::late::Late;
use crate::pipeline::{Action, Branch, Decision, Step};
use crate::schema::grammar::Grammar;
use crate::schema::reading::Reading;
use crate::span::Spanned;
use hcl_edit::structure::Block;

pub(super) const IF: Grammar =
    Grammar { attributes: &["condition"], also: &[&STEPS, &OPTIONS], ..Grammar::EMPTY };

pub(super) const ELSE_IF: Grammar = Grammar { attributes: &["condition"], also: &[&STEPS], ..Grammar::EMPTY };

pub(super) const ELSE: Grammar = Grammar { also: &[&STEPS], ..Grammar::EMPTY };

/// The step that an `if` and what follows it are.
pub(super) fn read(chain: &[&Block], outer: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    let first = *chain.first()?;
    let span = outer.scope.span(&first.ident)?;
    if place.in_if {
        let report = Report::error("nested", span, "an `if` stands in no other");
        outer.sink.add(report.hint("join the conditions with `&&`, or use `else_if`"));
        return None;
    }
    let inner = Place { in_if: true, ..place.deeper(outer, span)? };
    let mut branches = Vec::new();
    for (at, block) in chain.iter().enumerate() {
        branches.extend(branch(block, outer, inner));
        if block.ident.value().as_str() == "else" && at + 1 < chain.len() {
            let report = Report::error(
                "after-else",
                outer.scope.span(&chain[at + 1].ident),
                "nothing follows an `else`",
            );
            outer.sink.add(report);
            break;
        }
    }
    let name = place.name(&label(first, outer)?.unwrap_or(Spanned::new("if".to_owned(), span)), outer)?;
    let what = format!("`if` of {}", outer.what);
    finish(name, Action::If(branches), &outer.inner(&first.body, &what), place)
}

/// The label of a block, which may have none.
fn label(block: &Block, outer: &Reading<'_>) -> Option<Option<Spanned<String>>> {
    match block.labels.is_empty() {
        true => Some(None),
        false => outer.labels(block, ["branch"]).map(|[label]| Some(label)),
    }
}

fn branch(block: &Block, outer: &Reading<'_>, place: Place<'_>) -> Option<Branch> {
    let word = block.ident.value().as_str();
    if word == "else" && block.labels.first().is_some_and(|label| label.as_str() == "if") {
        let report = Report::error("labels", outer.scope.span(&block.ident), "`else if` is one word here");
        outer.sink.add(report.hint("write `else_if {`"));
        return None;
    }
    label(block, outer)?;
    let what = format!("`{word}` of {}", outer.what);
    let reading = outer.inner(&block.body, &what);
    let grammar = match word {
        "if" => &IF,
        "else_if" => &ELSE_IF,
        _ => &ELSE,
    };
    reading.check(grammar);
    let condition = (word != "else").then(|| decision(block, &reading));
    let steps = read_all(&reading, place);
    Some(Branch { condition: condition.map_or(Some(None), |decision| decision.map(Some))?, steps })
}

fn decision(block: &Block, reading: &Reading<'_>) -> Option<Decision> {
    let Some(attribute) = reading.attribute("condition") else {
        let message = format!("{} has no `condition`", reading.what);
        reading.sink.add(Report::error("missing-attribute", reading.scope.span(&block.ident), message));
        return None;
    };
    let value = reading.late_of(attribute)?;
    let report = |message: String| Report::error("condition", value.span, message);
    let result = match &value.value {
        late if late.is_secret() => {
            let name = late.secrets().first().copied().unwrap_or_default().to_owned();
            Err(report(format!("the value of `var.{name}` is a secret: it cannot decide")))
        }
        Late::Template(_) => Err(report("a condition in a string is read when the pipeline is loaded".to_owned())
            .hint("use variables of the build in it (`$GET_APP_BRANCH == main`), or write an expression without quotes")),
        Late::Literal(Value::String(text)) => Condition::parse(text).map(Decision::Condition).map_err(|error| {
            report(format!("this condition cannot be read: {}", error.message)).maybe_hint(error.hint)
        }),
        Late::Literal(known) => match types::to_bool(known) {
            Ok(known) => Ok(Decision::Value(Value::Bool(known).into())),
            Err(error) => Err(report(format!("`condition`: {}", error.message))),
        },
        late => Ok(Decision::Value(late.clone())),
    };
    result.map_err(|report| reading.sink.add(report)).ok()
}
