//! What a build costs: counted, not timed, so that it is the same on every run.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Counters, counters};
use pikoci_plan::status::Outcome;
use support::*;

fn spent(before: Counters) -> (u64, u64) {
    let after = counters();
    (after.spawns - before.spawns, after.file_operations - before.file_operations)
}

#[tokio::test]
async fn a_build_without_files_spawns_once_and_touches_next_to_nothing() {
    let place = Place::new();
    let mut slot = place.slot();
    for round in 0..3 {
        let before = counters();
        let ran = run(&mut slot, build(vec![task("t", exec("true", &[]))])).await;
        assert_eq!(ran.outcome(), Outcome::Succeeded);
        // Both directories looked at before and after, the attempt entered and cleared.
        assert_eq!(spent(before), (1, 6), "round {round}");
    }

    let before = counters();
    run(&mut slot, build(vec![task("t", sh("echo x >file"))])).await;
    assert_eq!(spent(before).0, 1, "a shell that needs no help is one process of ours");
}
