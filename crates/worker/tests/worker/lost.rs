//! What servers have given up, and what a killed worker has left.

use crate::bed::{Bed, task};
use crate::server::Known;
use pikoci_plan::status::Outcome;

#[tokio::test]
async fn what_has_ended_in_the_ledger_is_killed_without_hooks_and_delivers_its_log() {
    let bed = Bed::start();
    let (go, written) = (bed.path("go"), bed.path("written"));
    let script = format!(
        "echo ready; until [ -e '{}' ]; do sleep 0.01; done; echo tail; touch '{}'; sleep 1000",
        go.display(),
        written.display()
    );
    let job = format!(
        "service_type \"s\" {{\n{}{}}}\njob \"j\" {{\nservice \"s\" \"db\" {{}}\n{}{}{}}}\n",
        bed.says("start", "started"),
        bed.says("stop", "stopped"),
        task("t", &script),
        bed.says("on_cancel", "on_cancel"),
        bed.says("ensure", "ensure"),
    );
    bed.give("a", &job).await;
    bed.server.says("a", "ready").await;
    bed.server.drops_batches(true);
    std::fs::write(go, "").unwrap();
    bed.until_there_is("written").await;
    bed.server.ends("a");
    bed.server.drops_batches(false);
    let result = bed.server.until("the end", |known| known.result("a").map(|(outcome, ..)| outcome)).await;
    assert_eq!(result, Outcome::Cancelled);
    assert_eq!(bed.read("said"), "started\nstopped\n");
    bed.server.says("a", "tail").await;
    let at_rest = |known: &Known| {
        let newest = known.newest()?;
        (newest.held.is_empty() && newest.builds.len() == 2).then_some(())
    };
    bed.server.until("its slot is free", at_rest).await;
}

#[tokio::test]
async fn what_a_killed_worker_held_is_delivered_as_lost_by_the_next() {
    let mut bed = Bed::start();
    let job = bed.waits_for("never");
    bed.give("a", &job).await;
    bed.server.says("a", "ready").await;
    bed.restart();
    let lost = bed.server.until("the end", |known| {
        known.result("a").map(|(outcome, message, stopped)| (outcome, message.map(str::to_owned), stopped))
    });
    assert_eq!(lost.await, (Outcome::Errored, Some("worker lost".to_owned()), true));
}
