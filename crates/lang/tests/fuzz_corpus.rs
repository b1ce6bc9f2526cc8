//! The fuzz target `load` on its corpus.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]
#![expect(clippy::print_stdout, reason = "shown where it fails: which input it was")]

#[path = "../../../fuzz/src/corpus.rs"]
mod corpus;
#[path = "../../../fuzz/src/load.rs"]
mod load;

#[test]
fn every_input_of_the_corpus_passes() {
    corpus::replay("load", load::run);
}
