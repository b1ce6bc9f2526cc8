//! The commands of the built-in types that need more than a shell: the resource types `git`, `fs` and
//! `trigger`, the secret types `vault`, `file` and `env`.
//!
//! The HCL files below `types/` call them as `"$PIKOCI" builtin TYPE COMMAND`. As every command of a type they read
//! their environment (`param_<key>`, `version_<key>`, `put_<key>`, `WORKDIR`, …), and answer with one line of JSON on
//! standard output; what they say for people goes to standard error.

mod answer;
mod call;
mod failure;
mod fs;
mod git;
mod http;
mod secret;
mod trigger;

pub use failure::Failure;

use call::Call;

/// The commands, each as the words that name it.
pub const COMMANDS: [[&str; 2]; 9] = [
    ["git", "check"],
    ["git", "pull"],
    ["git", "push"],
    ["fs", "check"],
    ["fs", "pull"],
    ["trigger", "push"],
    ["vault", "get"],
    ["file", "get"],
    ["env", "get"],
];

/// Runs the command that the words name, in the environment of this process.
///
/// # Errors
/// What kept it from doing what it was asked to, in words for people. They never hold a secret.
pub fn run(words: &[String]) -> Result<(), Failure> {
    let call = Call::of_this_process();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    dispatch(&call, &words).map_err(|failure| if failure.is_usage() { failure } else { failure.of(words[0]) })
}

fn dispatch(call: &Call, words: &[&str]) -> Result<(), Failure> {
    match *words {
        ["git", "check"] => answer::versions(&git::check(call)?),
        ["git", "pull"] => git::pull(call),
        ["git", "push"] => answer::versions(&git::push(call)?),
        ["git", "credential", operation] => git::credential(call, operation),
        ["fs", "check"] => answer::versions(&[fs::check(call)?]),
        ["fs", "pull"] => fs::pull(call),
        ["trigger", "push"] => answer::versions(&[trigger::push(call)?]),
        ["vault", "get"] => answer::secret(&secret::vault(call)?),
        ["file", "get"] => answer::secret(&secret::file(call)?),
        ["env", "get"] => answer::secret(&secret::env(call)?),
        _ => Err(Failure::usage(words)),
    }
}

#[cfg(test)]
mod tests {
    use super::COMMANDS;

    #[test]
    fn the_types_call_commands_that_there_are() {
        let types = concat!(env!("CARGO_MANIFEST_DIR"), "/../../types");
        let mut called = Vec::new();
        for kind in ["resource", "secret"] {
            for file in std::fs::read_dir(format!("{types}/{kind}")).unwrap().flatten() {
                let text = std::fs::read_to_string(file.path()).unwrap();
                let calls = text.split("builtin ").skip(1).filter_map(|rest| rest.split('"').next());
                called.extend(calls.map(str::to_owned));
            }
        }
        called.sort();
        let mut known = COMMANDS.map(|words| words.join(" "));
        known.sort();
        assert_eq!(called, known);
    }
}
