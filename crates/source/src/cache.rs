//! What was fetched before, on disk.
//!
//! `content/SHA-256` is a text, by its own checksum; `address/SHA-256` holds the checksum of what was at that
//! address when it was fetched last, which is the time of that file.

use crate::checksum::Checksum;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// `$XDG_CACHE_HOME/pikoci/sources`, else `~/.cache/pikoci/sources`; `None` where neither variable is set.
pub fn default_cache() -> Option<PathBuf> {
    let directory = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = directory("XDG_CACHE_HOME").or_else(|| Some(directory("HOME")?.join(".cache")))?;
    Some(cache.join("pikoci/sources"))
}

/// A directory that is ours.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// In that directory, which is made when it is needed.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The text with that checksum. What is there and has another is as good as nothing.
    pub(crate) fn content(&self, checksum: &Checksum) -> Option<Vec<u8>> {
        let bytes = fs::read(self.content_path(checksum)).ok()?;
        checksum.verify(&bytes).is_ok().then_some(bytes)
    }

    /// What was at an address, and when.
    pub(crate) fn last(&self, address: &str) -> Option<(Vec<u8>, SystemTime)> {
        let path = self.address_path(address);
        let checksum = Checksum::parse(fs::read_to_string(&path).ok()?.trim_end()).ok()?;
        let time = fs::metadata(&path).ok()?.modified().ok()?;
        Some((self.content(&checksum)?, time))
    }

    /// Remembers what is at an address now.
    pub(crate) fn keep(&self, address: &str, bytes: &[u8]) -> io::Result<()> {
        let checksum = Checksum::of(bytes);
        write(&self.content_path(&checksum), bytes)?;
        write(&self.address_path(address), checksum.as_str().as_bytes())
    }

    fn content_path(&self, checksum: &Checksum) -> PathBuf {
        self.directory.join("content").join(checksum.as_str())
    }

    fn address_path(&self, address: &str) -> PathBuf {
        self.directory.join("address").join(Checksum::of(address.as_bytes()).as_str())
    }
}

/// Whole or not at all, also if two write at once.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn it_gives_what_it_kept_to_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("pikoci/sources"));
        assert!(cache.last("https://a/b").is_none());
        cache.keep("https://a/b", b"one").unwrap();
        cache.keep("https://a/b", b"two").unwrap();
        assert_eq!(cache.last("https://a/b").unwrap().0, b"two");
        assert_eq!(cache.content(&Checksum::of(b"one")).unwrap(), b"one");
        for path in ["pikoci", "pikoci/sources", "pikoci/sources/content", "pikoci/sources/address"] {
            assert_eq!(fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn what_was_changed_on_disk_is_not_given() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        cache.keep("https://a/b", b"one").unwrap();
        fs::write(cache.content_path(&Checksum::of(b"one")), "other").unwrap();
        assert!(cache.last("https://a/b").is_none());
        assert!(cache.content(&Checksum::of(b"one")).is_none());
    }
}
