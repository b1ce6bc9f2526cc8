//! The corpus of a target, for tests.

use std::fs;
use std::path::Path;

/// Calls `run` with each input of a target's corpus.
pub(crate) fn replay(target: &str, run: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // Without a fuzzer nothing else would say which input it was.
        println!("{}", path.display());
        run(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 0, "no corpus");
}
