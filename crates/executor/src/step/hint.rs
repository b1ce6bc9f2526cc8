//! Hints for mistakes that everybody makes once.

use crate::files::{self, Found};
use crate::process::exit::Exit;
use pikoci_lang::Late;
use pikoci_plan::plan::Command;
use std::fs;
use std::path::Path;

/// The most names that are listed.
const NAMES: usize = 5;

/// What programs say when they miss a file.
const MISSING: [&str; 6] = [
    "No such file or directory",
    "no such file or directory",
    "not found",
    "No rule to make target",
    "no makefile found",
    "does not exist",
];

/// `, which holds only …`, of a directory; nothing of one with many entries.
pub(crate) fn what_is_there(directory: &Path) -> String {
    match files::look(directory) {
        Found::Empty => return ", which is empty: does the job `get` anything before?".to_owned(),
        Found::Nothing | Found::Closed | Found::Other => return String::new(),
        Found::Filled => {}
    }
    let names = names(directory);
    if names.len() > NAMES { String::new() } else { format!(", which holds only {}", names.join(", ")) }
}

/// The hint for a command that failed in `$WORKDIR` itself and whose last words were `tail`, if it seems to
/// have missed a file while there is only one directory to look in, and it did not look there.
pub(crate) fn missed_a_file(tail: &str, work: &Path, command: &Command) -> Option<String> {
    if !MISSING.iter().any(|words| tail.contains(words)) {
        return None;
    }
    match names(work).as_slice() {
        [only] if only.ends_with("/`") => {
            let dir = only.trim_matches('`').trim_end_matches('/');
            let hint = || format!("it ran in $WORKDIR, which holds only {only}; set `dir = \"{dir}\"`");
            (!goes_to(command, dir)).then(hint)
        }
        _ => None,
    }
}

/// Whether the command names the directory as one that it goes to or looks into: `cd app`, `-C app`, `app/x`.
fn goes_to(command: &Command, dir: &str) -> bool {
    let ways = ["cd ", "cd \"", "-C "].map(|way| format!("{way}{dir}"));
    let inside = format!("{dir}/");
    command.params.values().any(|value| {
        let text = value.as_str().unwrap_or_default();
        let elements = value.elements().unwrap_or_default();
        ways.iter().chain([&inside]).any(|way| text.contains(way))
            || elements.iter().filter_map(Late::as_str).any(|text| text == dir || text.contains(&inside))
    })
}

/// What to add where a command of a type could not start a program in another place than the host: it may well
/// have been our binary.
pub(crate) fn missed_our_binary(command: &Command, exit: Exit) -> &'static str {
    let is_missing = matches!(exit, Exit::Code(126 | 127)) && command.mounts.contains_key("PIKOCI");
    if is_missing { "; if it was `$PIKOCI`: that needs the GNU C library in the image" } else { "" }
}

/// The names in a directory, directories with a slash, at most one more than are listed.
fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let name = |entry: fs::DirEntry| {
        let slash = if entry.path().is_dir() { "/" } else { "" };
        format!("`{}{slash}`", entry.file_name().to_string_lossy())
    };
    let mut names: Vec<_> = entries.flatten().take(NAMES + 1).map(name).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(params: pikoci_plan::plan::Values) -> Command {
        let run = pikoci_plan::plan::Template { path: "docker".to_owned(), args: Vec::new() };
        let (stop, mounts, error_codes) = Default::default();
        Command { runner: "docker".to_owned(), run, stop, mounts, error_codes, params }
    }

    #[test]
    fn our_binary_is_named_only_where_it_is_mounted() {
        let mut command = command(Default::default());
        assert_eq!(missed_our_binary(&command, Exit::Code(127)), "");
        command.mounts.insert("PIKOCI".to_owned(), "/pikoci".to_owned());
        assert!(missed_our_binary(&command, Exit::Code(127)).contains("GNU C library"));
        assert_eq!(missed_our_binary(&command, Exit::Code(1)), "");
    }

    #[test]
    fn the_hint_names_the_only_directory() {
        let work = tempfile::tempdir().expect("a directory");
        let script = |text: &str| command([("cmd".to_owned(), Late::from(text))].into());
        let missed = |tail: &str, text: &str| missed_a_file(tail, work.path(), &script(text));
        assert_eq!(missed("make: *** No rule to make target", "make"), None);
        fs::create_dir(work.path().join("app")).expect("made");
        let hint = missed("make: *** No rule to make target 'test'.", "make # app").expect("a hint");
        assert_eq!(hint, "it ran in $WORKDIR, which holds only `app/`; set `dir = \"app\"`");
        assert_eq!(missed("2 tests failed", "make"), None);
        for there in ["cd app && go test", "make -C app", "cat app/x"] {
            assert_eq!(missed("go: not found", there), None, "{there}");
        }
        fs::write(work.path().join("other"), "").expect("written");
        assert_eq!(missed("not found", "make"), None);
        assert_eq!(what_is_there(work.path()), ", which holds only `app/`, `other`");
    }
}
