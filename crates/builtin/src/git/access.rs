//! How credentials reach git: neither as arguments, nor in any file but one of the scratch directory.
//!
//! A token is handed out by [`super::credential`], which git calls back; a key lies in a file that only we can read
//! for as long as the command runs, and `ssh` is told where by the environment.

use super::address::{Address, Kind};
use crate::Failure;
use crate::call::Call;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How `ssh` is started. Git has a shell read this; what differs comes by environment. New hosts are written down
/// beside the key, and those that the worker's user knows count.
const SSH: &str = "ssh -i \"$PIKOCI_GIT_KEY\" -o IdentitiesOnly=yes -o BatchMode=yes \
    -o StrictHostKeyChecking=accept-new \
    -o UserKnownHostsFile=\"\\\"$PIKOCI_GIT_HOSTS\\\" ~/.ssh/known_hosts ~/.ssh/known_hosts2\"";

/// The helper that git asks for a name and a password. Git has a shell read this.
const HELPER: &str = "!\"$PIKOCI\" builtin git credential";

/// What git needs to be let in.
#[derive(Debug)]
pub(super) struct Access {
    key: Option<Key>,
    has_token: bool,
}

/// A private key in a file, which goes with this.
#[derive(Debug)]
struct Key {
    file: NamedTempFile,
    hosts: PathBuf,
}

impl Access {
    /// What the parameters give for this address.
    pub(super) fn of(call: &Call, address: &Address) -> Result<Self, Failure> {
        let has_token = matches!(address.kind(), Kind::Web(_)) && call.param("token").is_some();
        let key = match (call.param("private_key"), address.kind()) {
            (Some(text), Kind::Ssh { .. }) => Some(Key::write(call, text)?),
            (Some(_), Kind::Web(_)) => {
                return Err(Failure::new("a `private_key` is for SSH, and the `url` is one of the web")
                    .hint("write the url as git@HOST:PATH, or give a `token` instead"));
            }
            _ => None,
        };
        Ok(Self { key, has_token })
    }

    /// The variables that let git in.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let Some(key) = &self.key else { return Vec::new() };
        let text = |path: &Path| path.to_string_lossy().into_owned();
        vec![
            ("PIKOCI_GIT_KEY", text(key.file.path())),
            ("PIKOCI_GIT_HOSTS", text(&key.hosts)),
            ("GIT_SSH_COMMAND", SSH.to_owned()),
        ]
    }

    /// The settings that let git in. The empty helper makes it forget those of the worker's user.
    pub(super) fn settings(&self) -> &'static [(&'static str, &'static str)] {
        if self.has_token { &[("credential.helper", ""), ("credential.helper", HELPER)] } else { &[] }
    }
}

impl Key {
    fn write(call: &Call, text: &str) -> Result<Self, Failure> {
        let scratch = call.scratch()?;
        let trouble = |error| Failure::new(format!("the private key cannot be put into a file: {error}"));
        // It is made so that only we can read it.
        let mut file = tempfile::Builder::new().prefix("git-key-").tempfile_in(&scratch).map_err(trouble)?;
        // A key without a line feed at its end, as secret stores like to give it, is none for ssh.
        let text = format!("{}\n", text.trim().replace("\r\n", "\n"));
        file.write_all(text.as_bytes()).map_err(trouble)?;
        Ok(Self { file, hosts: call.cache().unwrap_or(scratch).join("known_hosts") })
    }
}
