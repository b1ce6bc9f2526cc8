//! The server itself.

use serde::Serialize;
use utoipa::ToSchema;

/// The server answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Alive {
    /// `ok`.
    pub(in crate::api) status: &'static str,
}

/// Whether the server can work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Ready {
    /// `ready`, `draining` (it is about to stop) or `unavailable`.
    pub(in crate::api) status: &'static str,
    /// Why it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::api) reason: Option<String>,
}

/// Which version this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerVersion)]
pub(in crate::api) struct Version {
    /// Of the program.
    pub(in crate::api) version: &'static str,
    /// Of the ledger's tables.
    pub(in crate::api) schema: u64,
}

/// What came of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WebhookAnswer)]
pub(in crate::api) struct Poked {
    /// `requested`, or `already requested` where one that is still to come stands for this too.
    pub(in crate::api) checks: &'static str,
}
