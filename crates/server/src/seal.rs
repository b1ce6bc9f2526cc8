//! A thread that seals long logs, so that no turn waits for the log store, and removes what nobody needs any more.

use crate::clock::now_ms;
use pikoci_plan::id::AttemptId;
use pikoci_store::{Store, StoreError};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How many attempts may wait. One that finds no place is said again with its next events, and at the next start.
const WAITING: usize = 1024;

/// After so long what could not be sealed is tried again, and what is not needed any more is removed.
const AGAIN: Duration = Duration::from_secs(60);

/// The thread. It ends, after what it is at, when this is dropped.
pub(crate) struct Sealer {
    attempts: Option<SyncSender<AttemptId>>,
    thread: Option<JoinHandle<()>>,
}

impl Sealer {
    /// Starts the thread, which first seals what was left.
    pub(crate) fn start(store: Arc<Store>) -> std::io::Result<Self> {
        let (attempts, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("seal".into()).spawn(move || run(&store, &waiting))?;
        Ok(Self { attempts: Some(attempts), thread: Some(thread) })
    }

    /// Has the log of an attempt sealed, soon.
    pub(crate) fn seal(&self, attempt: AttemptId) {
        // A full queue: said again with the attempt's next events, or at the next start.
        let _later = self.attempts.as_ref().map(|attempts| attempts.try_send(attempt));
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        self.attempts = None;
        if let Some(thread) = self.thread.take() {
            let _panicked_and_said_so = thread.join();
        }
    }
}

fn run(store: &Store, attempts: &Receiver<AttemptId>) {
    let mut failed = left(store);
    let mut next = Instant::now();
    loop {
        match attempts.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(attempt) => failed |= report(store.seal(&attempt, now_ms())).is_none(),
            Err(RecvTimeoutError::Timeout) => {
                failed = failed && left(store);
                sweep(store);
                next = Instant::now() + AGAIN;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Removes what nobody needs any more.
fn sweep(store: &Store) {
    let swept = |done: Result<bool, StoreError>| {
        done.unwrap_or_else(|error| {
            crate::core::complain(&format!("what is not needed any more could not be removed: {error}"));
            false
        })
    };
    while swept(store.sweep(now_ms())) {}
}

/// Seals what was left. Whether some of it still is.
fn left(store: &Store) -> bool {
    let left = report(store.sweep_segments().and_then(|_| store.unsealed()));
    let seal = |attempt: &AttemptId| report(store.seal(attempt, now_ms())).is_some();
    // The first that fails says it for all.
    !left.is_some_and(|left| left.iter().all(seal))
}

/// What cannot be sealed stays in the tables, where it is read as well; the operator is told.
fn report<T>(done: Result<T, StoreError>) -> Option<T> {
    done.inspect_err(|error| {
        crate::core::complain(&format!("a log could not be moved to the log store: {error}"));
    })
    .ok()
}
