//! Addresses: which kinds there are, and how they are told to people.

use crate::SourceError;
use percent_encoding::percent_decode_str;
use std::path::PathBuf;
use ureq::http::Uri;

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A file of this machine, by its absolute path.
    File(PathBuf),
    /// On a web server.
    Web(Web),
}

/// A place on a web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Web {
    pub(crate) uri: Uri,
    /// With the port if it says one; without a name and a password.
    pub(crate) host: String,
    pub(crate) is_encrypted: bool,
}

impl Address {
    /// From `https://…`, `http://…` or `file://…`.
    pub(crate) fn parse(text: &str) -> Result<Self, SourceError> {
        let wrong = |why: &str| Err(SourceError::Address(why.to_owned()));
        match text.split_once("://") {
            Some(("file", path)) => file(path),
            Some((scheme @ ("http" | "https"), _)) => web(text, scheme == "https"),
            _ => wrong("an address begins with `https://`, `http://` or `file://`"),
        }
    }
}

/// `/path`, or `localhost/path`.
fn file(path: &str) -> Result<Address, SourceError> {
    let path = path.strip_prefix("localhost").filter(|path| path.starts_with('/')).unwrap_or(path);
    let path = percent_decode_str(path).decode_utf8().ok().filter(|path| path.starts_with('/'));
    path.map(|path| Address::File(PathBuf::from(&*path))).ok_or_else(|| {
        let why = "`file://` is followed by an absolute path, as in `file:///home/me/type.hcl`";
        SourceError::Address(why.to_owned())
    })
}

fn web(text: &str, is_encrypted: bool) -> Result<Address, SourceError> {
    let uri: Uri =
        text.parse().map_err(|error| SourceError::Address(format!("it is no address: {error}")))?;
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().to_owned();
    if host.is_empty() {
        return Err(SourceError::Address("it names no host".to_owned()));
    }
    Ok(Address::Web(Web { uri, host, is_encrypted }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        for (text, path) in [
            ("file:///types/a.hcl", "/types/a.hcl"),
            ("file://localhost/a%20b.hcl", "/a b.hcl"),
            ("file:////a", "//a"),
        ] {
            assert_eq!(Address::parse(text), Ok(Address::File(path.into())), "{text}");
        }
        for text in ["file://", "file://types/a.hcl", "file://localhost", "file://./a", "file:///%ff"] {
            assert!(matches!(Address::parse(text), Err(SourceError::Address(_))), "{text}");
        }
    }

    #[test]
    fn hosts_are_told_without_the_password() {
        for (text, host) in [
            ("https://example.com/type.hcl", "example.com"),
            ("http://me:secret@example.com:8080/a?b", "example.com:8080"),
            ("http://[::1]:80/", "[::1]:80"),
        ] {
            let Ok(Address::Web(web)) = Address::parse(text) else { panic!("{text}") };
            assert_eq!((web.host.as_str(), web.is_encrypted), (host, text.starts_with("https")));
        }
        for text in ["http://", "http:///a", "ftp://a/b", "http://a b/", "a"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
