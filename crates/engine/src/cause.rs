//! What a build is made for.

use pikoci_plan::id::BuildId;
use pikoci_plan::version::Version;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What a build is made for. Of one job at most one build exists for one cause, ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause(String);

impl Cause {
    /// Versions of triggering inputs, at least one of them new to the job: a hash over the names of their
    /// resources and the versions' identities.
    pub fn versions<'a>(triggering: impl IntoIterator<Item = (&'a str, &'a Version)>) -> Self {
        let mut hash = Sha256::new();
        for (resource, version) in triggering {
            hash.update((resource.len() as u64).to_le_bytes());
            hash.update(resource.as_bytes());
            hash.update(version.identity());
        }
        Self(hash.finalize().iter().fold("v:".to_owned(), |mut text, byte| {
            let _infallible = write!(text, "{byte:02x}");
            text
        }))
    }

    /// A person's (or script's) trigger, by its idempotency key.
    pub fn manual(key: &str) -> Self {
        Self(format!("m:{key}"))
    }

    /// A wish to run a build again, by the idempotency key of who wishes it.
    pub fn rerun(original: &BuildId, key: &str) -> Self {
        Self(format!("r:{original}:{key}"))
    }

    /// The cause as text, as it stands in the ledger.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the text: what the unique key is over, since databases differ in how they compare text.
    pub fn key(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_depends_on_resource_and_identity_only() {
        let version = Version::from([("ref", "a"), ("_message", "one")]);
        let same = Version::from([("ref", "a"), ("_message", "two")]);
        let cause = Cause::versions([("git.app", &version)]);
        assert_eq!(cause, Cause::versions([("git.app", &same)]));
        assert_ne!(cause, Cause::versions([("git.web", &version)]));
        assert_ne!(cause.key(), Cause::manual(cause.as_str()).key());
    }
}
