//! Who listens to a build or a check is told that it changed, and reads from the ledger what.
//!
//! So a slow listener costs no memory and slows nobody: it is told once, however much has changed meanwhile.

use pikoci_plan::id::{BuildId, CheckId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// The listeners of a server.
#[derive(Default)]
pub struct Live {
    builds: Topics<BuildId>,
    checks: Topics<CheckId>,
    all: All,
}

impl Live {
    /// Hears of every change of a build from now on.
    pub fn listen(&self, build: &BuildId) -> watch::Receiver<()> {
        self.builds.listen(build)
    }

    /// Hears of every change of any build from now on.
    pub fn listen_all(&self) -> watch::Receiver<()> {
        self.all.0.subscribe()
    }

    /// Hears of every end of a check from now on.
    pub fn listen_check(&self, check: &CheckId) -> watch::Receiver<()> {
        self.checks.listen(check)
    }

    pub(crate) fn changed(&self, build: &BuildId) {
        self.builds.tell(build);
        self.all.0.send_replace(());
    }

    pub(crate) fn check_ended(&self, check: &CheckId) {
        self.checks.tell(check);
    }
}

/// Those who listen to all builds.
struct All(watch::Sender<()>);

impl Default for All {
    fn default() -> Self {
        Self(watch::channel(()).0)
    }
}

struct Topics<K>(Mutex<HashMap<K, watch::Sender<()>>>);

impl<K> Default for Topics<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone> Topics<K> {
    fn listen(&self, topic: &K) -> watch::Receiver<()> {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        topics.retain(|_, listeners| listeners.receiver_count() > 0);
        topics.entry(topic.clone()).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    fn tell(&self, topic: &K) {
        let topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listeners) = topics.get(topic) {
            listeners.send_replace(());
        }
    }
}
