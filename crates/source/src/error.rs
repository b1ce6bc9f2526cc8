//! Why there is no text.

use std::time::Duration;

/// Why a source was not fetched, in words that follow "cannot read `source`: ". Never quotes what was fetched, nor
/// a password in the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The address cannot be one of a source.
    #[error("{0}")]
    Address(String),
    /// The checksum is not one.
    #[error("its checksum is not `sha256:` and 64 hexadecimal digits")]
    NoChecksum,
    /// What was fetched is not what was expected; both as hexadecimal digits.
    #[error("its checksum is sha256:{got}, and sha256:{expected} was expected")]
    Checksum {
        /// What the pipeline says.
        expected: String,
        /// What it is.
        got: String,
    },
    /// Files of this machine are not read.
    #[error("files of this machine are not read here")]
    NoFiles,
    /// A file cannot be read.
    #[error("{0}")]
    File(String),
    /// Longer than the limit, in bytes.
    #[error("it is over {} KiB", .0 / 1024)]
    TooLarge(u64),
    /// The host, or one that it redirects to, has only addresses that are not public.
    #[error("{host} has no public address{}", policy_hint(.redirected))]
    NotPublic {
        /// The host that was asked.
        host: String,
        /// Whether it may be another one, which it redirected to.
        redirected: bool,
    },
    /// The answer was not `200 OK`.
    #[error("{host} answered {status}")]
    Status {
        /// The host that was asked.
        host: String,
        /// The status with its name.
        status: String,
    },
    /// More redirections than are followed.
    #[error("{host} redirects more than {limit} times")]
    Redirects {
        /// The host that was asked first.
        host: String,
        /// How many are followed.
        limit: u32,
    },
    /// An encrypted connection would have become an open one.
    #[error("{host} redirects from https to http")]
    Downgrade {
        /// The host that was asked first.
        host: String,
    },
    /// No answer within the time.
    #[error("{host} did not answer within {} s", .limit.as_secs())]
    Timeout {
        /// The host that was asked.
        host: String,
        /// The time.
        limit: Duration,
    },
    /// No connection, or it broke off.
    #[error("cannot reach {host}: {why}")]
    Unreachable {
        /// The host that was asked.
        host: String,
        /// In the words of the system.
        why: String,
    },
}

fn policy_hint(redirected: &bool) -> &'static str {
    match redirected {
        true => ", or redirects to one without",
        false => "; a server reads from such a host only with `--allow-private-sources`",
    }
}
