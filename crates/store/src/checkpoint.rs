//! Moves the write-ahead log into the database from a thread of its own, so that no commit has to wait for it.

use crate::StoreError;
use crate::db::Db;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// After so many more pages (of 4 KiB) a checkpoint is made.
const EVERY_PAGES: u64 = 1_000;

/// With so many pages, because commits never pause, they wait once: then the log begins anew.
const MOST_PAGES: u64 = 16_000;

/// The thread. It ends when this is dropped.
pub(crate) struct Checkpoint {
    stop: Option<SyncSender<u64>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoint {
    /// Starts the thread for the database at `path`, which hears of the commits of `writer`.
    pub(crate) fn start(path: &Path, writer: &mut Db) -> Result<Self, StoreError> {
        let db = Db::file(path)?;
        // One that waits is enough: what comes meanwhile is moved with it.
        let (wake, woken) = sync_channel(1);
        let mut moved = 0;
        let to_thread = wake.clone();
        writer.on_commit(move |pages| {
            if pages < moved {
                moved = 0;
            }
            if pages >= moved + EVERY_PAGES && to_thread.try_send(pages).is_ok() {
                moved = pages;
            }
        })?;
        let thread = std::thread::Builder::new().name("checkpoint".into());
        let thread = thread.spawn(move || run(&db, &woken));
        let thread = thread.map_err(|error| StoreError::File { path: path.to_owned(), error })?;
        Ok(Self { stop: Some(wake), thread: Some(thread) })
    }
}

/// What stops the thread in place of a number of pages.
const STOP: u64 = u64::MAX;

fn run(db: &Db, woken: &Receiver<u64>) {
    while let Ok(pages) = woken.recv() {
        if pages == STOP {
            return;
        }
        // PASSIVE makes no writer wait; when it has moved all, the next commit begins the log anew. RESTART sees to that.
        // A failure shows in the size of the log only, and the next thousand pages ask again.
        let _asked_again = db.batch("PRAGMA wal_checkpoint(PASSIVE)");
        if pages > MOST_PAGES {
            let _asked_again = db.batch("PRAGMA wal_checkpoint(RESTART)");
        }
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ended_already = stop.send(STOP);
        }
        if let Some(thread) = self.thread.take() {
            let _panicked_and_said_so = thread.join();
        }
    }
}
