//! What a repository has, as `git ls-remote` tells.

use super::program::Git;
use crate::Failure;

/// The names of a repository and what they point at.
#[derive(Debug, Default)]
pub(super) struct Refs {
    /// The text that git printed.
    pub(super) listing: String,
}

/// A name and what it points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ref<'a> {
    pub(super) name: &'a str,
    pub(super) id: &'a str,
}

impl Refs {
    /// Asks for the names that match these patterns.
    pub(super) fn ask(git: &Git, patterns: &[&str]) -> Result<Self, Failure> {
        let url = git.address.text();
        let args = ["ls-remote", "--symref", "--", url].into_iter().chain(patterns.iter().copied());
        let done = git.run(args)?.or_fail(|| Failure::new(format!("cannot read the repository `{url}`")))?;
        Ok(Self { listing: done.text() })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Ref<'_>> {
        self.listing.lines().filter_map(|line| {
            let (id, name) = line.split_once('\t')?;
            is_id(id).then_some(Ref { name, id })
        })
    }

    /// What that name points at.
    pub(super) fn id(&self, name: &str) -> Option<&str> {
        self.all().find(|found| found.name == name).map(|found| found.id)
    }

    /// The branch that HEAD names.
    pub(super) fn default_branch(&self) -> Option<&str> {
        let target =
            self.listing.lines().find_map(|line| line.strip_prefix("ref: ")?.strip_suffix("\tHEAD"))?;
        target.strip_prefix("refs/heads/")
    }
}

/// Whether a text is the whole id of an object: SHA-1, or SHA-256.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && is_hexadecimal(text)
}

/// Whether a text may be an id, or the beginning of one.
pub(super) fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listing_is_read() {
        let id = "8e1742a9dd6832c01f3f599b81c1fa22f3a1e59c";
        let listing = format!("ref: refs/heads/main\tHEAD\n{id}\tHEAD\n{id}\trefs/heads/main\nnoise\n");
        let refs = Refs { listing };
        assert_eq!((refs.default_branch(), refs.id("refs/heads/main")), (Some("main"), Some(id)));
        assert_eq!((refs.all().count(), refs.id("refs/heads/ma")), (2, None));
    }
}
