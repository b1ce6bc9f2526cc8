//! Empty ledgers: making one costs more than a run with a used one that was emptied.

use crate::Options;
use pikoci_store::Store;
use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    static USED: RefCell<Option<Rc<Store>>> = const { RefCell::new(None) };
}

/// A statement for each table that empties it.
const EMPTY: &str = "SELECT 'DELETE FROM ' || name FROM sqlite_master WHERE type = 'table' \
     AND name NOT IN ('meta', 'counters')";

/// An empty ledger, with what is planted in it.
pub(crate) fn fresh(options: &Options) -> Rc<Store> {
    let used = USED.take().filter(|_| options.sabotage.is_empty());
    let store = used.unwrap_or_else(|| Rc::new(Store::memory().unwrap()));
    options.sabotage.iter().for_each(|sql| store.sabotage(sql).unwrap());
    store
}

/// Empties the ledger of a run in which all went well, for the next one.
pub(crate) fn keep(store: &Rc<Store>, options: &Options) {
    if options.sabotage.is_empty() {
        let all = store.inspect(EMPTY, &[]).unwrap().join("; ");
        store.sabotage(&format!("BEGIN; {all}; UPDATE counters SET value = 0; COMMIT")).unwrap();
        USED.set(Some(Rc::clone(store)));
    }
}
