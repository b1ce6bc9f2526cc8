//! `runner "docker" { … }` inside a type: all its commands run with that runner instead of their own.

use super::command;
use super::reading::Reading;
use crate::diagnostic::Report;
use crate::late::Late;
use crate::pipeline::Command;
use crate::span::Spanned;

/// Replaces the runner of the commands, if the type says so. `None` if it cannot be done, which is reported.
pub(super) fn apply<'a>(
    reading: &Reading<'_>,
    commands: impl Iterator<Item = &'a mut Command>,
) -> Option<()> {
    let Some(block) = reading.only_block("runner") else { return Some(()) };
    let replacement = command::command(block, reading)?;
    for name in ["cmd", "path"] {
        if let Some(value) = replacement.params.get(name) {
            let message = format!("`runner` of {} gives no `{name}`: its commands do", reading.what);
            reading.sink.add(Report::error("value", value.span, message));
        }
    }
    for command in commands {
        if replace(command, &replacement).is_none() {
            let message = "how many `args` there are must be known when the pipeline is loaded, to run them with another runner";
            reading.sink.add(Report::error("value", command.span, message));
        }
    }
    Some(())
}

fn replace(command: &mut Command, by: &Command) -> Option<()> {
    let own = std::mem::replace(&mut command.params, by.params.clone());
    command.runner = by.runner.clone();
    let params = &mut command.params;
    match (by.runner.value == "exec", own.get("cmd")) {
        // A runner that starts what it is told takes the command as it is.
        (true, None) => params.extend(own),
        (true, Some(cmd)) => {
            let args = Late::List(vec![Late::from("-ec"), cmd.value.clone()]);
            params.insert("path".to_owned(), Spanned::new(Late::from("/bin/sh"), cmd.span));
            params.insert("args".to_owned(), Spanned::new(args, cmd.span));
        }
        (false, Some(cmd)) => {
            params.insert("cmd".to_owned(), cmd.clone());
        }
        (false, None) => {
            let Some(path) = own.get("path") else { return Some(()) };
            let cmd = script(&path.value, own.get("args").map(|args| &args.value))?;
            params.insert("cmd".to_owned(), Spanned::new(cmd, path.span));
        }
    }
    Some(())
}

/// What a shell runs to do the same as the command; `None` where the number of arguments is not known.
fn script(path: &Late, args: Option<&Late>) -> Option<Late> {
    let mut pieces = vec![Late::from("exec ")];
    quote(path, &mut pieces);
    let args = args.map_or(Some(Vec::new()), Late::elements)?;
    for arg in &args {
        pieces.push(Late::from(" "));
        quote(arg, &mut pieces);
    }
    Some(joined(pieces))
}

/// A word of the shell that stands for exactly that text.
fn quote(word: &Late, pieces: &mut Vec<Late>) {
    match word.literal().and_then(|value| value.to_text()) {
        Some(text) => pieces.push(Late::from(shell_quoted(&text).as_str())),
        None => pieces.extend([Late::from("'"), escaped(word), Late::from("'")]),
    }
}

fn escaped(text: &Late) -> Late {
    let args = vec![text.clone(), Late::from("'"), Late::from(QUOTE)];
    Late::Call { function: "replace".to_owned(), args }
}

/// A single quote within single quotes.
const QUOTE: &str = "'\\''";

fn shell_quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:=,@%+".contains(letter);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', QUOTE)),
    }
}

/// The pieces as one text: known, if all of them are.
fn joined(pieces: Vec<Late>) -> Late {
    let mut whole: Vec<Late> = Vec::new();
    for piece in pieces {
        let text = whole.last().and_then(Late::as_str).zip(piece.as_str()).map(|(a, b)| format!("{a}{b}"));
        match (text, whole.last_mut()) {
            (Some(text), Some(last)) => *last = Late::from(text.as_str()),
            _ => whole.push(piece),
        }
    }
    match whole.as_slice() {
        [Late::Literal(_)] => whole.remove(0),
        _ => Late::Template(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_quoted;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_quoted("/bin/sh"), "/bin/sh");
        assert_eq!(shell_quoted("a b"), "'a b'");
        assert_eq!(shell_quoted("it's $x"), r"'it'\''s $x'");
        assert_eq!(shell_quoted(""), "''");
    }
}
