//! Where a server is.

use crate::failure::Failure;
use hyper::Uri;
use hyper::http::uri::Authority;
use std::fmt;
use std::path::PathBuf;

/// The ports where a URL names none.
const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// The two ways to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A Unix socket of a server on this machine.
    Unix(PathBuf),
    /// HTTP over TCP, or HTTPS.
    Tcp {
        /// Whether it is HTTPS.
        is_encrypted: bool,
        /// Host and, where the URL has it, port, as the `Host` header wants it.
        authority: String,
        /// Name or address, without the brackets of IPv6.
        host: String,
        /// The port.
        port: u16,
        /// What a proxy puts before the paths of the API, without a slash at its end.
        prefix: String,
    },
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// It is none, or a kind that is not spoken.
    pub(crate) fn parse(url: &str) -> Result<Self, Failure> {
        let example = "write it as http://127.0.0.1:8080";
        let uri: Uri =
            url.parse().map_err(|_| Failure::bad_input(format!("`{url}` is not a URL")).hint(example))?;
        let is_encrypted = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(Failure::bad_input(format!("`{url}` is not a URL of a server")).hint(example)),
        };
        let Some(authority) = uri.authority().filter(|authority| !authority.as_str().contains('@')) else {
            return Err(Failure::bad_input("a URL of a server holds a host, and no user or password")
                .hint("the token goes into PIKOCI_TOKEN or --token-file"));
        };
        Ok(Self::Tcp {
            is_encrypted,
            authority: authority.as_str().to_ascii_lowercase(),
            host: bare(authority.host()).to_owned(),
            port: authority.port_u16().unwrap_or(default_port(is_encrypted)),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Whether it is a Unix socket, which takes no token: who may open it is its owner.
    pub(crate) fn is_socket(&self) -> bool {
        matches!(self, Self::Unix(_))
    }

    /// Whether a pasted URL with this host (and port) can mean this server.
    pub(crate) fn answers_for(&self, pasted: &str) -> bool {
        let Ok(pasted) = pasted.parse::<Authority>() else { return false };
        match self {
            Self::Tcp { host, port, is_encrypted, .. } => {
                let is_same = bare(pasted.host()).eq_ignore_ascii_case(host);
                let is_here = is_loopback(host) && is_loopback(pasted.host());
                (is_same || is_here) && pasted.port_u16().unwrap_or(default_port(*is_encrypted)) == *port
            }
            Self::Unix(_) => is_loopback(pasted.host()),
        }
    }

    /// Whether what is sent stays on this machine, or is encrypted.
    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, is_encrypted, .. } => *is_encrypted || is_loopback(host),
        }
    }
}

/// A host without the brackets of IPv6.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// `localhost` or an address of the loopback interface, with or without brackets.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || bare(host).parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn default_port(is_encrypted: bool) -> u16 {
    if is_encrypted { HTTPS } else { HTTP }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Tcp { is_encrypted, authority, prefix, .. } => {
                write!(f, "{}://{authority}{prefix}", if *is_encrypted { "https" } else { "http" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(url: &str) -> (String, u16, String) {
        match Target::parse(url).unwrap() {
            Target::Tcp { host, port, prefix, .. } => (host, port, prefix),
            Target::Unix(path) => panic!("{path:?}"),
        }
    }

    #[test]
    fn urls() {
        assert_eq!(tcp("http://127.0.0.1:8080"), ("127.0.0.1".into(), 8080, String::new()));
        assert_eq!(tcp("http://CI.example/ci/"), ("CI.example".into(), 80, "/ci".into()));
        assert_eq!(tcp("https://ci.example"), ("ci.example".into(), 443, String::new()));
        assert_eq!(
            Target::parse("https://ci.example:8443/x/").unwrap().to_string(),
            "https://ci.example:8443/x"
        );
        assert_eq!(tcp("http://[::1]:81/"), ("::1".into(), 81, String::new()));
        for (url, word) in [
            ("ftp://ci.example", "not a URL of a server"),
            ("ci.example", "not a URL of a server"),
            ("http://me:secret@ci.example", "no user or password"),
            ("", "not a URL"),
        ] {
            let failure = Target::parse(url).unwrap_err();
            assert!(failure.what.contains(word), "{url}: {}", failure.what);
        }
    }

    #[test]
    fn a_pasted_url_means_the_server_that_is_asked() {
        let remote = Target::parse("http://ci.example").unwrap();
        let here = Target::parse("http://127.0.0.1:8080").unwrap();
        let local = Target::Unix("x.sock".into());
        let encrypted = Target::parse("https://ci.example").unwrap();
        for (target, host, yes) in [
            (&remote, "ci.example", true),
            (&remote, "ci.example:80", true),
            (&remote, "ci.example:8080", false),
            (&remote, "other.example", false),
            (&encrypted, "ci.example", true),
            (&encrypted, "ci.example:443", true),
            (&encrypted, "ci.example:80", false),
            (&here, "localhost:8080", true),
            (&here, "[::1]:8080", true),
            (&here, "127.0.0.1:8081", false),
            (&here, "ci.example:8080", false),
            (&local, "127.0.0.1:8080", true),
            (&local, "localhost", true),
            (&local, "[::1]:8080", true),
            (&local, "[::1]", true),
            (&local, "ci.example:8080", false),
        ] {
            assert_eq!(target.answers_for(host), yes, "{target} {host}");
        }
    }
}
