//! Fetches the text of a type from `https://…`, `http://…` or `file://…`, with a checksum and a cache.
//!
//! What is fetched is small, and its reader is another: here nothing of it is looked at, and no error quotes it.

mod address;
mod cache;
mod checksum;
mod error;
mod fetch;
mod file;
mod http;
mod policy;
#[cfg(test)]
mod tests;

pub use cache::default_cache;
pub use error::SourceError;
pub use fetch::{Fetched, Fetcher, Warning};
pub use policy::Policy;
