//! Opening a file: what only that kind of ledger does.

use crate::fixture::{both_jobs, pipeline};
use pikoci_engine::part::Part;
use pikoci_store::{SCHEMA, Store, StoreError};
use std::os::unix::fs::PermissionsExt;

#[test]
fn what_was_committed_is_there_after_a_reopening_and_for_the_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let store = Store::open(&path).unwrap();
    store.commit(&[Part::SetPipeline(Box::new(pipeline("first", both_jobs())))]).unwrap();
    store.set_meta("name", "value").unwrap();
    let modes: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert!(modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.pipeline("main", "shop").unwrap().unwrap().revision, 1);
    assert_eq!(store.meta("name").unwrap().as_deref(), Some("value"));
    assert_eq!(store.meta("other").unwrap(), None);
}

#[test]
fn a_file_that_is_open_is_refused_and_so_is_a_newer_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let store = Store::open(&path).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Locked(_))));
    store.set_meta("schema", &(SCHEMA + 1).to_string()).unwrap();
    drop(store);
    assert!(matches!(Store::open(&path), Err(StoreError::Newer { found, .. }) if found == SCHEMA + 1));
}
