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
}

impl Live {
    /// Hears of every change of a build from now on.
    pub fn listen(&self, build: &BuildId) -> watch::Receiver<()> {
        self.builds.listen(build)
    }

    /// Hears of every end of a check from now on.
    pub fn listen_check(&self, check: &CheckId) -> watch::Receiver<()> {
        self.checks.listen(check)
    }

    pub(crate) fn changed(&self, build: &BuildId) {
        self.builds.tell(build);
    }

    pub(crate) fn check_ended(&self, check: &CheckId) {
        self.checks.tell(check);
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
