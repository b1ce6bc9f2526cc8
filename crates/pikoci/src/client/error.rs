//! Why a request brought no answer, and what people are told then.

use super::problem::Problem;
use super::target::Target;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::clean;
use std::fmt::Display;
use std::io::{self, ErrorKind};

/// What to do without a token.
const TOKEN: &str =
    "set PIKOCI_TOKEN, or --token-file, to the token that the server printed at its first start";

/// What can happen to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Error {
    /// No connection was made.
    Unreachable(Failure),
    /// It broke before the answer was whole.
    Broken(String),
    /// The server said no.
    Problem(Box<Problem>),
    /// The answer is not what the API says.
    Garbled(String),
}

impl Error {
    /// No connection to this server.
    pub(crate) fn unreachable(target: &Target, error: &io::Error) -> Self {
        let failure = match (target, error.kind()) {
            (Target::Unix(path), ErrorKind::ConnectionRefused) => {
                Failure::errored(format!("no server answers at {}; its socket is left over", path.display()))
                    .hint("start it again with `pikoci server`")
            }
            (Target::Unix(path), ErrorKind::NotFound) => {
                Failure::errored(format!("there is no socket {}", path.display()))
                    .hint("is the server running? Start one with `pikoci server`")
            }
            (Target::Unix(path), ErrorKind::PermissionDenied) => Failure::new(
                Exit::NotAllowed,
                format!("the socket {} belongs to another user", path.display()),
            )
            .hint("ask as that user, or over --url with a token"),
            (Target::Tcp { .. }, ErrorKind::InvalidData) => {
                Failure::errored(format!("the server at {target} cannot be trusted: {error}")).hint(
                    "a certificate of your own goes to those of the system, or into a file named by SSL_CERT_FILE",
                )
            }
            _ => Failure::errored(format!("cannot reach a server at {target}: {error}"))
                .hint("is it running, and is the address right? It is --url, else PIKOCI_URL"),
        };
        Self::Unreachable(failure)
    }

    /// The connection broke.
    pub(crate) fn broken(error: impl Display) -> Self {
        Self::Broken(format!("the connection to the server broke: {error}"))
    }

    /// Whether the same request may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(failure) => failure.exit == Exit::Errored,
            Self::Broken(_) => true,
            Self::Problem(problem) => matches!(problem.status, 429 | 502..=504),
            Self::Garbled(_) => false,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unreachable(failure) => failure,
            Error::Broken(what) => Self::errored(what),
            Error::Garbled(what) => Self::errored(format!("the server's answer cannot be read: {what}"))
                .hint("is there a PikoCI server at this address, of about this version?"),
            Error::Problem(problem) => refused(&problem),
        }
    }
}

/// The server said no. What it hints at is for those who speak HTTP; a missing token is told in our own words.
fn refused(problem: &Problem) -> Failure {
    let hint = problem.hint.as_deref().map(|hint| clean(hint).into_owned());
    let (exit, hint) = match problem.status {
        401 => (Exit::NotAllowed, Some(TOKEN.to_owned())),
        403 => (Exit::NotAllowed, hint),
        429 | 500.. => (Exit::Errored, hint),
        _ => (Exit::BadInput, hint),
    };
    Failure { exit, what: problem.what(), code: problem.code.clone(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_of_statuses() {
        let exit = |status| {
            let problem = Box::new(Problem { status, ..Problem::default() });
            Failure::from(Error::Problem(problem)).exit
        };
        let table = [
            (400, Exit::BadInput),
            (401, Exit::NotAllowed),
            (403, Exit::NotAllowed),
            (404, Exit::BadInput),
            (409, Exit::BadInput),
            (429, Exit::Errored),
            (500, Exit::Errored),
            (503, Exit::Errored),
        ];
        for (status, expected) in table {
            assert_eq!(exit(status), expected, "{status}");
        }
    }
}
