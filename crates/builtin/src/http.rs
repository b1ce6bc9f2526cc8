//! Requests over HTTP: JSON there and back, tried again where that may help.

use crate::Failure;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, http};

/// How long one request may take, all in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pauses before a request is made again.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(600), Duration::from_millis(1800)];

/// The most redirections that are followed.
const REDIRECTIONS: usize = 5;

/// The most bytes of an answer.
const ANSWER_BYTES: u64 = 16 << 20;

/// A client: one proxy, one set of trusted roots.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    /// Whether redirections to other hosts are followed; the headers go along.
    may_leave: bool,
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, String)],
    /// With a body it is a POST, else a GET.
    pub(crate) body: Option<&'a Value>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Client {
    /// One that trusts what the system trusts, or only the certificates of a PEM file. Proxies are those of the
    /// environment.
    pub(crate) fn new(roots: Option<&Path>) -> Result<Self, Failure> {
        let roots = match roots {
            Some(file) => RootCerts::Specific(Arc::new(certificates(file)?)),
            None => RootCerts::PlatformVerifier,
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("pikoci/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.into(), may_leave: false })
    }

    /// The same, which follows a server to another of its hosts, but never from `https` to `http`.
    pub(crate) fn may_leave(self) -> Self {
        Self { may_leave: true, ..self }
    }

    /// Asks; again after a pause if there is no connection, or the server has trouble (5xx).
    pub(crate) fn ask(&self, ask: Ask<'_>) -> Result<Reply, Failure> {
        let mut pauses = PAUSES.iter();
        loop {
            let answer = self.follow(ask);
            let is_passing = match &answer {
                Ok(reply) => reply.status >= 500 && reply.status != 501,
                Err(error) => may_pass(error),
            };
            match pauses.next() {
                Some(pause) if is_passing => std::thread::sleep(*pause),
                _ => return answer.map_err(|error| failed(ask.url, &error)),
            }
        }
    }

    fn follow(&self, ask: Ask<'_>) -> Result<Reply, ureq::Error> {
        let mut url = ask.url.to_owned();
        for _ in 0..REDIRECTIONS {
            let mut response = self.once(&url, ask)?;
            let status = response.status().as_u16();
            let target =
                response.headers().get(http::header::LOCATION).and_then(|target| target.to_str().ok());
            if let (300..400, Some(target)) = (status, target)
                && let Some(target) = next(&url, target, self.may_leave)
            {
                url = target;
                continue;
            }
            let text =
                response.body_mut().with_config().limit(ANSWER_BYTES).lossy_utf8(true).read_to_string()?;
            return Ok(Reply { status, text });
        }
        Err(ureq::Error::TooManyRedirects)
    }

    fn once(&self, url: &str, ask: Ask<'_>) -> Result<http::Response<Body>, ureq::Error> {
        match ask.body {
            None => {
                let request = ask
                    .headers
                    .iter()
                    .fold(self.agent.get(url), |request, (name, value)| request.header(*name, value));
                request.call()
            }
            Some(body) => {
                let request = ask
                    .headers
                    .iter()
                    .fold(self.agent.post(url), |request, (name, value)| request.header(*name, value));
                request.content_type("application/json").send(body.to_string())
            }
        }
    }
}

impl Reply {
    pub(crate) fn is_well(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

/// Where a redirection leads, if it may be followed.
fn next(from: &str, target: &str, may_leave: bool) -> Option<String> {
    let (scheme, rest) = from.split_once("://")?;
    let host = rest.split('/').next()?;
    if target.starts_with('/') && !target.starts_with("//") {
        return Some(format!("{scheme}://{host}{target}"));
    }
    let (to_scheme, to_rest) = target.split_once("://")?;
    let is_no_worse = to_scheme == scheme || to_scheme == "https";
    let is_same = to_rest.split(['/', '?']).next() == Some(host);
    (is_no_worse && (is_same || may_leave)).then(|| target.to_owned())
}

/// Whether an error is of a kind that another try may not meet.
fn may_pass(error: &ureq::Error) -> bool {
    !is_of_certificate(error)
        && matches!(error, ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_))
}

/// Whether the server could not prove who it is. TLS speaks through the error of a stream, and only in words.
fn is_of_certificate(error: &ureq::Error) -> bool {
    error.to_string().contains("certificate")
}

fn failed(url: &str, error: &ureq::Error) -> Failure {
    let failure = Failure::new(format!("{url}: {error}"));
    if is_of_certificate(error) {
        return failure.hint(
            "the host must trust who signed it; for Vault `ca_cert` names a file of certificates to trust",
        );
    }
    failure
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let trouble =
        |why: String| Failure::new(format!("the certificates in {} cannot be read: {why}", file.display()));
    let text = std::fs::read(file).map_err(|error| trouble(error.to_string()))?;
    let found: Vec<_> = parse_pem(&text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() { Err(trouble("there is none in PEM format".to_owned())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirections_neither_lose_the_host_nor_the_encryption() {
        let cases = [
            ("https://a/x", "/y", false, Some("https://a/y")),
            ("https://a:1/x", "https://a:1/y", false, Some("https://a:1/y")),
            ("https://a/x", "https://b/y", false, None),
            ("https://a/x", "https://b/y", true, Some("https://b/y")),
            ("https://a/x", "http://a/y", true, None),
            ("http://a/x", "https://a/y", false, Some("https://a/y")),
            ("https://a/x", "//b/y", true, None),
        ];
        for (from, to, may_leave, expected) in cases {
            assert_eq!(next(from, to, may_leave).as_deref(), expected, "{from} {to}");
        }
    }
}
