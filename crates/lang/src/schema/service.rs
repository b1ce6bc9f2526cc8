//! `service "postgresql" { … }` in a job.

use super::grammar::Grammar;
use super::job_names::Table;
use super::params::{self, Giver};
use super::reading::Reading;
use super::top::Context;
use super::types::Types;
use crate::pipeline::Service;
use hcl_edit::structure::Block;

/// Every other attribute is a parameter.
pub(super) const GRAMMAR: Grammar =
    Grammar { attributes: &["timeout"], blocks: &[], later: &["for_each"], ..Grammar::EMPTY };

/// The services of a job.
pub(super) fn read_all(
    outer: &Reading<'_>,
    table: &Table,
    types: &mut Types,
    context: &Context<'_>,
) -> Vec<Service> {
    let services = outer.blocks("service").filter_map(|block| read(block, outer, types, context));
    services.inspect(|service| table.passed("service", &service.name)).collect()
}

fn read(block: &Block, outer: &Reading<'_>, types: &mut Types, context: &Context<'_>) -> Option<Service> {
    let (type_name, name) = match block.labels.len() {
        2 => outer.labels(block, ["type", "name"]).map(|[type_name, name]| (type_name, name))?,
        _ => outer.labels(block, ["type"]).map(|[name]| (name.clone(), name))?,
    };
    let what = format!("`service \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    reading.check_open(&GRAMMAR);
    let (values, timeout_ms) = (reading.open_values(&GRAMMAR), reading.duration("timeout"));
    let of = types.service(&type_name, context)?;
    let called = format!("the service type `{}`", of.name);
    let giver = Giver { what: &what, of: &called, span: name.span };
    let params = params::given(&of.params, values, &giver, outer.sink);
    Some(Service { type_name, params, timeout_ms, span: outer.scope.span(&block.ident)?, name })
}
