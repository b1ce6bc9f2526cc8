//! A thread that seals long logs, so that no turn waits for the log store.

use crate::clock::now_ms;
use pikoci_plan::id::AttemptId;
use pikoci_store::{Store, StoreError};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How many attempts may wait. One that finds no place is said again with its next events, and at the next start.
const WAITING: usize = 1024;

/// Starts the thread. It ends when all senders are gone.
pub(crate) fn start(store: Arc<Store>) -> std::io::Result<SyncSender<AttemptId>> {
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::Builder::new().name("seal".into()).spawn(move || run(&store, &receiver))?;
    Ok(sender)
}

fn run(store: &Store, attempts: &Receiver<AttemptId>) {
    let left = store.sweep_segments().and_then(|_| store.unsealed());
    for attempt in report(left).unwrap_or_default() {
        report(store.seal(&attempt, now_ms()));
    }
    while let Ok(attempt) = attempts.recv() {
        report(store.seal(&attempt, now_ms()));
    }
}

/// What cannot be sealed stays in the tables, where it is read as well; the operator is told.
fn report<T>(done: Result<T, StoreError>) -> Option<T> {
    done.inspect_err(|error| {
        crate::core::complain(&format!("a log could not be moved to the log store: {error}"));
    })
    .ok()
}
