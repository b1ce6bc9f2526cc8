//! The pipeline in which a type is tried: text that declares the type and uses it once. Pure.

use crate::failure::Failure;
use crate::suggest::not_found;
use crate::terminal::clean;
use std::fmt::Write;

/// The name of all that the pipeline has once.
pub(super) const NAME: &str = "type-test";

/// What a type is a type of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `resource_type`
    Resource,
    /// `runner_type`
    Runner,
    /// `secret_type`
    Secret,
    /// `service_type`
    Service,
}

impl Kind {
    const ALL: [(&'static str, Self); 4] = [
        ("resource_type", Self::Resource),
        ("runner_type", Self::Runner),
        ("secret_type", Self::Secret),
        ("service_type", Self::Service),
    ];

    fn block(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map(|(block, _)| *block).unwrap_or_default()
    }
}

/// A type in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// What it is a type of.
    pub(super) kind: Kind,
    /// Whether the file holds nothing else, so that it can be the `source` of a type of any name.
    pub(super) is_alone: bool,
}

/// The type of that name in the text of a file. Where there is only one type its label does not count.
///
/// # Errors
/// There is none.
pub(super) fn find(text: &str, name: &str) -> Result<Found, Failure> {
    let blocks: Vec<_> = text.lines().filter_map(head).collect();
    let kind = |block: &str| Kind::ALL.iter().find(|(word, _)| *word == block).map(|(_, kind)| *kind);
    let types: Vec<_> = blocks.iter().filter_map(|(block, label)| Some((kind(block)?, *label))).collect();
    let is_alone = types.len() == 1 && blocks.len() == 1;
    let named = types.iter().find(|(_, label)| *label == name);
    match named.or(if is_alone { types.first() } else { None }) {
        Some((kind, _)) => Ok(Found { kind: *kind, is_alone }),
        None if types.is_empty() => Err(Failure::bad_input("the file holds no type")
            .hint("a type begins with `resource_type \"name\" {`, runner_type, secret_type or service_type")),
        None => {
            let names: Vec<String> = types.iter().map(|(_, label)| (*label).to_owned()).collect();
            Err(not_found(format!("the file holds no type `{}`", clean(name)), name, &names))
        }
    }
}

/// The word and the first label of a block that begins at the begin of a line.
fn head(line: &str) -> Option<(&str, &str)> {
    let word_end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let (word, rest) = line.split_at(word_end);
    let rest = rest.trim_start();
    let is_block = !word.is_empty() && (rest.starts_with('"') || rest.ends_with('{'));
    let label = rest.trim_start_matches('"').split(['"', ' ', '{']).next().unwrap_or_default();
    (is_block && !rest.starts_with('=')).then_some((word, label))
}

/// The text of the pipeline. With `source` it declares the type, which otherwise stands in the file that is loaded
/// beside it.
pub(super) fn text(kind: Kind, name: &str, source: Option<&str>, params: &[(String, String)]) -> String {
    let (own, config): (Vec<_>, Vec<_>) =
        params.iter().partition(|(key, _)| kind != Kind::Secret || matches!(key.as_str(), "path" | "key"));
    let mut out = String::new();
    if let Some(source) = source {
        let config = attributes(&config, 1);
        let _ =
            write!(out, "{} {} {{\n  source = {}\n{config}}}\n", kind.block(), quoted(name), quoted(source));
    }
    let name = quoted(name);
    let _ = match kind {
        Kind::Resource => write!(
            out,
            "resource {name} \"{NAME}\" {{\n  params {{\n{}  }}\n}}\n{}",
            attributes(&own, 2),
            job(&format!("  get {name} \"{NAME}\" {{\n    trigger = true\n  }}\n"))
        ),
        Kind::Runner => {
            let run = format!("    run {name} {{\n{}    }}\n", attributes(&own, 3));
            write!(out, "{}", job(&format!("  task \"{NAME}\" {{\n{run}  }}\n")))
        }
        Kind::Service => {
            let service = format!("  service {name} \"{NAME}\" {{\n{}  }}\n", attributes(&own, 2));
            let show = task(
                "exec",
                "path = \"/bin/sh\"\n      args = [\"-c\", \"env | grep ^SERVICE_ | sort\"]",
                "",
            );
            write!(out, "{}", job(&format!("{service}{show}")))
        }
        Kind::Secret => {
            let secret = format!("  secret {name} {{\n{}  }}\n", attributes(&own, 2));
            let env = "    env {\n      VALUE = var.type_test\n    }\n";
            let needs = task("exec", "path = \"true\"", env);
            write!(out, "variable \"type_test\" {{\n{secret}}}\n{}", job(&needs))
        }
    };
    out
}

fn job(steps: &str) -> String {
    format!("job \"{NAME}\" {{\n{steps}}}\n")
}

fn task(runner: &str, run: &str, more: &str) -> String {
    format!("  task \"variables\" {{\n    run \"{runner}\" {{\n      {run}\n    }}\n{more}  }}\n")
}

/// One attribute on each line.
fn attributes(params: &[&(String, String)], depth: usize) -> String {
    let indent = "  ".repeat(depth);
    params.iter().map(|(key, value)| format!("{indent}{key} = {}\n", expression(value))).collect()
}

/// A value: a list or an object as it is written in JSON, else a text.
fn expression(value: &str) -> String {
    let is_structured = value.trim_start().starts_with(['[', '{']);
    match is_structured && serde_json::from_str::<serde_json::Value>(value).is_ok() {
        true => value.to_owned(),
        false => quoted(value),
    }
}

/// A text in quotes, in which nothing is a template.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.replace("${", "$${").replace("%{", "%%{").chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_by_their_heads() {
        let one = "name = \"x\"\n\nservice_type \"pg\" {\n  start \"exec\" {\n  }\n}\n";
        let many = "resource_type \"a\" {\n}\nrunner_type b {\n}\njob \"c\" {\n}\n";
        for (text, name, expected) in [
            (one, "pg", Ok((Kind::Service, true))),
            (one, "other", Ok((Kind::Service, true))),
            (many, "a", Ok((Kind::Resource, false))),
            (many, "b", Ok((Kind::Runner, false))),
            (many, "c", Err("the file holds no type `c`")),
            ("job \"c\" {\n}\n", "c", Err("the file holds no type")),
            ("# resource_type \"a\" {\n", "a", Err("the file holds no type")),
        ] {
            let found =
                find(text, name).map(|found| (found.kind, found.is_alone)).map_err(|error| error.what);
            assert_eq!(found, expected.map_err(str::to_owned), "{text}: {name}");
        }
    }

    #[test]
    fn a_secret_has_its_place_in_the_variable_and_the_rest_in_its_type() {
        let params = [("path", "a/b"), ("address", "http://x")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let expected = "secret_type \"v\" {\n  source = \"v.hcl\"\n  address = \"http://x\"\n}\n\
            variable \"type_test\" {\n  secret \"v\" {\n    path = \"a/b\"\n  }\n}\n";
        assert!(text(Kind::Secret, "v", Some("v.hcl"), &params).starts_with(expected));
        assert!(!text(Kind::Secret, "v", None, &params).contains("secret_type"));
    }

    #[test]
    fn values_are_texts_that_mean_what_they_say() {
        for (value, expected) in [
            ("a \"b\" \\ ${x} %{y}\n", r#""a \"b\" \\ $${x} %%{y}\n""#),
            (r#"["main", "v*"]"#, r#"["main", "v*"]"#),
            ("[ -f x ]", r#""[ -f x ]""#),
            ("true", "\"true\""),
        ] {
            assert_eq!(expression(value), expected, "{value}");
        }
    }
}
