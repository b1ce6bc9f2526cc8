//! What joins versions: the builds of upstream jobs that hold them, in numbers.

use super::search::Variable;
use crate::facts::{JobFacts, Stored, UpstreamBuild};
use pikoci_plan::id::JobId;
use std::collections::BTreeMap;

/// A variable, made ready for the search.
pub(super) struct Column<'a> {
    /// The index of the input.
    pub(super) input: usize,
    /// What it may take, in the order of the slots, each with the number of its slot.
    pub(super) options: Vec<(usize, &'a Stored)>,
    /// What each job that its version must have passed holds of that.
    pub(super) held: Vec<Held>,
}

/// Which builds of a job hold which options.
pub(super) struct Held {
    /// The number of the job.
    pub(super) job: usize,
    /// By option: the builds that hold it, in order.
    pub(super) builds: Vec<Vec<usize>>,
    /// By build: the options that it holds.
    pub(super) options: Vec<Vec<usize>>,
}

/// The variables made ready, and by number of the job how many builds it has.
pub(super) fn columns<'a>(job: &'a JobFacts, variables: &[Variable<'a>]) -> (Vec<Column<'a>>, Vec<usize>) {
    let jobs: Vec<(&JobId, &[UpstreamBuild])> = upstream(job, variables);
    let column = |variable: &Variable<'a>| {
        let slots = variable.slots.iter().enumerate();
        let options: Vec<_> =
            slots.flat_map(|(slot, of)| of.iter().map(move |version| (slot, *version))).collect();
        let numbers: BTreeMap<&str, usize> =
            options.iter().enumerate().map(|(at, (_, version))| (version.id.as_str(), at)).collect();
        let names = |id: &JobId| job.inputs[variable.input].passed.iter().any(|(passed, _)| passed == id);
        let passed = jobs.iter().enumerate().filter(|(_, (id, _))| variable.bound && names(id));
        let held =
            passed.map(|(number, (_, builds))| held(number, builds, variable.input, &numbers)).collect();
        Column { input: variable.input, options, held }
    };
    (variables.iter().map(column).collect(), jobs.iter().map(|(_, builds)| builds.len()).collect())
}

/// The jobs that the variables' versions must have passed, each once, with its builds.
fn upstream<'a>(job: &'a JobFacts, variables: &[Variable<'a>]) -> Vec<(&'a JobId, &'a [UpstreamBuild])> {
    let bound = variables.iter().filter(|variable| variable.bound);
    let passed = bound.flat_map(|variable| &job.inputs[variable.input].passed);
    let builds = |(id, _): &'a (JobId, String)| (id, job.upstream.get(id).map_or(&[][..], Vec::as_slice));
    passed.map(builds).collect::<BTreeMap<_, _>>().into_iter().collect()
}

fn held(job: usize, all: &[UpstreamBuild], input: usize, numbers: &BTreeMap<&str, usize>) -> Held {
    let mut builds = vec![Vec::new(); numbers.len()];
    let mut options = vec![Vec::new(); all.len()];
    for (index, build) in all.iter().enumerate() {
        let versions = build.versions.get(&input).into_iter().flatten();
        for &option in versions.filter_map(|version| numbers.get(version.id.as_str())) {
            if builds[option].last() != Some(&index) {
                builds[option].push(index);
                options[index].push(option);
            }
        }
    }
    Held { job, builds, options }
}
