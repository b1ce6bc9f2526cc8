//! Texts of types at addresses, for everybody who loads pipelines.

use pikoci_lang::{Diagnostic, MAX_FILE_BYTES, ReadError, Severity};
use pikoci_source::{Fetcher, Policy, Warning};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long the addresses of one pipeline may take, before the next is not asked any more.
const TIME: Duration = Duration::from_secs(60);

/// The addresses that a pipeline names.
#[derive(Debug)]
pub struct Sources {
    policy: Policy,
    cache: Option<PathBuf>,
    /// Made when the first address is met: few pipelines have one.
    fetcher: OnceLock<(Fetcher, Instant)>,
    warnings: Mutex<Vec<Diagnostic>>,
}

impl Sources {
    /// Addresses that are asked under a policy, and not kept.
    pub fn new(policy: Policy) -> Self {
        Self { policy, cache: None, fetcher: OnceLock::new(), warnings: Mutex::default() }
    }

    /// The same, with a cache in a directory.
    pub fn with_cache(self, directory: Option<PathBuf>) -> Self {
        Self { cache: directory, ..self }
    }

    /// The text at an address: see [`pikoci_lang::Files::fetch`].
    ///
    /// # Errors
    /// It is not there, may not be asked for, or the addresses asked so far took more than a minute.
    pub fn fetch(&self, source: &str, checksum: Option<&str>) -> Result<Vec<u8>, ReadError> {
        let (fetcher, began) = self.fetcher.get_or_init(|| {
            let fetcher = Fetcher::new(self.policy, MAX_FILE_BYTES);
            (self.cache.clone().into_iter().fold(fetcher, Fetcher::with_cache), Instant::now())
        });
        if began.elapsed() > TIME {
            let why = format!("the addresses before it took more than {} s", TIME.as_secs());
            return Err(ReadError::Other(why));
        }
        let fetched = fetcher.fetch(source, checksum).map_err(|error| ReadError::Other(error.to_string()))?;
        if let Some(warning) = fetched.warning {
            self.warn(source, warning);
        }
        Ok(fetched.bytes)
    }

    /// What is to be said of texts that were read, but not as they should.
    pub fn into_warnings(self) -> Vec<Diagnostic> {
        self.warnings.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn warn(&self, source: &str, warning: Warning) {
        let (message, hint) = match warning {
            Warning::Old { fetched, trouble } => (
                format!("`{source}` is a copy from {}: {trouble}", seconds(fetched)),
                Some("with a `checksum` the copy would be as good".to_owned()),
            ),
            Warning::NotKept(why) => (format!("`{source}` cannot be kept in the cache: {why}"), None),
        };
        let warning =
            Diagnostic { severity: Severity::Warning, code: "source-cache", message, location: None, hint };
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }
}

/// RFC 3339 in UTC, to the second.
fn seconds(time: std::time::SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "long ago".to_owned(), |time| format!("{time:.0}"))
}
