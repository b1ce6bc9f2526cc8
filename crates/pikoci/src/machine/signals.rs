//! Ctrl-C and its kin: the first signal cancels, the second does not wait for hooks either.

use super::shown::Shown;
use crate::failure::Failure;
use pikoci_executor::Cancel;
use std::convert::Infallible;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

const FIRST: &str = "cancelling: hooks run, and services are stopped; once more skips the hooks";
const SECOND: &str = "cancelling without hooks: services are stopped";

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
    pub(super) async fn cancel(
        mut self,
        cancel: &watch::Sender<Cancel>,
        shown: &mpsc::Sender<Shown>,
    ) -> Infallible {
        self.next().await;
        cancel.send_replace(Cancel::Now);
        self.tell(shown, FIRST).await;
        loop {
            cancel.send_replace(Cancel::SkipHooks);
            self.tell(shown, SECOND).await;
        }
    }

    /// Says what happens, until the next signal. What is shown may block, and must not keep that from being heard.
    async fn tell(&mut self, shown: &mpsc::Sender<Shown>, text: &'static str) {
        let told = async {
            // If nothing can be shown any more, who shows says why.
            let _ = shown.send(Shown::Cancelling(text)).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = told => {}
            () = self.next() => {}
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
