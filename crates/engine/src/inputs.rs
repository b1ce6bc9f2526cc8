//! Which builds a job's new versions make, and which versions a build takes.
//!
//! *New* means in no build of the job. The *mark* of a job at a resource is the newest version it has taken.
//! Every new version above the mark makes a build, oldest first; a job that has not taken any yet begins with
//! the newest and not with the backlog. Where several inputs trigger, a build is made when any has a next
//! version: each that has one moves on by one, the others keep theirs. Inputs that trigger nothing take the
//! newest.

use crate::cause::Cause;
use crate::facts::{InputFacts, JobFacts, Stored};

/// The version that one `get` of a build takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The index of the input in [`JobFacts::inputs`].
    pub input: usize,
    /// The version.
    pub version: Stored,
}

/// A build that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextBuild {
    /// What it is made for.
    pub cause: Cause,
    /// What its gets take, in written order.
    pub inputs: Vec<Taken>,
}

/// Why a job's gets cannot be given versions now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The resource that has no version yet, `type.name`.
    pub resource: String,
}

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "waits for the first version of {}", self.resource)
    }
}

/// The versions that a build made by hand takes: the newest of each input.
pub fn newest(inputs: &[InputFacts]) -> Result<Vec<Taken>, Unavailable> {
    inputs
        .iter()
        .enumerate()
        .map(|(index, input)| match &input.newest {
            Some(version) => Ok(Taken { input: index, version: version.clone() }),
            None => Err(Unavailable { resource: input.resource_name.clone() }),
        })
        .collect()
}

/// The builds that the job's new versions make, oldest first.
///
/// A job with `passed` makes none by itself: which versions passed is not decided here yet.
pub fn next_builds(job: &JobFacts) -> Vec<NextBuild> {
    if !job.active || job.inputs.iter().any(|input| input.passed) || newest(&job.inputs).is_err() {
        return Vec::new();
    }
    let mut queues: Vec<_> = job.inputs.iter().map(queue).collect();
    let mut kept: Vec<_> = job.inputs.iter().map(|input| input.mark.clone()).collect();
    let rounds = queues.iter().map(Vec::len).max().unwrap_or(0);
    (0..rounds)
        .filter_map(|_| {
            for (queue, kept) in queues.iter_mut().zip(&mut kept) {
                if !queue.is_empty() {
                    *kept = Some(queue.remove(0));
                }
            }
            build(job, &kept)
        })
        .collect()
}

/// The versions of one input that each make a build, oldest first.
fn queue(input: &InputFacts) -> Vec<Stored> {
    match (&input.mark, &input.newest) {
        _ if !input.trigger => Vec::new(),
        (None, Some(newest)) => vec![newest.clone()],
        (None, None) => Vec::new(),
        (Some(mark), _) => input.next.iter().filter(|version| version.order > mark.order).cloned().collect(),
    }
}

/// One build: triggering inputs take what they have come to, the others the newest.
fn build(job: &JobFacts, kept: &[Option<Stored>]) -> Option<NextBuild> {
    let mut inputs = Vec::with_capacity(job.inputs.len());
    for (index, input) in job.inputs.iter().enumerate() {
        let version = if input.trigger { kept[index].as_ref() } else { None }.or(input.newest.as_ref())?;
        inputs.push(Taken { input: index, version: version.clone() });
    }
    let triggering = inputs.iter().filter(|taken| job.inputs[taken.input].trigger);
    let cause = Cause::versions(
        triggering.map(|taken| (job.inputs[taken.input].resource_name.as_str(), &taken.version.version)),
    );
    Some(NextBuild { cause, inputs })
}

#[cfg(test)]
mod tests;
