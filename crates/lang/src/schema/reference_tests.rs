//! The page of the reference names what the grammars hold, and nothing that they do not.

use super::grammar::Grammar;
use super::*;
use crate::eval::functions;

const PAGE: &str = include_str!("../../../../docs/reference/language.md");

fn grammars() -> Vec<(&'static str, &'static Grammar)> {
    let mut all = vec![
        ("variable", &variable::GRAMMAR),
        ("variable", &variable::VALIDATION),
        ("secret", &secret::GRAMMAR),
        ("resource_type", &resource_type::GRAMMAR),
        ("resource", &resource::GRAMMAR),
        ("runner_type", &runner_type::GRAMMAR),
        ("runner_type", &runner_type::TEMPLATE),
        ("secret_type", &secret_type::GRAMMAR),
        ("service_type", &service_type::GRAMMAR),
        ("service_type", &command::READY_CHECK),
        ("service", &service::GRAMMAR),
        ("Types", &params::PARAM),
        ("job", &job::GRAMMAR),
    ];
    all.extend(step::grammars());
    all
}

/// The text below the heading of that name, up to the next one of the same or a higher level.
fn section(name: &str) -> String {
    let lines =
        PAGE.lines().skip_while(|line| line.trim_start_matches('#').trim() != name || !line.starts_with('#'));
    let mut lines = lines.peekable();
    let level = lines.peek().map_or(0, |line| line.bytes().take_while(|byte| *byte == b'#').count());
    assert!(level > 0, "the page has no heading `{name}`");
    let ends = |line: &str| {
        let own = line.bytes().take_while(|byte| *byte == b'#').count();
        own > 0 && own <= level && line.as_bytes().get(own) == Some(&b' ')
    };
    let first = lines.next().unwrap_or_default().to_owned();
    first + "\n" + &lines.take_while(|line| !ends(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_attribute_and_block_stands_in_the_section_of_its_block() {
    let mut missing = Vec::new();
    for (name, grammar) in grammars() {
        let section = section(name);
        let own = grammar.attributes.iter().chain(grammar.blocks);
        for word in own.filter(|word| !section.contains(&format!("`{word}"))) {
            missing.push(format!("{name}: `{word}`"));
        }
    }
    assert!(missing.is_empty(), "missing in docs/reference/language.md: {}", missing.join(", "));
}

#[test]
fn what_all_steps_take_has_a_section() {
    for (heading, grammar) in [("Every step", &step::OPTIONS), ("Hooks", &step::HOOKS)] {
        let section = section(heading);
        for word in grammar.attributes.iter().chain(grammar.blocks) {
            assert!(section.contains(&format!("`{word}`")), "{heading}: `{word}`");
        }
    }
}

#[test]
fn every_block_of_the_top_has_a_heading() {
    for word in top::GRAMMAR.blocks {
        section(word);
    }
}

#[test]
fn every_function_is_listed() {
    let section = section("Functions");
    for name in functions::all_names() {
        let listed = section.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| word == name);
        assert!(listed, "`{name}` is missing");
    }
}

#[test]
fn what_follows_later_is_listed() {
    let section = section("Not there yet");
    let mut all = grammars();
    all.push(("the top", &top::GRAMMAR));
    for (name, grammar) in all {
        for word in grammar.later {
            // What others have already is no word of its own here.
            let elsewhere =
                ["tags", "cache", "version", "runner", "params", "interval", "nullable", "ephemeral"];
            let of_steps = step::OPTIONS.attributes().contains(word) || step::OPTIONS.blocks().contains(word);
            assert!(
                elsewhere.contains(word) || of_steps || section.contains(&format!("`{word}`")),
                "{name}: `{word}`"
            );
        }
    }
}
