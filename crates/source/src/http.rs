//! Asks a web server.

use crate::SourceError;
use crate::address::Web;
use crate::policy::{Hosts, Policy};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How long all of it may take, tries, redirections and pauses included.
const TOTAL: Duration = Duration::from_secs(30);

/// How many redirections are followed.
const REDIRECTS: u32 = 5;

/// The pauses before another try.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];

/// A client that keeps to a policy.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
}

/// Why an answer is none.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) error: SourceError,
    /// Whether it is of a kind that passes: another try, or a copy from earlier, is in order.
    pub(crate) passes: bool,
}

impl Client {
    pub(crate) fn new(policy: Policy) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let mut config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(REDIRECTS)
            .timeout_connect(Some(CONNECT))
            .user_agent(concat!("pikoci/", env!("CARGO_PKG_VERSION")));
        if !matches!(policy.hosts, Hosts::All) {
            config = config.proxy(None);
        }
        let resolver = Checked { hosts: policy.hosts, inner: DefaultResolver::default() };
        Self { agent: Agent::with_parts(config.build(), DefaultConnector::default(), resolver) }
    }

    /// The body of a `200 OK`, at most `limit` bytes; tried again where that may help.
    pub(crate) fn get(&self, web: &Web, limit: u64) -> Result<Vec<u8>, Trouble> {
        let deadline = Instant::now() + TOTAL;
        let mut pauses = PAUSES.into_iter();
        loop {
            let trouble = match self.once(web, limit, deadline) {
                Ok(bytes) => return Ok(bytes),
                Err(trouble) => trouble,
            };
            match pauses.next() {
                Some(pause) if trouble.passes && Instant::now() + pause < deadline => thread::sleep(pause),
                _ => return Err(trouble),
            }
        }
    }

    fn once(&self, web: &Web, limit: u64, deadline: Instant) -> Result<Vec<u8>, Trouble> {
        let trouble = |error| trouble(error, web, limit);
        let request = self
            .agent
            .get(&web.uri)
            .config()
            .https_only(web.is_encrypted)
            .timeout_global(Some(deadline.saturating_duration_since(Instant::now())))
            .build();
        let mut response = request.call().map_err(trouble)?;
        let status = response.status();
        if status.as_u16() != 200 {
            let error = SourceError::Status { host: web.host.clone(), status: status.to_string() };
            return Err(Trouble { error, passes: status.is_server_error() });
        }
        response.body_mut().with_config().limit(limit).read_to_vec().map_err(trouble)
    }
}

fn trouble(error: Error, web: &Web, limit: u64) -> Trouble {
    let host = web.host.clone();
    let passes = matches!(
        error,
        Error::Io(_) | Error::ConnectionFailed | Error::Protocol(_) | Error::Timeout(_) | Error::HostNotFound
    );
    let error = match error {
        Error::BodyExceedsLimit(_) => SourceError::TooLarge(limit),
        Error::TooManyRedirects => SourceError::Redirects { host, limit: REDIRECTS },
        Error::RequireHttpsOnly(_) => SourceError::Downgrade { host },
        Error::Timeout(_) => SourceError::Timeout { host, limit: TOTAL },
        Error::HostNotFound => SourceError::Unreachable { host, why: "there is no such host".to_owned() },
        Error::Io(error) => SourceError::Unreachable { host, why: error.to_string() },
        Error::Other(error) => match error.downcast_ref::<NotPublic>() {
            Some(NotPublic(asked)) => {
                SourceError::NotPublic { host, redirected: web.uri.host() != Some(asked.as_str()) }
            }
            None => SourceError::Unreachable { host, why: error.to_string() },
        },
        // A redirection to something strange; the text may hold parts of what was sent.
        Error::BadUri(_) | Error::Http(_) => {
            SourceError::Unreachable { host, why: "it redirects to what is no address".to_owned() }
        }
        error => SourceError::Unreachable { host, why: error.to_string() },
    };
    Trouble { error, passes }
}

/// Looks up hosts, and leaves only the addresses that the policy takes. The connection is made to one of these,
/// so that it does not matter what the name means at another time; and each redirection comes by here.
#[derive(Debug)]
struct Checked {
    hosts: Hosts,
    inner: DefaultResolver,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let Hosts::Some(is_allowed) = self.hosts else { return Ok(found) };
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| is_allowed(address.ip())) {
            allowed.push(*address);
        }
        match allowed.is_empty() {
            true => Err(Error::Other(Box::new(NotPublic(uri.host().unwrap_or_default().to_owned())))),
            false => Ok(allowed),
        }
    }
}

/// All addresses of that host are refused.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no public address")]
struct NotPublic(String);
