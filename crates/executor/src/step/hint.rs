//! Hints for mistakes that everybody makes once.

use crate::files::{self, Found};
use crate::process::exit::Exit;
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
/// have missed a file while there is only one directory to look in.
pub(crate) fn missed_a_file(tail: &str, work: &Path) -> Option<String> {
    if !MISSING.iter().any(|words| tail.contains(words)) {
        return None;
    }
    match names(work).as_slice() {
        [only] if only.ends_with("/`") => {
            let dir = only.trim_matches('`').trim_end_matches('/');
            Some(format!("it ran in $WORKDIR, which holds only {only}; set `dir = \"{dir}\"`"))
        }
        _ => None,
    }
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

    #[test]
    fn our_binary_is_named_only_where_it_is_mounted() {
        let run = pikoci_plan::plan::Template { path: "docker".to_owned(), args: Vec::new() };
        let (stop, mounts, error_codes, params) = Default::default();
        let mut command = Command { runner: "docker".to_owned(), run, stop, mounts, error_codes, params };
        assert_eq!(missed_our_binary(&command, Exit::Code(127)), "");
        command.mounts.insert("PIKOCI".to_owned(), "/pikoci".to_owned());
        assert!(missed_our_binary(&command, Exit::Code(127)).contains("GNU C library"));
        assert_eq!(missed_our_binary(&command, Exit::Code(1)), "");
    }

    #[test]
    fn the_hint_names_the_only_directory() {
        let work = tempfile::tempdir().expect("a directory");
        assert_eq!(missed_a_file("make: *** No rule to make target", work.path()), None);
        fs::create_dir(work.path().join("app")).expect("made");
        let hint = missed_a_file("make: *** No rule to make target 'test'.", work.path()).expect("a hint");
        assert_eq!(hint, "it ran in $WORKDIR, which holds only `app/`; set `dir = \"app\"`");
        assert_eq!(missed_a_file("2 tests failed", work.path()), None);
        fs::write(work.path().join("other"), "").expect("written");
        assert_eq!(missed_a_file("not found", work.path()), None);
        assert_eq!(what_is_there(work.path()), ", which holds only `app/`, `other`");
    }
}
