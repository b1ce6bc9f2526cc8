//! Which inputs are chosen together.

use crate::facts::JobFacts;

/// Inputs whose versions depend on each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Their indexes: those that trigger, then the others, both in written order.
    pub(super) inputs: Vec<usize>,
    /// How many of them trigger.
    pub(super) triggers: usize,
}

/// The inputs of a job, in groups: those that name a common job in `passed`, also by way of a third, are one; every
/// other input is one of its own. In the order of the first of each.
pub(super) fn groups(job: &JobFacts) -> Vec<Group> {
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for input in 0..job.inputs.len() {
        let (mut joined, others): (Vec<_>, Vec<_>) = std::mem::take(&mut sets)
            .into_iter()
            .partition(|set| set.iter().any(|&other| share(job, input, other)));
        joined.push(vec![input]);
        sets = others;
        sets.push(joined.concat());
    }
    sets.iter_mut().for_each(|set| set.sort_unstable());
    sets.sort();
    sets.into_iter().map(|set| group(job, set)).collect()
}

fn share(job: &JobFacts, one: usize, other: usize) -> bool {
    let passed = &job.inputs[other].passed;
    job.inputs[one].passed.iter().any(|(id, _)| passed.iter().any(|(also, _)| also == id))
}

fn group(job: &JobFacts, set: Vec<usize>) -> Group {
    let (mut inputs, others): (Vec<_>, Vec<_>) =
        set.into_iter().partition(|&input| job.inputs[input].trigger);
    let triggers = inputs.len();
    inputs.extend(others);
    Group { inputs, triggers }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::InputFacts;

    /// Of inputs with these `passed` (`!` triggers), the groups as indexes.
    fn grouped(inputs: &[&str]) -> Vec<Vec<usize>> {
        let input = |text: &&str| InputFacts {
            trigger: text.ends_with('!'),
            passed: text
                .trim_end_matches('!')
                .chars()
                .map(|job| (job.to_string().into(), job.into()))
                .collect(),
            ..InputFacts::default()
        };
        let job = JobFacts { inputs: inputs.iter().map(input).collect(), ..JobFacts::default() };
        groups(&job).into_iter().map(|group| group.inputs).collect()
    }

    #[test]
    fn what_shares_a_job_is_one_group() {
        assert_eq!(grouped(&["", "!", ""]), [vec![0], vec![1], vec![2]]);
        assert_eq!(grouped(&["a", "b!", "a"]), [vec![0, 2], vec![1]]);
        assert_eq!(grouped(&["a", "b", "ab!", "", "c"]), [vec![2, 0, 1], vec![3], vec![4]]);
        assert_eq!(grouped(&["a", "b", "c", "bc", "ab"]), [vec![0, 1, 2, 3, 4]]);
    }
}
