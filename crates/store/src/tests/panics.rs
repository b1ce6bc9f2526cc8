//! A panic within a transaction undoes it, and the ledger goes on.

use crate::Store;
use crate::db::{Db, values};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn write_and_panic(db: &Db) -> ! {
    db.execute("INSERT INTO meta (name, value) VALUES ('half', 'done')", &[]).unwrap();
    panic!("in the middle")
}

fn goes_on(what: &str, panics: impl FnOnce(&Store)) {
    let store = Store::memory().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| panics(&store))).is_err(), "{what}");
    assert_eq!(store.meta("half").unwrap(), None, "{what}");
    store.set_meta("name", "value").unwrap();
    store.reader().snapshot(|db| db.row("SELECT 1", values![], |_| Ok(()))).unwrap();
    assert_eq!(store.meta("name").unwrap().as_deref(), Some("value"), "{what}");
    assert_eq!(store.meta("half").unwrap(), None, "{what}");
}

#[test]
fn a_panic_in_a_transaction_undoes_it_and_no_more() {
    goes_on("a write", |store| store.write(|db| write_and_panic(db)).unwrap());
    goes_on("a part of one", |store| {
        store.write(|db| db.whole(|| write_and_panic(db))).unwrap();
    });
    goes_on("a rehearsal", |store| store.reader().rehearsal(|db| write_and_panic(db)).unwrap());
    goes_on("a read", |store| store.reader().snapshot(|_| panic!("in the middle")).unwrap());
}
