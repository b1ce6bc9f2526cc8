//! `CACHE_DIR`: a directory of a resource that outlives builds, for one writer at a time.

use crate::attempt::Attempt;
use crate::environment::Variables;
use crate::scope::Scope;
use crate::step::Ended;
use pikoci_plan::plan::Resource;

/// A cache directory that is ours as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) path: String,
}

/// Waits until the directory of the resource is free.
pub(crate) async fn hold(
    _attempt: &Attempt<'_>,
    _resource: &Resource,
    _params: &Variables,
    _scope: &Scope,
) -> Result<Held, Ended> {
    Err(Ended::errored("caches are made once the home has them"))
}
