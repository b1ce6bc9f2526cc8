//! Ctrl-C and its kin: the first signal cancels, the second does not wait any more.

use crate::failure::Failure;
use crate::terminal::note;
use pikoci_executor::Cancel;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// The signals that cancel.
pub(super) struct Signals([Signal; 4]);

impl Signals {
    /// Begins to listen. Must be called within a runtime, before anything is started.
    ///
    /// # Errors
    /// The system gives no signals.
    pub(super) fn listen() -> Result<Self, Failure> {
        let kinds =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
        let listen = |kind| {
            signal(kind).map_err(|error| Failure::errored(format!("cannot listen to signals: {error}")))
        };
        let [interrupt, terminate, hangup, quit] = kinds.map(listen);
        Ok(Self([interrupt?, terminate?, hangup?, quit?]))
    }

    /// Turns signals into cancels, for ever.
    pub(super) async fn cancel(mut self, cancel: &watch::Sender<Cancel>) -> std::convert::Infallible {
        self.next().await;
        cancel.send_replace(Cancel::Now);
        note("cancelling; once more, and nothing is waited for");
        loop {
            self.next().await;
            cancel.send_replace(Cancel::SkipHooks);
        }
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup, quit] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = quit.recv() => {}
        }
    }
}
