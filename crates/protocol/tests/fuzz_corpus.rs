//! The fuzz target `messages` on its corpus.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]
#![expect(clippy::print_stdout, reason = "shown where it fails: which input it was")]

#[path = "../../../fuzz/src/corpus.rs"]
mod corpus;
#[path = "../../../fuzz/src/messages.rs"]
mod messages;

#[test]
fn every_input_of_the_corpus_passes() {
    corpus::replay("messages", messages::run);
}
