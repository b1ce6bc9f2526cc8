//! Why a build waits, asked while it does.

use crate::client::Client;
use crate::client::http::read;
use crate::client::model::{Build, Reason, Why};
use crate::client::path::segment;
use std::time::Duration;
use tokio::time::Instant;

/// How often is asked.
const EVERY: Duration = Duration::from_secs(5);

/// Asks why one build waits.
#[derive(Debug)]
pub(super) struct Waiting<'a> {
    client: &'a Client,
    path: String,
    is_pending: bool,
    at: Instant,
    said: Vec<Reason>,
}

impl<'a> Waiting<'a> {
    /// For that build.
    pub(super) fn new(client: &'a Client, build: &Build) -> Self {
        let path = format!("/api/v1/builds/{}/why", segment(&build.id));
        Self { client, path, is_pending: false, at: Instant::now(), said: Vec::new() }
    }

    /// The build has that state now.
    pub(super) fn state(&mut self, status: &str) {
        self.is_pending = status == "pending";
    }

    /// The reasons, when they are others than before; never for a build that does not wait. It may be dropped at any
    /// time and called again.
    pub(super) async fn next(&mut self) -> Vec<Reason> {
        if !self.is_pending {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep_until(self.at).await;
            // What is not told is not shown: the build goes on all the same.
            let reasons = self.ask().await.unwrap_or_default();
            self.at = Instant::now() + EVERY;
            if !reasons.is_empty() && reasons != self.said {
                self.said.clone_from(&reasons);
                return reasons;
            }
        }
    }

    async fn ask(&self) -> Option<Vec<Reason>> {
        let answer = self.client.get(&self.path).await.ok()?;
        Some(read::<Why>(answer).ok()?.reasons)
    }
}
