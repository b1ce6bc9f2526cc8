//! Tries a secret type: runs its `get` as a task whose output nobody sees, and tells the keys of what it printed.

use super::Args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine::{self, Build, To};
use crate::terminal::{clean, print};
use pikoci_executor::Options;
use pikoci_plan::event::{Encoding, Event, Stream};
use pikoci_plan::plan::{Action, BuildPlan, Secret, SecretGet, Step, Task, Values};
use pikoci_plan::status::Outcome;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most bytes of what it prints that are looked at.
const MOST_BYTES: usize = 1 << 20;

/// Fetches the secret, and prints its keys.
pub(super) fn run(args: &Args, plan: BuildPlan) -> Result<Exit, Failure> {
    let get = plan.secrets.values().find_map(|secret| match secret {
        Secret::Fetched(get) => Some(get.clone()),
        Secret::Given => None,
    });
    let get = get.ok_or_else(|| Failure::bad_input("the type has no `get`"))?;
    let mut settings = args.environment.settings();
    let vault = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    settings.pass.extend(vault.filter(|name| name.starts_with("VAULT_")));
    settings.pass.append(&mut settings.secret_pass.clone());
    let (mut heard, plan) = (Heard::default(), fetching(plan, get));
    let ended = machine::run(settings, To::Aside, async |host| {
        let build = Build {
            plan,
            inputs: BTreeMap::new(),
            options: Options::default(),
            is_shown: false,
            opens_shells: false,
        };
        host.build(build, |event| heard.keep(event)).await
    })?;
    match (ended.outcome, object(&heard.printed)) {
        (Outcome::Succeeded, Some(object)) => {
            object.keys().try_for_each(|key| print(&format!("{}\n", clean(key))))?;
            Ok(Exit::Succeeded)
        }
        (Outcome::Succeeded, None) => Err(Failure::new(
            Exit::Failed,
            "its `get` printed no JSON object, neither in all nor on its last line",
        )),
        (Outcome::Cancelled, _) => Ok(Exit::Cancelled),
        (outcome, _) => {
            let why = heard.message.or(ended.message).unwrap_or_else(|| outcome.to_string());
            let text = format!("its `get` did not succeed: {}{}", clean(&why), log(&heard.printed));
            Err(Failure::new(Exit::of_build(outcome.as_str()), text))
        }
    }
}

/// A build that does nothing but to run the `get`.
fn fetching(plan: BuildPlan, get: SecretGet) -> BuildPlan {
    let mut env: Values =
        get.params.into_iter().map(|(key, value)| (format!("param_{key}"), value)).collect();
    env.extend(get.path.map(|path| ("param_path".to_owned(), path)));
    let action =
        Action::Task(Task { command: get.get, env, dir: None, inputs: Vec::new(), outputs: Vec::new() });
    let step = Step {
        id: 0,
        name: get.type_name,
        action,
        timeout_ms: get.timeout_ms,
        attempts: 1,
        backoff_ms: 0,
        allow_failure: false,
        hooks: Default::default(),
    };
    BuildPlan { steps: vec![step], ..plan }
}

/// What came of the `get`.
#[derive(Debug, Default)]
struct Heard {
    printed: Vec<u8>,
    message: Option<String>,
}

impl Heard {
    fn keep(&mut self, event: &Event) {
        match event {
            Event::Log(frame) if frame.stream == Stream::Output && frame.encoding == Encoding::Raw => {
                let room = MOST_BYTES.saturating_sub(self.printed.len()).min(frame.data.len());
                self.printed.extend_from_slice(&frame.data[..room]);
            }
            Event::StepEnded { message, .. } => self.message.clone_from(message),
            _ => {}
        }
    }
}

/// The object on the last line, or as the whole of what was printed.
fn object(printed: &[u8]) -> Option<Map<String, Value>> {
    let text = printed.trim_ascii();
    let last = text.rsplit(|byte| *byte == b'\n').next().unwrap_or(text);
    serde_json::from_slice(text).or_else(|_| serde_json::from_slice(last)).ok()
}

/// What was printed before anything that may be the secret.
fn log(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let lines = text.lines().take_while(|line| !line.contains(['{', '[']));
    lines.map(|line| format!("\n  {}", clean(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_values_are_never_told() {
        let keys =
            |text: &str| object(text.as_bytes()).map(|object| object.keys().cloned().collect::<Vec<_>>());
        assert_eq!(keys("fetching\n{\"b\":1,\"a\":\"x\"}\n"), Some(vec!["b".into(), "a".into()]));
        assert_eq!(keys("{\n\"a\": 1\n}"), Some(vec!["a".into()]));
        assert_eq!(keys("[1]"), None);
        assert_eq!(log(b"denied\n{\n\"a\":\"hunter2\"\n}\n"), "\n  denied");
    }
}
