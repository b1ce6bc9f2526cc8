//! The objects of the API, as far as commands read them. Unknown fields are passed over: a newer server may
//! say more. `--output json` prints what the server said, not these.

mod build;
mod job;
mod pipeline;
mod resource;
mod status;

pub(crate) use build::{Build, LogPiece, Output, Step};
pub(crate) use job::{Job, Reason, Why};
pub(crate) use pipeline::{Change, Diff, Named, Pipeline, Revision, SetDone, Trigger};
pub(crate) use resource::{Checked, FoundVersion, Resource, Version};
pub(crate) use status::{Failing, Pinned, Red, Status, Waiting};

use super::error::Error;
use super::http::read;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A list, or the part of it that was asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Page {
    /// The objects.
    pub(crate) items: Vec<Value>,
    /// Where it goes on.
    pub(crate) next: Option<String>,
}

impl Page {
    /// Its objects.
    ///
    /// # Errors
    /// One is not what it should be.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<Vec<T>, Error> {
        self.items.into_iter().map(read).collect()
    }

    /// The list as the API would give it.
    pub(crate) fn into_json(self) -> Value {
        serde_json::json!({ "items": self.items, "next": self.next })
    }
}

/// An address, without the team that is not worth saying.
fn join(team: &str, pipeline: &str, name: &str) -> String {
    match team {
        "main" => format!("{pipeline}/{name}"),
        team => format!("{team}/{pipeline}/{name}"),
    }
}
