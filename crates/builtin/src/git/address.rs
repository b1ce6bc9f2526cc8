//! The address of a repository, as the parameter `url` gives it.

use crate::Failure;

/// Where a repository is. It holds no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    text: String,
    kind: Kind,
}

/// How it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `http` or `https`.
    Web(Web),
    /// Over SSH: the host, and the path without a slash before it.
    Ssh { host: String, path: String },
    /// A whole path on this host.
    Path,
    /// Anything else that git may know.
    Other,
}

/// An address of the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Web {
    /// `http` or `https`.
    pub(super) scheme: String,
    /// The host, with its port if that is given, in lower case.
    pub(super) host: String,
    /// The path, without a slash before it.
    pub(super) path: String,
}

impl Address {
    /// Reads one. What holds credentials is refused, and not repeated.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        if text.contains(['\n', '\r', '\0']) {
            return Err(Failure::new("the parameter `url` has a line break in it"));
        }
        let kind = match text.split_once("://") {
            Some((scheme, rest)) => with_scheme(&scheme.to_ascii_lowercase(), rest)?,
            None => without_scheme(text)?,
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The name of the repository, which its clone gets.
    pub(super) fn name(&self) -> Option<&str> {
        let text = self.text.trim_end_matches('/');
        let text = text.strip_suffix("/.git").unwrap_or(text);
        let name = text.rsplit(['/', ':']).next().unwrap_or_default();
        let name = name.strip_suffix(".git").unwrap_or(name);
        Some(name).filter(|name| !matches!(*name, "" | "." | ".."))
    }

    /// The host, and the path of the repository on it, as a forge names it.
    pub(super) fn on_host(&self) -> Option<(&str, &str)> {
        let (host, path) = match &self.kind {
            Kind::Web(web) => (&web.host, &web.path),
            Kind::Ssh { host, path } => (host, path),
            Kind::Path | Kind::Other => return None,
        };
        let path = path.trim_end_matches('/');
        Some((host, path.strip_suffix(".git").unwrap_or(path)))
    }
}

fn with_scheme(scheme: &str, rest: &str) -> Result<Kind, Failure> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let host = host.to_ascii_lowercase();
    let path = path.trim_start_matches('/').to_owned();
    match scheme {
        "http" | "https" if user.is_some() => Err(credentials_within(&format!("{scheme}://{host}/{path}"))),
        "http" | "https" => Ok(Kind::Web(Web { scheme: scheme.to_owned(), host, path })),
        "ssh" | "git+ssh" | "ssh+git" if user.is_some_and(|user| user.contains(':')) => Err(Failure::new(
            format!("the parameter `url` holds a password, which SSH does not take: {host}/{path}"),
        )
        .hint("give the key as `private_key`")),
        "ssh" | "git+ssh" | "ssh+git" => {
            let host = host.split(':').next().unwrap_or_default().to_owned();
            Ok(Kind::Ssh { host, path })
        }
        _ => Ok(Kind::Other),
    }
}

fn without_scheme(text: &str) -> Result<Kind, Failure> {
    if text.starts_with('/') {
        return Ok(Kind::Path);
    }
    match text.split_once(':') {
        // `transport::address`: git looks for a program of that name, and says so if there is none.
        Some((_, rest)) if rest.starts_with(':') => Ok(Kind::Other),
        Some((place, path)) if !place.is_empty() && !place.contains('/') => {
            let host = place.rsplit('@').next().unwrap_or(place);
            Ok(Kind::Ssh { host: host.to_ascii_lowercase(), path: path.trim_start_matches('/').to_owned() })
        }
        _ => {
            let what =
                format!("`{text}` is a relative path, and relative to nothing here: give the whole path");
            Err(Failure::new(what))
        }
    }
}

fn credentials_within(clean: &str) -> Failure {
    Failure::new(format!("the parameter `url` holds a user name or a password, which would show: {clean}"))
        .hint(format!("write url = \"{clean}\", and give the secret as `token` (and the user as `username`)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_what_git_takes_them_for() {
        let web = |scheme: &str, host: &str, path: &str| {
            Kind::Web(Web { scheme: scheme.into(), host: host.into(), path: path.into() })
        };
        let ssh = |host: &str, path: &str| Kind::Ssh { host: host.into(), path: path.into() };
        let cases = [
            ("https://GitHub.com/org/app", web("https", "github.com", "org/app"), "app"),
            ("HTTP://127.0.0.1:80/app.git/", web("http", "127.0.0.1:80", "app.git/"), "app"),
            ("ssh://git@host:22/org/app.git", ssh("host", "org/app.git"), "app"),
            ("git@github.com:org/app.git", ssh("github.com", "org/app.git"), "app"),
            ("host:app", ssh("host", "app"), "app"),
            ("/srv/git/app", Kind::Path, "app"),
            ("/srv/git/app/.git", Kind::Path, "app"),
            ("file:///srv/git/app.git", Kind::Other, "app"),
            ("ext::sh -c x", Kind::Other, "sh -c x"),
        ];
        for (text, kind, name) in cases {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.kind(), address.name()), (&kind, Some(name)), "{text}");
        }
        assert_eq!(Address::parse("/").unwrap().name(), None);
        assert_eq!(
            Address::parse("git@gitlab.com:a/b/c.git").unwrap().on_host(),
            Some(("gitlab.com", "a/b/c"))
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_no_credential_is_repeated() {
        let cases = [
            (".", "relative path"),
            ("../app", "relative path"),
            ("app", "relative path"),
            ("a/b:c", "relative path"),
            ("https://hunter2@host/app", "give the secret as `token`"),
            ("https://me:hunter2@host/app", "write url = \"https://host/app\""),
            ("ssh://me:hunter2@host/app", "private_key"),
            ("https://host/a\nhunter2", "line break"),
        ];
        for (text, part) in cases {
            let failure = Address::parse(text).unwrap_err().to_string();
            assert!(failure.contains(part) && !failure.contains("hunter2"), "{failure}");
        }
    }
}
