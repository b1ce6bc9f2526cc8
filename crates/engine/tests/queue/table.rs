//! Queues, and what starts.

use crate::notation::{asks, held, job, starts};

/// A rule, the jobs that wait, what is held, the free asks, and what starts.
type Case = (&'static str, &'static [&'static str], &'static str, &'static str, &'static [&'static str]);

const TABLE: &[Case] = &[
    ("nothing waits, nothing starts", &[], "", "w1", &[]),
    ("without an ask nothing starts", &["p/a: 1"], "", "", &[]),
    ("the oldest build starts", &["p/a: 2", "p/b: 1 3"], "", "w1", &["p/b #1 on w1"]),
    (
        "builds start as long as there are asks, over all workers",
        &["p/a: 1 2 3 4"],
        "",
        "w1 w1 w2",
        &["p/a #1 on w1", "p/a #2 on w1", "p/a #3 on w2"],
    ),
    (
        "pipelines take turns",
        &["p/a: 1 2 3", "q/a: 4 5"],
        "",
        "w1 w1 w1 w1",
        &["p/a #1 on w1", "q/a #4 on w1", "p/a #2 on w1", "q/a #5 on w1"],
    ),
    (
        "the pipeline with the fewest running builds is first",
        &["p/a running=2: 1", "q/a running=1: 2", "r/a running=3: 3"],
        "",
        "w1 w1",
        &["q/a #2 on w1", "p/a #1 on w1"],
    ),
    (
        "of these the one that was served least recently",
        &["p/a served=9: 1", "q/a served=5: 2"],
        "",
        "w1",
        &["q/a #2 on w1"],
    ),
    ("one that was never served is before all", &["p/a served=9: 1", "q/a: 2"], "", "w1", &["q/a #2 on w1"]),
    (
        "jobs of one pipeline share its turn",
        &["p/a: 1 4", "p/b: 2", "q/a: 3"],
        "",
        "w1 w1 w1",
        &["p/a #1 on w1", "q/a #3 on w1", "p/b #2 on w1"],
    ),
    ("a paused job rests", &["p/a paused: 1", "p/b: 2"], "", "w1 w1", &["p/b #2 on w1"]),
    ("a job that is gone starts nothing", &["p/a gone: 1"], "", "w1", &[]),
    ("a job waits for a worker with its tag", &["p/a tag=gpu: 1", "p/b: 2"], "", "w1", &["p/b #2 on w1"]),
    ("all of its tags", &["p/a tag=gpu tag=arm: 1"], "", "w1+gpu w2+arm w3+arm+gpu", &["p/a #1 on w3"]),
    (
        "a worker with tags takes builds without, but last",
        &["p/a: 1 2 3"],
        "",
        "w1+gpu w1+gpu w1+gpu w2",
        &["p/a #1 on w2", "p/a #2 on w1", "p/a #3 on w1"],
    ),
    (
        "so a build with a tag finds its worker free",
        &["p/a: 1", "p/b tag=gpu: 2"],
        "",
        "w1+gpu w2",
        &["p/a #1 on w2", "p/b #2 on w1"],
    ),
    ("a serial group runs one build", &["p/a group=prod: 1 2"], "", "w1 w1", &["p/a #1 on w1 holds prod"]),
    ("a group that is held is waited for", &["p/a group=prod: 1", "p/b: 2"], "prod", "w1", &["p/b #2 on w1"]),
    (
        "a group goes to the oldest build, of whatever job",
        &["p/a group=prod: 2", "p/b group=prod: 1"],
        "",
        "w1 w1",
        &["p/b #1 on w1 holds prod"],
    ),
    (
        "of whatever pipeline: taking turns does not take a group from the oldest",
        &["p/a group=prod running=5: 1", "q/a group=prod: 2"],
        "",
        "w1",
        &["p/a #1 on w1 holds prod"],
    ),
    (
        "unless the oldest could not start anyway",
        &["p/a group=prod tag=gpu: 1", "q/a group=prod: 2"],
        "",
        "w1",
        &["q/a #2 on w1 holds prod"],
    ),
    (
        "or waits for another group",
        &["p/a group=prod group=db: 1", "q/a group=prod: 2"],
        "db",
        "w1",
        &["q/a #2 on w1 holds prod"],
    ),
    (
        "or its job is paused",
        &["p/a group=prod paused: 1", "q/a group=prod: 2"],
        "",
        "w1",
        &["q/a #2 on w1 holds prod"],
    ),
    (
        "several groups are taken together or not at all",
        &["p/a group=db group=prod: 2", "p/b group=prod: 1", "p/c group=db: 3"],
        "",
        "w1 w1 w1",
        &["p/b #1 on w1 holds prod", "p/c #3 on w1 holds db"],
    ),
    (
        "what is older and could start keeps a group for itself, though it is another's turn",
        &["p/a group=db group=prod: 1", "p/b group=prod: 2", "q/c: 3"],
        "",
        "w1",
        &["p/a #1 on w1 holds db prod"],
    ),
    (
        "concurrency: as many as there are places",
        &["p/a places=2: 1 2 3"],
        "",
        "w1 w1 w1",
        &["p/a #1 on w1 holds p/a/0", "p/a #2 on w1 holds p/a/1"],
    ),
    (
        "a place that is free is taken",
        &["p/a places=2: 1 2"],
        "p/a/0",
        "w1 w1",
        &["p/a #1 on w1 holds p/a/1"],
    ),
    ("fewer places than before: those above count, too", &["p/a places=2: 1"], "p/a/4 p/a/5", "w1", &[]),
    (
        "another job's places are its own",
        &["p/a places=1: 1"],
        "p/ab/0 p/b/0",
        "w1",
        &["p/a #1 on w1 holds p/a/0"],
    ),
    (
        "instances share what is limited together, the oldest first",
        &["p/x in_flight=1: 2", "p/y in_flight=1: 1"],
        "",
        "w1 w1",
        &["p/y #1 on w1 holds p/all/0"],
    ),
    (
        "up to the limit",
        &["p/x in_flight=2: 2", "p/y in_flight=2: 1 3"],
        "",
        "w1 w1 w1",
        &["p/y #1 on w1 holds p/all/0", "p/x #2 on w1 holds p/all/1"],
    ),
    (
        "a place and a group",
        &["p/a places=2 group=prod: 1 2"],
        "",
        "w1 w1",
        &["p/a #1 on w1 holds p/a/0 prod"],
    ),
];

#[test]
fn what_starts() {
    for (rule, jobs, keys, free, expected) in TABLE {
        let queue: Vec<_> = jobs.iter().map(|text| job(text)).collect();
        assert_eq!(starts(&queue, &held(keys), &asks(free)), *expected, "{rule}");
    }
}
