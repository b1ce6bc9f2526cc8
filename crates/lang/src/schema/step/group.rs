//! `in_parallel { … }` and `do { … }`: several steps as one.

use super::{OPTIONS, Place, STEPS, finish, read_all, written};
use crate::diagnostic::Report;
use crate::pipeline::{Action, InParallel, Step};
use crate::schema::grammar::Grammar;
use crate::schema::reading::Reading;
use crate::span::Spanned;
use hcl_edit::structure::Block;

pub(super) const IN_PARALLEL: Grammar =
    Grammar { attributes: &["limit", "fail_fast"], also: &[&STEPS, &OPTIONS], ..Grammar::EMPTY };

pub(super) const DO: Grammar = Grammar { also: &[&STEPS, &OPTIONS], ..Grammar::EMPTY };

/// The steps of a block, side by side.
pub(super) fn in_parallel(block: &Block, outer: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    let [] = outer.labels(block, [])?;
    let span = outer.scope.span(&block.ident)?;
    if place.in_parallel {
        let report = Report::error("nested", span, "an `in_parallel` stands in no other");
        outer
            .sink
            .add(report.hint("all its steps may stand in the outer one; `do` makes one of several steps"));
        return None;
    }
    let what = format!("`in_parallel` of {}", outer.what);
    let reading = outer.inner(&block.body, &what);
    reading.check(&IN_PARALLEL);
    let inner = Place { in_parallel: true, ..place.deeper(&reading, span)? };
    let parallel = InParallel {
        limit: reading.count("limit").map_or(0, |count| count.value),
        fail_fast: reading.flag("fail_fast").is_some_and(|flag| flag.value),
        steps: side_by_side(&reading, inner),
    };
    let name = place.name(&Spanned::new("in_parallel".to_owned(), span), outer)?;
    finish(name, Action::InParallel(parallel), &reading, place)
}

/// Each block is a branch, but `else_if` and `else` belong to the `if` before them.
fn side_by_side(reading: &Reading<'_>, place: Place<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    place.table.side_by_side(written(reading), |written| steps.extend(written.read(reading, place)));
    steps
}

/// The steps of a block, one after the other.
pub(super) fn one_after_the_other(block: &Block, outer: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    let [] = outer.labels(block, [])?;
    let span = outer.scope.span(&block.ident)?;
    let what = format!("`do` of {}", outer.what);
    let reading = outer.inner(&block.body, &what);
    reading.check(&DO);
    let steps = read_all(&reading, place.deeper(&reading, span)?);
    let name = place.name(&Spanned::new("do".to_owned(), span), outer)?;
    finish(name, Action::Do(steps), &reading, place)
}
