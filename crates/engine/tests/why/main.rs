//! Why a job does not run: a table of state → sentence → what unblocks it, which is also a page of the reference.

mod states;
mod table;

use states::facts;
use std::fmt::Write;
use table::TABLE;

const PAGE: &str = "../../docs/reference/why.md";
const MARK: &str =
    "<!-- From here on this page is made from the tests: UPDATE_DOCS=1 cargo test -p pikoci-engine -->\n";

#[test]
fn each_state_has_its_sentence() {
    for (state, build, sentence, unblock) in TABLE {
        let reasons = pikoci_engine::why::why(&facts(*build));
        assert_eq!(reasons[0].to_string(), *sentence, "{state}: {reasons:?}");
        assert_eq!(reasons[0].unblock().unwrap_or_default(), *unblock, "{state}");
    }
}

/// Who triggered a build is not told to trigger one.
#[test]
fn a_build_that_waits_is_not_told_how_to_start() {
    let reasons = pikoci_engine::why::why(&facts(|facts| {
        states::first(facts).trigger = false;
        states::pending(facts);
        facts.workers.clear();
    }));
    let sentences: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    assert_eq!(sentences, ["#8 waits for a worker, and there is none"]);
}

/// A build whose versions are chosen in the next turn.
#[test]
fn there_is_always_a_reason() {
    let reasons = pikoci_engine::why::why(&facts(|facts| {
        states::first(facts).trigger = false;
        states::pending(facts).ready = false;
    }));
    let sentences: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    assert_eq!(sentences, ["#8 starts in a moment"]);
}

#[test]
fn the_page_shows_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, _) = page.split_once(MARK).unwrap();
    let mut made = format!("{head}{MARK}\n| when | it says | to go on |\n| --- | --- | --- |\n");
    for (state, _, sentence, unblock) in TABLE {
        let code = |text: &str| text.replace('|', "\\|");
        writeln!(made, "| {state} | {} | {} |", code(sentence), code(unblock)).unwrap();
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    } else {
        assert!(made == page, "docs/reference/why.md is old: run UPDATE_DOCS=1 cargo test -p pikoci-engine");
    }
}
