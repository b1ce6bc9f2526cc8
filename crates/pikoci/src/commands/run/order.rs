//! The order in which the jobs of a pipeline run: each after those in its `passed`. Pure.

use std::collections::BTreeSet;

/// A job, and the jobs that come before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) job: &'a str,
    pub(super) after: &'a BTreeSet<&'a str>,
}

/// The jobs in an order in which each stands after those that come before it, else as they are written. The language
/// refuses jobs that wait for each other; here they come last.
pub(super) fn order<'a>(nodes: &[Node<'a>]) -> Vec<&'a str> {
    let all: BTreeSet<&str> = nodes.iter().map(|node| node.job).collect();
    let (mut ordered, mut done) = (Vec::with_capacity(nodes.len()), BTreeSet::new());
    let mut left: Vec<Node<'a>> = nodes.to_vec();
    while !left.is_empty() {
        let is_next = |node: &Node<'a>| node.after.iter().all(|job| done.contains(job) || !all.contains(job));
        let next = left.remove(left.iter().position(is_next).unwrap_or(0));
        done.insert(next.job);
        ordered.push(next.job);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_run_after_those_that_they_wait_for() {
        let of = |jobs: &[(&'static str, &[&'static str])]| {
            let jobs: Vec<_> = jobs
                .iter()
                .map(|(job, after)| (*job, after.iter().copied().collect::<BTreeSet<_>>()))
                .collect();
            let nodes: Vec<_> = jobs.iter().map(|(job, after)| Node { job, after }).collect();
            order(&nodes).join(" ")
        };
        for (jobs, expected) in [
            (&[][..], ""),
            (&[("a", &[][..]), ("b", &[])], "a b"),
            (
                &[("deploy", &["build", "lint"]), ("lint", &[]), ("build", &["test"]), ("test", &[])],
                "lint test build deploy",
            ),
            (&[("a", &["gone"])], "a"),
            (&[("a", &["b"]), ("b", &["a"]), ("x", &[])], "x a b"),
        ] {
            assert_eq!(of(jobs), expected, "{jobs:?}");
        }
    }
}
