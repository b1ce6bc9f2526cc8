//! `passed` with the name of a job that has instances means all of them.

use crate::pipeline::{Action, Job};
use crate::span::Spanned;
use std::collections::BTreeMap;

/// Writes the names of all instances in the place of their job's.
pub(super) fn expand(jobs: &mut [Job]) {
    let mut instances: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for job in &*jobs {
        if let Some(base) = &job.instance_of {
            instances.entry(base.clone()).or_default().push(job.name.value.clone());
        }
    }
    for step in jobs.iter_mut().flat_map(|job| &mut job.steps) {
        step.each_mut(&mut |step| {
            if let Action::Get(get) = &mut step.action {
                get.passed = get.passed.iter().flat_map(|job| all(job, &instances)).collect();
            }
        });
    }
}

fn all(job: &Spanned<String>, instances: &BTreeMap<String, Vec<String>>) -> Vec<Spanned<String>> {
    match instances.get(&job.value) {
        Some(names) => names.iter().map(|name| Spanned::new(name.clone(), job.span)).collect(),
        None => vec![job.clone()],
    }
}
