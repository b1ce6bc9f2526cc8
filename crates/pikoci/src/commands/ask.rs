//! What the commands that ask a server share: where it is, for whom the answer is, and how it is shown.

use super::output::{Format, OutputArgs};
use crate::client::args::ConnectionArgs;
use crate::client::http::read;
use crate::client::model::Page;
use crate::client::{self, Client};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{print, print_json};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The flags of a command that asks a server and shows what it says.
#[derive(Debug, clap::Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// What there is to show: the same for machines, as the API said it, and for people.
#[derive(Debug)]
pub(crate) struct Said {
    /// For machines.
    pub(crate) json: Value,
    /// For people; whole lines.
    pub(crate) plain: String,
}

impl Said {
    /// One object of the API.
    ///
    /// # Errors
    /// It is another one.
    pub(crate) fn object<T: DeserializeOwned>(
        json: Value,
        render: impl FnOnce(&T) -> String,
    ) -> Result<Self, Failure> {
        let plain = render(&read(json.clone())?);
        Ok(Self { json, plain })
    }

    /// A list of them.
    ///
    /// # Errors
    /// One is another one.
    pub(crate) fn list<T: DeserializeOwned>(
        page: Page,
        render: impl FnOnce(&[T]) -> String,
    ) -> Result<Self, Failure> {
        let json = page.into_json();
        let plain = render(&read::<Vec<T>>(json["items"].clone())?);
        Ok(Self { json, plain })
    }

    /// That something was done of which the API says no more.
    pub(crate) fn done(json: Value, sentence: &str) -> Self {
        Self { json, plain: format!("{sentence}\n") }
    }

    /// Shows it.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn show(&self, format: Format) -> Result<(), Failure> {
        match format {
            Format::Json => print_json(&self.json),
            Format::Plain => print(&self.plain),
        }
    }
}

impl AskArgs {
    /// For whom the answer is.
    pub(crate) fn format(&self) -> Format {
        self.output.output
    }

    /// Asks, and shows what was said.
    ///
    /// # Errors
    /// Those of the work; no server; standard output cannot be written.
    pub(crate) fn show(
        &self,
        work: impl AsyncFnOnce(&Client) -> Result<Said, Failure>,
    ) -> Result<Exit, Failure> {
        self.work(async |client| {
            work(client).await?.show(self.format())?;
            Ok(Exit::Succeeded)
        })
    }

    /// Works with a client, and shows what it shows itself.
    ///
    /// # Errors
    /// Those of the work; no server.
    pub(crate) fn work(
        &self,
        work: impl AsyncFnOnce(&Client) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        client::block_on(async {
            let client = self.connection.client()?;
            work(&client).await
        })
    }
}
