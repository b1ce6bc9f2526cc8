//! Which server, and who asks.

use super::Client;
use super::discover;
use super::target::Target;
use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// The flags of every command that asks a server.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ConnectionArgs {
    /// The server, e.g. http://127.0.0.1:8080 [env: PIKOCI_URL]. Its token: PIKOCI_TOKEN, or --token-file
    ///
    /// Without it the Unix socket of a server on this machine is used, which needs no token: that of
    /// ./pikoci.db, else the only one in /tmp/pikoci-UID.
    #[arg(long, value_name = "URL", conflicts_with = "socket")]
    url: Option<String>,
    /// The Unix socket of a server on this machine
    #[arg(long, value_name = "FILE")]
    socket: Option<PathBuf>,
    /// A file with the token for --url, in place of PIKOCI_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl ConnectionArgs {
    /// A client for the server that the flags, the environment or the sockets at hand name, in this order.
    ///
    /// # Errors
    /// No server is found, or the token cannot be read.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let target = self.target()?;
        let token = if target.is_socket() { None } else { self.token()? };
        Ok(Client::new(target, token))
    }

    fn target(&self) -> Result<Target, Failure> {
        let url = || variable("PIKOCI_URL");
        match (&self.socket, self.url.clone()) {
            (Some(socket), _) => Ok(Target::Unix(socket.clone())),
            (None, Some(url)) => Target::parse(&url),
            (None, None) => match url() {
                Some(url) => Target::parse(&url),
                None => discover::socket(Path::new("."), &discover::runtime_dir()).map(Target::Unix),
            },
        }
    }

    fn token(&self) -> Result<Option<String>, Failure> {
        let Some(file) = &self.token_file else { return Ok(variable("PIKOCI_TOKEN")) };
        let name = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::bad_input(format!("cannot read the token file {name}: {error}")))?;
        match text.trim() {
            "" => Err(Failure::bad_input(format!("the token file {name} is empty"))),
            token => Ok(Some(token.to_owned())),
        }
    }
}

/// A variable of the environment that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}
