//! The search is bounded: what is hard ends too, what is long goes on where it was cut.

use crate::ledger::{Get, Ledger};
use pikoci_engine::facts::{InputFacts, JobFacts, JobInfo, Stored, UpstreamBuild};
use pikoci_engine::inputs::{by_hand, decide};
use pikoci_plan::version::Version;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn stored(input: usize, order: u64) -> Stored {
    let version = Version::from([("ref", format!("{input}.{order}"))]);
    Stored { id: format!("{input}.{order}"), order, version, ..Stored::default() }
}

/// A job whose sets are the colourings of a graph: an input for each node, an upstream job for each edge, with a build for
/// each pair of different colours.
fn colouring(nodes: usize, edges: &[(usize, usize)], colours: u64) -> JobFacts {
    let mut inputs: Vec<InputFacts> = (0..nodes)
        .map(|node| InputFacts {
            name: node.to_string(),
            resource_name: format!("git.{node}"),
            trigger: true,
            ..InputFacts::default()
        })
        .collect();
    let mut upstream = BTreeMap::new();
    for (index, &(one, other)) in edges.iter().enumerate() {
        let job = format!("edge{index:03}");
        inputs[one].passed.push((job.as_str().into(), job.clone()));
        inputs[other].passed.push((job.as_str().into(), job.clone()));
        let pairs = (1..=colours).flat_map(|of| (1..=colours).map(move |other| (of, other)));
        let builds = pairs.filter(|(of, other)| of != other).map(|(of, to)| UpstreamBuild {
            versions: BTreeMap::from([(one, vec![stored(one, of)]), (other, vec![stored(other, to)])]),
            ..UpstreamBuild::default()
        });
        upstream.insert(job.as_str().into(), builds.collect());
    }
    let info = JobInfo { plan: Some("plan".into()), ..JobInfo::default() };
    JobFacts { info, inputs, upstream, ..JobFacts::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Dense graphs with few colours have no colouring, and trying all would take longer than the world lasts.
    #[test]
    fn the_hardest_sets_end_too(edges in proptest::collection::vec((0..60usize, 0..60usize), 200..400)) {
        let edges: Vec<_> = edges.into_iter().filter(|(one, other)| one != other).collect();
        let job = colouring(60, &edges, 4);
        let decision = decide(&job);
        for build in &decision.builds {
            let colour = |node: usize| build.inputs[node].version.order;
            prop_assert!(edges.iter().all(|(one, other)| colour(*one) != colour(*other)));
        }
        prop_assert!(!decision.more || !decision.builds.is_empty());
        by_hand(&job, &BTreeMap::new());
    }
}

#[test]
fn what_nothing_can_be_found_for_is_neither_passed_over_nor_asked_for_again_and_again() {
    // Six nodes that all touch each other, four colours, and fifty nodes to vary before them.
    let mut edges: Vec<_> = (0..50).map(|node| (node, node + 1)).collect();
    edges.extend((50..56).flat_map(|one| (one + 1..56).map(move |other| (one, other))));
    let mut job = colouring(56, &edges, 4);
    job.more = true;
    let decision = decide(&job);
    assert_eq!((decision.builds.len(), decision.more, decision.horizons.len()), (0, false, 0));
}

#[test]
fn a_long_backlog_is_built_in_parts() {
    let get = |name: &str| Get {
        name: name.into(),
        resource: name.into(),
        trigger: true,
        passed: vec!["x".into()],
        ..Get::default()
    };
    let mut ledger = Ledger { gets: vec![get("a"), get("b")], ..Ledger::default() };
    let come = |ledger: &mut Ledger, upto: u64| {
        for name in (1..=upto).map(|name| format!("{upto}.{name}")) {
            ledger.found("a", &name);
            ledger.found("b", &name);
            ledger.passed("x", &[("a", &name), ("b", &name)]);
        }
    };
    come(&mut ledger, 1);
    assert_eq!(ledger.decide().builds.len(), 1);
    come(&mut ledger, 250);
    assert_eq!(ledger.decide().builds.len(), 250);
}

#[test]
fn a_thousand_builds_upstream_of_ten_inputs_are_quick() {
    let inputs: Vec<InputFacts> = (0..10)
        .map(|input| InputFacts {
            trigger: true,
            passed: vec![("x".into(), "x".into()), ("y".into(), "y".into())],
            marks: BTreeMap::from([(String::new(), stored(input, 0))]),
            resource_name: format!("git.{input}"),
            ..InputFacts::default()
        })
        .collect();
    let build = |order: u64| UpstreamBuild {
        versions: (0..10).map(|input| (input, vec![stored(input, order)])).collect(),
        ..UpstreamBuild::default()
    };
    let builds: Vec<_> = (1..=1_000).map(build).collect();
    let upstream = BTreeMap::from([("x".into(), builds.clone()), ("y".into(), builds)]);
    let info = JobInfo { plan: Some("plan".into()), ..JobInfo::default() };
    let decision = decide(&JobFacts { info, inputs, upstream, ..JobFacts::default() });
    assert_eq!((decision.builds.len(), decision.more), (100, true));
    assert_eq!(decision.builds[99].inputs[9].version.order, 100);
}
