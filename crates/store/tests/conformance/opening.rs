//! Opening a file: what only that kind of ledger does.

use crate::fixture::{both_jobs, pipeline};
use pikoci_engine::part::Part;
use pikoci_plan::status::Status;
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

#[test]
fn a_file_of_the_first_schema_opens_and_keeps_what_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../src/migrations/0001.sql")).unwrap();
    old.execute_batch(include_str!("schema1.sql")).unwrap();
    drop(old);
    for _ in 0..2 {
        let store = Store::open(&path).unwrap();
        assert_eq!(store.meta("schema").unwrap(), Some(SCHEMA.to_string()));
        let pipeline = store.pipeline("main", "shop").unwrap().unwrap();
        let builds = |job: &str| {
            let job = store.jobs(&pipeline.id, Some(job)).unwrap().pop().unwrap();
            store.build(&job.last_build.unwrap()).unwrap().unwrap()
        };
        let (good, bad) = (builds("good"), builds("bad"));
        assert_eq!((good.number, good.status, good.warning), (1, Status::Succeeded, false));
        assert_eq!((bad.status, bad.steps[0].message.as_deref()), (Status::Failed, Some("exit code 3")));
        let outline = good.outline.iter().map(|row| (row.name.as_str(), row.kind.as_str(), row.depth));
        assert_eq!(outline.collect::<Vec<_>>(), [("input", "get", 0), ("unit", "task", 0)]);
        assert_eq!((good.inputs[0].version.get("line"), good.outputs), (Some("one"), vec![]));
        let log = store.log_from(&good.attempt.unwrap(), 0, 9).unwrap();
        assert_eq!(log[0].bytes, b"line of one\n");
    }
}

#[test]
fn what_a_build_waits_for_in_a_file_of_the_third_schema_it_still_waits_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    for sql in [
        include_str!("../../src/migrations/0001.sql"),
        include_str!("schema1.sql"),
        include_str!("../../src/migrations/0002.sql"),
        include_str!("../../src/migrations/0003.sql"),
        "UPDATE meta SET value = '3' WHERE name = 'schema'; \
         UPDATE checks SET number = 4, running = 0, ended_ms = 1, error = NULL; \
         UPDATE resources SET on_demand = 1; \
         UPDATE builds SET status = 'pending', ready = 0, needs = (SELECT json_group_object(id, 5) FROM resources)",
    ] {
        old.execute_batch(sql).unwrap();
    }
    drop(old);
    let store = Store::open(&path).unwrap();
    let pipeline = store.pipeline("main", "shop").unwrap().unwrap();
    let job = store.jobs(&pipeline.id, Some("good")).unwrap().pop().unwrap();
    let why = store.why_facts(&job.id).unwrap().unwrap();
    assert_eq!(why.pending[0].waits_for.len(), 1, "{:?}", why.pending);
    let check = store.resources(&pipeline.id, None).unwrap().into_iter().find_map(|of| of.check).unwrap();
    let ended = |number| store.check_has_ended(&check, number).unwrap();
    assert_eq!((ended(4), ended(5)), (true, false));
}
