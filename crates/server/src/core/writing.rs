//! Whether the ledger can be written, and what the operator and `/readyz` are told of that.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// After so long it is said again that nothing can be stored, if it still cannot.
const AGAIN_MS: u64 = 60_000;

/// What keeps the ledger from being written, seen from outside the core.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    /// In one sentence; nothing, if the ledger was written when that was tried last.
    pub(crate) fn now(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, trouble: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// How writing goes. The operator is told once that it fails, now and then that it still does, and that it goes again.
#[derive(Debug, Default)]
pub(super) struct Writing {
    trouble: Trouble,
    /// What was said last of a failure, and when.
    told: Option<(String, u64)>,
    /// Since when nothing could be written, if that was told.
    since_ms: Option<u64>,
}

impl Writing {
    /// What others see of it.
    pub(super) fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }

    /// Whether the last try failed.
    pub(super) fn fails(&self) -> bool {
        self.trouble.now().is_some()
    }

    /// A try failed. What the operator is to be told.
    pub(super) fn failed(&mut self, error: &str, ledger: Option<&Path>, now_ms: u64) -> Option<String> {
        self.trouble.set(Some(format!("nothing can be stored: {error}")));
        let known = self.told.as_ref().is_some_and(|(told, at)| told == error && now_ms < at + AGAIN_MS);
        if known {
            return None;
        }
        let still = if self.since_ms.is_some() { "still " } else { "" };
        self.since_ms = self.since_ms.or(Some(now_ms));
        self.told = Some((error.to_owned(), now_ms));
        let place = ledger.map(|path| format!(" ({})", path.display())).unwrap_or_default();
        Some(format!(
            "{still}nothing can be stored: {error}{place}. It is tried again until it works; nothing is lost: workers keep what \
             they have not delivered, and requests are refused"
        ))
    }

    /// Something was written. What the operator is to be told.
    pub(super) fn worked(&mut self, now_ms: u64) -> Option<String> {
        self.trouble.set(None);
        let since_ms = self.since_ms.take()?;
        Some(format!("the ledger can be written again, after {} s", now_ms.saturating_sub(since_ms) / 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_told_once_in_a_while_and_so_is_its_end() {
        let mut writing = Writing::default();
        let seen = writing.trouble();
        assert_eq!((writing.worked(0), seen.now(), writing.fails()), (None, None, false));
        let path = Path::new("a/pikoci.db");
        let first = writing.failed("the disk is full", Some(path), 1_000).unwrap();
        assert!(first.starts_with("nothing can be stored: the disk is full (a/pikoci.db). "), "{first}");
        assert_eq!(seen.now().as_deref(), Some("nothing can be stored: the disk is full"));
        assert_eq!(writing.failed("the disk is full", Some(path), 60_999), None);
        let again = writing.failed("the disk is full", Some(path), 61_000).unwrap();
        assert!(again.starts_with("still nothing can be stored: "), "{again}");
        assert!(writing.failed("another", None, 61_001).unwrap().contains("stored: another. "));
        assert_eq!(writing.worked(71_000).as_deref(), Some("the ledger can be written again, after 70 s"));
        assert_eq!((seen.now(), writing.worked(71_001)), (None, None));
    }

    #[test]
    fn what_comes_and_goes_is_not_told_each_time() {
        let mut writing = Writing::default();
        assert!(writing.failed("full", None, 0).is_some() && writing.worked(500).is_some());
        assert_eq!((writing.failed("full", None, 1_000), writing.worked(1_500)), (None, None));
        assert!(writing.failed("full", None, 60_000).unwrap().starts_with("nothing"));
    }
}
