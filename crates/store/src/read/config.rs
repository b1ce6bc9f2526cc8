//! What servers set from their own disk.

use crate::db::values;
use crate::{Store, StoreError};

impl Store {
    /// The hash of what a server last set from its own disk under this name; `None` if none did.
    pub fn config_hash(&self, team: &str, name: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT config_hash FROM pipelines WHERE team = ? AND name = ?";
        Ok(self.reader().row(sql, values![team, name], |row| row.opt_text(0))?.flatten())
    }
}
