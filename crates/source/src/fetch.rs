//! Network, cache and checksum together.

use crate::SourceError;
use crate::address::{Address, Web};
use crate::cache::Cache;
use crate::checksum::Checksum;
use crate::file;
use crate::http::{Client, Trouble};
use crate::policy::Policy;
use std::path::PathBuf;
use std::time::SystemTime;

/// Fetches sources.
#[derive(Debug)]
pub struct Fetcher {
    policy: Policy,
    limit: u64,
    client: Client,
    cache: Option<Cache>,
}

/// A text, and what to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The text.
    pub bytes: Vec<u8>,
    /// What is worth a warning.
    pub warning: Option<Warning>,
}

/// What is worth a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// This is a copy from earlier, since the host has trouble.
    Old {
        /// When it was fetched.
        fetched: SystemTime,
        /// What is wrong now.
        trouble: SourceError,
    },
    /// It could not be kept for later.
    NotKept(String),
}

impl Fetcher {
    /// One that keeps to a policy, and gives nothing over `limit` bytes.
    pub fn new(policy: Policy, limit: usize) -> Self {
        Self { policy, limit: limit as u64, client: Client::new(policy), cache: None }
    }

    /// The same with a cache in a directory, which is made when it is needed, for its owner alone.
    pub fn with_cache(self, directory: PathBuf) -> Self {
        Self { cache: Some(Cache::new(directory)), ..self }
    }

    /// The text at `https://…`, `http://…` or `file://…`. A `checksum` is 64 hexadecimal digits, with or without
    /// `sha256:` before them: a text that has it is taken from the cache without a look at the network. Without
    /// one, the copy of the last time is given only while the network or the host has trouble, and with a warning.
    ///
    /// Blocks, at most half a minute.
    ///
    /// # Errors
    /// There is no text, or not the one that was meant.
    pub fn fetch(&self, address: &str, checksum: Option<&str>) -> Result<Fetched, SourceError> {
        let checksum = checksum.map(Checksum::parse).transpose()?;
        let fetched = match Address::parse(address)? {
            Address::File(_) if !self.policy.files => return Err(SourceError::NoFiles),
            Address::File(path) => Fetched { bytes: file::read(&path, self.limit)?, warning: None },
            Address::Web(web) => self.web(address, &web, checksum.as_ref())?,
        };
        checksum.map_or(Ok(()), |checksum| checksum.verify(&fetched.bytes))?;
        Ok(fetched)
    }

    fn web(&self, address: &str, web: &Web, checksum: Option<&Checksum>) -> Result<Fetched, SourceError> {
        let cache = self.cache.as_ref();
        if let Some(bytes) = checksum.and_then(|checksum| cache?.content(checksum)) {
            return Ok(Fetched { bytes, warning: None });
        }
        match self.client.get(web, self.limit) {
            Ok(bytes) => {
                checksum.map_or(Ok(()), |checksum| checksum.verify(&bytes))?;
                let kept = cache.map_or(Ok(()), |cache| cache.keep(address, &bytes));
                Ok(Fetched { bytes, warning: kept.err().map(|error| Warning::NotKept(error.to_string())) })
            }
            Err(Trouble { error, passes }) => {
                let last =
                    cache.filter(|_| passes && checksum.is_none()).and_then(|cache| cache.last(address));
                let (bytes, fetched) = last.ok_or_else(|| error.clone())?;
                Ok(Fetched { bytes, warning: Some(Warning::Old { fetched, trouble: error }) })
            }
        }
    }
}
