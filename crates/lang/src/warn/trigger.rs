//! x
use crate::pipeline::Pipeline;
use crate::schema::Context;
pub(super) fn check(_: &Pipeline, _: &Context<'_>) {}
