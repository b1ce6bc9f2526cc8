//! The page is the table: each block of it is played.

use crate::case::play;

const PAGE: &str = include_str!("../../../../docs/reference/input-sets.md");

/// The cases: their title, which is the comment above them, and their lines.
fn cases() -> Vec<(String, Vec<&'static str>)> {
    let mut cases: Vec<(String, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in PAGE.lines() {
        match line {
            "```case" => inside = true,
            "```" => inside = false,
            _ if !inside || line.trim().is_empty() => {}
            _ => match (line.strip_prefix("# "), cases.last_mut()) {
                (Some(title), Some((before, lines))) if lines.is_empty() => {
                    *before = format!("{before} {title}");
                }
                (Some(title), _) => cases.push((title.to_owned(), Vec::new())),
                (None, Some((_, lines))) => lines.push(line),
                (None, None) => panic!("a line without a title: {line}"),
            },
        }
    }
    cases
}

#[test]
fn every_case_of_the_page_is_so() {
    let mut wrong = String::new();
    for (title, lines) in cases() {
        let differing = play(&lines);
        if !differing.is_empty() {
            wrong += &format!("\n# {title}\n  {}\n", differing.join("\n  "));
        }
    }
    assert!(wrong.is_empty(), "docs/reference/input-sets.md:\n{wrong}");
}

#[test]
fn the_page_says_enough() {
    let cases = cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    assert!(cases.iter().filter(|(title, _)| title.starts_with("differs:")).count() >= 5);
    assert!(cases.iter().all(|(_, lines)| lines.iter().any(|line| line.contains("=>"))));
}
