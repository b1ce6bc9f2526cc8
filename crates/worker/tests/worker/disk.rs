//! A full disk: the worker goes on, and loses nothing while it lives.

use crate::bed::{Bed, task};
use crate::server::Known;
use pikoci_plan::status::Outcome;

/// More than the record keeps in memory, the pipe and the queues together.
const BYTES: u64 = 32 << 20;

#[tokio::test]
async fn a_record_that_cannot_be_written_waits_in_memory_and_nothing_is_lost() {
    let bed = Bed::start();
    // It has seen that nothing was left.
    bed.server.until("a State", |known| known.newest().map(drop)).await;
    let records = bed.path("worker/records");
    std::fs::create_dir_all(&records).unwrap();
    // Where each write says that the disk is full.
    std::os::unix::fs::symlink("/dev/full", records.join("a")).unwrap();
    bed.server.is_silent(true);
    bed.give("a", &task("t", &format!("head -c {BYTES} /dev/urandom"))).await;
    bed.give("b", &task("t", &format!("echo hello; touch {}", bed.path("ran").display()))).await;
    bed.until_there_is("ran").await;
    bed.server.is_silent(false);
    let succeeded =
        |attempt: &'static str| move |known: &Known| known.result(attempt).map(|(outcome, ..)| outcome);
    assert_eq!(bed.server.until("the other", succeeded("b")).await, Outcome::Succeeded);
    assert_eq!(bed.server.until("the end", succeeded("a")).await, Outcome::Succeeded);
    bed.server.change(|known| assert_eq!(known.log_bytes("a"), BYTES));
}
