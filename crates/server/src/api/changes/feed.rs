//! One reader of the ledger for all who follow the changes of builds.
//!
//! It lives as long as somebody follows. Followers take from what it has read, each from where it stands.

use super::recent::{Behind, Change, Recent};
use super::{App, Problem};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// The most builds that are read at once.
pub(super) const ROUND: usize = 100;

/// For how long changes are collected before they are told: many that follow are woken so often at most.
const COLLECT: Duration = Duration::from_millis(20);

/// The reader of a server, if somebody follows.
#[derive(Default)]
pub(in crate::api) struct Feeds(Mutex<Weak<Feed>>);

impl Feeds {
    /// The one that reads, or a new one that begins behind the change `newest`.
    pub(super) fn join(&self, app: &App, newest: u64) -> Arc<Feed> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = current.upgrade().filter(|feed| !feed.task.is_finished()) {
            return feed;
        }
        let feed = Arc::new(Feed::start(app.clone(), newest));
        *current = Arc::downgrade(&feed);
        feed
    }
}

/// A reader; it ends when this is dropped, or the ledger cannot be read.
pub(super) struct Feed {
    recent: Arc<Mutex<Recent>>,
    told: watch::Receiver<()>,
    task: AbortHandle,
}

impl Feed {
    fn start(app: App, newest: u64) -> Self {
        let (tell, told) = watch::channel(());
        let recent = Arc::new(Mutex::new(Recent::since(newest)));
        let task = tokio::spawn(read_on(app, Arc::clone(&recent), tell)).abort_handle();
        Self { recent, told, task }
    }

    /// Hears when there is something new; an error says that the reader has ended.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.told.clone()
    }

    /// The first [`ROUND`] changes behind this one; nothing if they have to be read from the ledger.
    pub(super) fn behind(&self, seq: u64) -> Option<Behind> {
        lock(&self.recent).behind(seq, ROUND)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(recent: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads what changes, and tells.
async fn read_on(app: App, recent: Arc<Mutex<Recent>>, tell: watch::Sender<()>) {
    let mut changes = app.0.live.listen_all();
    loop {
        changes.borrow_and_update();
        let seq = lock(&recent).newest();
        // Who follows comes again, and is told what is wrong.
        let Ok(mut behind) = read(&app, seq).await else { return };
        let is_full = behind.changes.len() == ROUND;
        if is_full {
            // There is more before the newest.
            behind.newest = seq;
        }
        if behind.newest > seq || !behind.changes.is_empty() {
            lock(&recent).add(behind);
            tell.send_replace(());
        }
        if !is_full {
            if changes.changed().await.is_err() {
                return;
            }
            tokio::time::sleep(COLLECT).await;
        }
    }
}

/// What has changed behind a change, at most [`ROUND`] builds, from the ledger.
pub(super) async fn read(app: &App, seq: u64) -> Result<Behind, Problem> {
    let read = app.read(move |store| {
        let newest = store.last_change()?;
        Ok((newest, store.builds_changed_since(seq, ROUND)?))
    });
    let (newest, builds) = read.await?;
    let changes = builds.iter().map(Change::of).collect::<Result<_, _>>();
    Ok(Behind { newest, changes: changes.map_err(|error| Problem::unavailable(error.to_string()))? })
}
