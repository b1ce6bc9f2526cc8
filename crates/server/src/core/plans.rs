//! The plans that were sent last.

use pikoci_store::{Store, StoreError};
use std::collections::HashMap;
use std::sync::Arc;

/// How many plans are kept; with more all are forgotten and read anew.
const KEPT: usize = 64;

/// Plans by their hash, as they stand in the ledger.
#[derive(Default)]
pub(super) struct Plans(HashMap<String, Arc<[u8]>>);

impl Plans {
    /// The bytes of a plan.
    pub(super) fn get(&mut self, store: &Store, hash: &str) -> Result<Arc<[u8]>, StoreError> {
        if let Some(plan) = self.0.get(hash) {
            return Ok(Arc::clone(plan));
        }
        let missing = || StoreError::Corrupt(format!("plan {hash} is missing"));
        let plan: Arc<[u8]> = store.plan(hash)?.ok_or_else(missing)?.into();
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.insert(hash.to_owned(), Arc::clone(&plan));
        Ok(plan)
    }
}
