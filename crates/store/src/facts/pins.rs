//! What inputs are held at.

use super::versions::{self, COLUMNS, stored};
use crate::StoreError;
use crate::db::{Db, Value, values};
use pikoci_engine::facts::{Pin, Stored};
use pikoci_plan::id::ResourceId;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// Among so many of the newest versions one is looked for by some of its keys.
const LOOKED_THROUGH: usize = 10_000;

/// What an input is held at: what its text says, else what somebody has set for the resource.
pub(super) fn pin(
    db: &Db,
    resource: &ResourceId,
    written: Option<BTreeMap<String, String>>,
    set: Option<String>,
) -> Result<Option<Pin>, StoreError> {
    if let Some(keys) = written {
        let text = words(keys.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        return Ok(Some(Pin { version: by_keys(db, resource, &keys)?, text, written: true }));
    }
    let Some(version) = set.map(|id| versions::version(db, &id)).transpose()?.flatten() else {
        return Ok(None);
    };
    let text = words(version.version.identifying());
    Ok(Some(Pin { version: Some(version), text, written: false }))
}

/// `ref=abc, path=x`.
fn words<'a>(keys: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    keys.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}

/// The newest version with those keys: the one that they name whole, else among the newest 10,000.
pub(crate) fn by_keys(
    db: &Db,
    resource: &ResourceId,
    keys: &BTreeMap<String, String>,
) -> Result<Option<Stored>, StoreError> {
    let whole = db.row(
        &format!("SELECT {COLUMNS} FROM versions WHERE resource_id = ? AND identity = ?"),
        values![resource.as_str(), &Version(keys.clone()).identity()],
        stored,
    )?;
    if whole.is_some() { Ok(whole) } else { by_some_keys(db, resource, keys) }
}

fn by_some_keys(
    db: &Db,
    resource: &ResourceId,
    keys: &BTreeMap<String, String>,
) -> Result<Option<Stored>, StoreError> {
    // A version stands in its column as compact JSON.
    let pair = |(key, value)| {
        let json = serde_json::to_string(&BTreeMap::from([(key, value)]));
        json.map(|json| json[1..json.len() - 1].to_owned())
    };
    let pairs: Result<Vec<String>, _> = keys.iter().map(pair).collect();
    let pairs = pairs.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let conditions = " AND INSTR(versions.data, ?) > 0".repeat(pairs.len());
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM versions WHERE resource_id = ? ORDER BY place DESC LIMIT ?) AS versions \
         WHERE 1 = 1{conditions} ORDER BY versions.place DESC LIMIT 1"
    );
    let mut all = vec![Value::from(resource.as_str()), Value::from(LOOKED_THROUGH)];
    all.extend(pairs.iter().map(Value::from));
    db.row(&sql, &all, stored)
}
