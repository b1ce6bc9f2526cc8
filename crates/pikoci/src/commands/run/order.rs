//! The order in which the jobs of a pipeline run: each after those in its `passed`. Pure.

use std::collections::BTreeSet;

/// A job, and the jobs that come before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) job: &'a str,
    pub(super) after: &'a BTreeSet<&'a str>,
}

/// The jobs in an order in which each stands after those that come before it, else as they are written.
///
/// # Errors
/// The jobs that wait for each other.
pub(super) fn order<'a>(nodes: &[Node<'a>]) -> Result<Vec<&'a str>, Vec<&'a str>> {
    let all: BTreeSet<&str> = nodes.iter().map(|node| node.job).collect();
    let (mut ordered, mut done) = (Vec::with_capacity(nodes.len()), BTreeSet::new());
    let mut left: Vec<Node<'a>> = nodes.to_vec();
    while !left.is_empty() {
        let is_next = |node: &Node<'a>| node.after.iter().all(|job| done.contains(job) || !all.contains(job));
        let Some(at) = left.iter().position(is_next) else {
            return Err(left.iter().map(|node| node.job).collect());
        };
        let next = left.remove(at);
        done.insert(next.job);
        ordered.push(next.job);
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_run_after_those_that_they_wait_for() {
        let of = |jobs: &[(&'static str, &[&'static str])]| {
            let jobs: Vec<_> =
                jobs.iter().map(|(job, after)| (*job, after.iter().copied().collect::<BTreeSet<_>>())).collect();
            let nodes: Vec<_> = jobs.iter().map(|(job, after)| Node { job, after }).collect();
            let owned = |jobs: Vec<&str>| jobs.join(" ");
            order(&nodes).map(owned).map_err(owned)
        };
        for (jobs, expected) in [
            (&[][..], Ok("")),
            (&[("a", &[][..]), ("b", &[])], Ok("a b")),
            (&[("deploy", &["build", "lint"]), ("lint", &[]), ("build", &["test"]), ("test", &[])],
             Ok("lint test build deploy")),
            (&[("a", &["gone"])], Ok("a")),
            (&[("x", &[]), ("a", &["b"]), ("b", &["a"])], Err("a b")),
            (&[("a", &["a"])], Err("a")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(of(jobs), expected, "{jobs:?}");
        }
    }
}
