//! Secrets: fetched once, and seen nowhere.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Given, Options, Settings, Work};
use pikoci_lang::Value;
use pikoci_mask::Masker;
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Action, BuildPlan, Command, InParallel, Late, Put, Secret, SecretGet, Step};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::BuildValues;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::*;

/// Secrets of every shape.
const SHAPES: [(&str, &str); 4] = [
    ("plain", "hunter2-canary"),
    ("lines", "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA75\nq83vASNFZ4mrze8BI0\n-----END KEY-----"),
    ("quoted", "pä\"ss'w\\ö rd $HOME & <canary>"),
    ("encoded", "c2VjcmV0LWNhbmFyeQ=="),
];

fn secret(name: &str) -> Late {
    Late::Secret(name.to_owned())
}

/// A plan with secrets that were given.
fn given(plan: BuildPlan, secrets: &[(&str, &str)], options: Options) -> Work {
    let values = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let plan = BuildPlan {
        secrets: secrets.iter().map(|(name, _)| ((*name).to_owned(), Secret::Given)).collect(),
        ..plan
    };
    let options = Options { given: Given(values), ..options };
    Work::Build(Arc::new(plan), BuildValues::default(), options)
}

fn fetched(script: &str) -> SecretGet {
    SecretGet {
        type_name: "vault".to_owned(),
        get: sh(script),
        params: BTreeMap::new(),
        path: None,
        key: None,
        value_type: "string".to_owned(),
        timeout_ms: 60_000,
    }
}

fn fetching(plan: BuildPlan, secrets: Vec<(&str, SecretGet)>) -> BuildPlan {
    let secrets = secrets.into_iter().map(|(name, get)| (name.to_owned(), Secret::Fetched(get))).collect();
    BuildPlan { secrets, ..plan }
}

/// Every byte string of events that a person may see. Logs are put together: what a frame ends with goes on in the
/// next.
fn seen(ran: &Ran) -> Vec<Vec<u8>> {
    let mut logs: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let mut seen = Vec::new();
    for event in &ran.events {
        match event {
            Event::Log(frame) => logs.entry(frame.step).or_default().extend_from_slice(&frame.data),
            other => seen.push(format!("{other:?}").into_bytes()),
        }
    }
    seen.extend(logs.into_values());
    seen.extend(ran.executed.problems.iter().map(|problem| problem.clone().into_bytes()));
    seen
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Asserts that no form of the value is in what is seen, nor in any file below the directory.
fn assert_hidden(ran: &Ran, value: &str, home: &Path) {
    let mut masker = Masker::new();
    masker.add(value).expect("long enough");
    let everywhere = [seen(ran), files(home)].concat();
    for form in masker.forms() {
        for bytes in &everywhere {
            assert!(
                !holds(bytes, form),
                "{:?} in {:?}",
                String::from_utf8_lossy(form),
                String::from_utf8_lossy(bytes)
            );
        }
    }
}

/// What is in the files below a directory, and their names.
fn files(directory: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        found.push(entry.file_name().into_encoded_bytes());
        if entry.file_type().expect("known").is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(std::fs::read(entry.path()).unwrap_or_default());
        }
    }
    found
}

/// A script that writes `$S` in two pieces, cut at each place, with a pause that has them read apart.
const PIECES: &str = r#"
    n=${#S} at=1
    while [ $at -lt $n ]; do
      rest=$S; head=; i=0
      while [ $i -lt $at ]; do head="$head$(printf %.1s "$rest")"; rest=${rest#?}; i=$((i + 1)); done
      printf %s "$head"; sleep 0.002; printf '%s\n' "$rest"; at=$((at + 1))
    done"#;

#[tokio::test]
async fn a_secret_printed_in_any_form_and_in_pieces_is_not_seen() {
    let place = Place::new();
    for (shape, value) in SHAPES {
        let forms = "echo \"$S\"; printf %s \"$S\" | base64 -w0; echo; printf 'x%s' \"$S\" | base64 -w0; echo; printf 'xy%s' \"$S\" | base64; echo \"$S\" >&2";
        let url = with_env(
            task("url", sh("echo \"https://x/?q=$U\"; exit 0")),
            [("U", Late::Call { function: "urlencode".to_owned(), args: vec![secret("s")] })],
        );
        let mut first = task("forms", sh(&format!("{forms}\n{PIECES}")));
        first = with_env(first, [("S", secret("s"))]);
        let ran =
            run(&mut place.slot(), given(plan(vec![first, url]), &[("s", value)], Options::default())).await;
        assert_eq!(ran.outcome(), Outcome::Succeeded, "{shape}: {}", ran.text(0));
        assert!(ran.text(0).contains("***") && ran.text(1).contains("***"), "{shape}: {}", ran.text(1));
        assert_hidden(&ran, value, &place.path("home"));
    }
}

fn put(push: Command, attributes: BTreeMap<String, Late>) -> Step {
    step("put", Action::Put(Put { resource: resource("app"), push: Some(push), attributes }))
}

#[tokio::test]
async fn neither_messages_nor_outputs_nor_versions_show_a_secret() {
    let place = Place::new();
    let mut slot = place.slot();
    for (_, value) in SHAPES {
        let env = |step: Step| with_env(step, [("S", secret("s"))]);
        let oneline = value.lines().next().expect("a line");
        let note = Late::Template(vec!["of $TASK_OUT_KEY ".into(), secret("s")]);
        let attributes = || BTreeMap::from([("note".to_owned(), note.clone())]);
        let json = "printf '{\"ref\": \"%s\", \"%s\": \"x\"}\\n' \"$S\" \"$S\"";
        let push = sh(&format!(
            "echo \"$put_note\" >&2; S=$put_s; {}",
            if value.contains(['\n', '"', '\\']) { "true" } else { json }
        ));
        let mut with_s = attributes();
        with_s.insert("s".to_owned(), secret("s"));
        let out =
            env(task("out", sh("printf 'KEY=%s\\n' \"$(echo \"$S\" | head -n1)\" >\"$PIKOCI_OUTPUT\"")));
        let show = task("show", sh("echo \"${#TASK_OUT_KEY} $TASK_OUT_KEY\""));
        let missing = {
            let mut task = run_of(sh("true"));
            task.inputs = vec![secret("s")];
            step("missing", Action::Task(task))
        };
        let program = step(
            "program",
            Action::Task(run_of(Command {
                run: template("$path", &[]),
                params: BTreeMap::from([("path".to_owned(), secret("s"))]),
                ..sh("")
            })),
        );
        let mut steps = vec![out, show, put(push, with_s.clone())];
        for mut failing in [missing, program] {
            failing.allow_failure = true;
            steps.push(failing);
        }
        for shows_puts in [false, true] {
            let options = Options { shows_puts, ..Options::default() };
            let ran = run(&mut slot, given(plan(steps.clone()), &[("s", value)], options)).await;
            assert_hidden(&ran, value, &place.path("home"));
            assert_eq!(ran.text(1), "3 ***\n", "what a task hands on is masked: {oneline}");
        }
    }
}

#[tokio::test]
async fn no_argument_of_a_process_shows_what_is_passed_by_environment() {
    let place = Place::new();
    let value = "hunter2-canary";
    let look = sh(
        "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'hunter2[-]canary' || true; [ \"$S\" ] && echo set",
    );
    // A script with a secret in it is in a file for the owner alone.
    let script = Late::Template(vec!["stat -c %a \"$0\"; echo '".into(), secret("s"), "' | wc -c\n".into()]);
    let in_file = Command {
        run: template("/bin/sh", &["-e", "$cmd_file"]),
        params: BTreeMap::from([("cmd".to_owned(), script)]),
        ..sh("")
    };
    let steps = vec![with_env(task("look", look), [("S", secret("s"))]), task("script", in_file)];
    let ran = run(&mut place.slot(), given(plan(steps), &[("s", value)], Options::default())).await;
    assert_eq!((ran.text(0).as_str(), ran.text(1).as_str()), ("0\nset\n", "700\n15\n"));
    assert_hidden(&ran, value, &place.path("home"));
}

#[tokio::test]
async fn nothing_on_record_of_what_would_end_a_process_holds_a_secret() {
    let place = Place::new();
    let value = "hunter2-canary";
    let records = format!("cat '{}'/*; echo read", place.path("home/slots/0/stops").display());
    let mut command = sh(&records);
    command.params.insert("login".to_owned(), secret("s"));
    command.params.insert("handed".to_owned(), of_service("db", "password"));
    command.stop = Some(template("echo", &["$login", "$handed", "$step"]));
    let db = pikoci_plan::plan::Service {
        id: 0,
        name: "db".to_owned(),
        type_name: "db".to_owned(),
        params: BTreeMap::from([("password".to_owned(), secret("s"))]),
        sensitive: Vec::new(),
        start: None,
        ready_check: None,
        logs: None,
        stop: Some(exec("echo", &["$SERVICE_NAME"])),
        isolated: true,
        free_port: false,
        network: false,
        timeout_ms: 0,
    };
    let plan = numbered(BuildPlan { services: vec![db], ..plan(vec![task("t", command)]) });
    let ran = run(&mut place.slot(), given(plan, &[("s", value)], Options::default())).await;
    let text = ran.text(1);
    assert!(text.contains("\"stops\":\"command\"") && text.contains("\"stops\":\"service\""), "{text}");
    assert!(!text.contains("***"), "it was not even there to be masked: {text}");
}

#[tokio::test]
async fn a_secret_is_fetched_once_and_what_its_get_says_is_masked() {
    let place = Place::new();
    let lines = Lines::new(&place);
    let script = format!(
        "{}; echo \"the token is hunter2-canary\" >&2; echo fetching; echo '{{\"token\":\"hunter2-canary\",\"user\":\"ada\"}}'",
        lines.say("get $param_path")
    );
    let get = |key: &str| SecretGet { path: Some("app".into()), key: Some(key.into()), ..fetched(&script) };
    let use_it =
        |name: &str| with_env(task(name, sh("echo \"$S $U\"")), [("S", secret("s")), ("U", secret("u"))]);
    let steps = ["a", "b", "c"].map(use_it).to_vec();
    let steps =
        vec![step("in_parallel", Action::InParallel(InParallel { limit: 0, fail_fast: false, steps }))];
    let plan = fetching(plan(steps), vec![("s", get("token")), ("u", get("user"))]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?}", ran.story(&plan));
    assert_eq!(lines.read(), ["get app"]);
    let logs = [ran.text(1), ran.text(2), ran.text(3)].concat();
    assert_eq!(logs.matches("*** ada\n").count(), 3, "{logs}");
    assert_eq!(logs.matches("the token is ***\n").count(), 1, "{logs}");
    let notes = [ran.notes(1), ran.notes(2), ran.notes(3)].concat();
    assert_eq!(notes, "the value of the secret `u` is shorter than 4 characters, and is not masked\n");
    assert_hidden(&ran, "hunter2-canary", &place.path("home"));
}

#[tokio::test]
async fn of_an_empty_secret_it_is_said_that_it_is_empty() {
    let place = Place::new();
    let script = r#"false | sed 's/x/y/'; echo '{"token":""}'"#;
    let get = SecretGet { path: Some("app".into()), key: Some("token".into()), ..fetched(script) };
    let step = with_env(task("t", sh("echo \"<$S>\"")), [("S", secret("s"))]);
    let plan = fetching(plan(vec![step]), vec![("s", get)]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?}", ran.story(&plan));
    assert_eq!(ran.notes(0), "the value of the secret `s` is empty\n");
}

#[tokio::test]
async fn what_the_worker_gives_a_get_is_masked_and_given_to_nobody_else() {
    // SAFETY: the other tests of this binary read the environment only through std, which locks it.
    unsafe {
        std::env::set_var("VAULT_TOKEN", "root-canary");
        std::env::set_var("LENT", "lent-canary");
        std::env::set_var("VAULT_ADDR", "http://vault:8200");
    }
    let place = Place::with(Settings { secret_pass: vec!["LENT".to_owned()], ..Settings::default() });
    let get = fetched("echo \"$VAULT_ADDR $VAULT_TOKEN $LENT\" >&2; echo '{\"value\":\"fetched-canary\"}'");
    let step = with_env(task("t", sh("echo \"${VAULT_TOKEN-none} ${LENT-none} $S\"")), [("S", secret("s"))]);
    let ran = run(&mut place.slot(), work(&fetching(plan(vec![step]), vec![("s", get)]))).await;
    assert_eq!(ran.text(0), "http://vault:8200 *** ***\nnone none ***\n");
}

#[tokio::test]
async fn what_a_secret_needs_is_fetched_before_and_its_type_is_kept() {
    let place = Place::new();
    let token = fetched("echo '{\"value\":\"master-token\"}'");
    let list = SecretGet {
        params: BTreeMap::from([("token".to_owned(), secret("token"))]),
        value_type: "list(string)".to_owned(),
        ..fetched("[ \"$param_token\" = master-token ]; echo '{\"value\":[\"first-word\",\"second-word\"]}'")
    };
    let second = Late::Index { of: Box::new(secret("list")), key: Box::new(Late::Literal(Value::whole(1))) };
    let step = with_env(task("t", sh("echo \"$W\"; echo \"${#W} first-word\"")), [("W", second)]);
    let plan = fetching(plan(vec![step]), vec![("token", token), ("list", list)]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?}", ran.story(&plan));
    assert_eq!(ran.text(0), "***\n11 ***\n");
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_is_an_error_that_says_why() {
    let place = Place::with(Settings { grace: Duration::from_millis(200), ..Settings::default() });
    let cases = [
        (
            fetched("echo permission denied >&2; exit 2"),
            "the secret `s` could not be had from `vault`: exit code 2: permission denied",
        ),
        (fetched("echo nonsense"), "its `get` printed no JSON object"),
        (
            SecretGet { key: Some("pw".into()), ..fetched("echo '{\"a\":\"x\"}'") },
            "the secret `s` (vault) has no key `pw`; it has `a`",
        ),
        (
            SecretGet { timeout_ms: 200, ..fetched("sleep 1000") },
            "could not be had from `vault`: timed out after 200ms",
        ),
        (
            SecretGet { value_type: "list(string)".to_owned(), ..fetched("echo '{\"a\":\"hunter2\"}'") },
            "the value is no `list(string)`",
        ),
    ];
    for (get, message) in cases {
        let step = with_env(task("t", sh("true")), [("S", secret("s"))]);
        let plan = fetching(plan(vec![step]), vec![("s", get)]);
        let ran = run(&mut place.slot(), work(&plan)).await;
        let (status, told) = ran.steps()[0];
        assert!(
            told.is_some_and(|told| told.contains(message) && !told.contains("hunter2")),
            "{status} {told:?}"
        );
        assert_eq!(ran.outcome(), Outcome::Errored);
    }
    let step = || with_env(task("t", sh("true")), [("S", secret("s"))]);
    let plan_of = |timeout_ms| BuildPlan { timeout_ms, ..plan(vec![step()]) };
    let ran = run(&mut place.slot(), work(&fetching(plan_of(200), vec![("s", fetched("sleep 1000"))]))).await;
    assert_eq!(ran.outcome(), Outcome::Failed, "the job's limit is the user's own: {:?}", ran.steps());
    let plan = BuildPlan { secrets: BTreeMap::from([("s".to_owned(), Secret::Given)]), ..plan_of(0) };
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert!(ran.steps()[0].1.expect("told").contains("`PIKOCI_VAR_s`"), "{:?}", ran.steps());
}

#[tokio::test]
async fn a_check_s_error_and_versions_are_masked() {
    let place = Place::new();
    let value = "hunter2-canary";
    for script in [
        "echo \"$param_token\"",
        "echo \"bad $param_token\" >&2; exit 1",
        "printf '[{\"ref\":\"%s\",\"%s\":\"b\"}]' \"$param_token\" \"$param_token\"",
        "printf '%194s%s' x \"$param_token\"",
    ] {
        let Work::Check(mut plan, values, _) = check(sh(script)) else { unreachable!("a check") };
        plan.resource.params.insert("token".to_owned(), secret("s"));
        plan.secrets.insert("s".to_owned(), Secret::Given);
        let given = Given(BTreeMap::from([("s".to_owned(), value.to_owned())]));
        let ran = run(&mut place.slot(), Work::Check(plan, values, given)).await;
        assert_hidden(&ran, value, &place.path("home"));
        let shown = seen(&ran).concat();
        assert!(holds(&shown, b"***"), "{script}: {}", String::from_utf8_lossy(&shown));
        assert!(!holds(&shown, b"hunter"), "not a part of it either: {script}");
    }
}

/// The most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("there");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("told");
    line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok()).expect("a number") * 1024
}

/// As a test of the release build: `cargo test --release -p pikoci-executor --test secrets -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "writes 2 GB: takes some minutes without optimization"]
async fn memory_does_not_grow_with_what_is_written() {
    let place = Place::with(Settings { log_limit: u64::MAX, ..Settings::default() });
    for (what, script) in [
        ("lines", "yes 'a line of forty-eight characters, and its end.' | head -c 1000000000"),
        ("one line", "head -c 1000000000 /dev/zero | tr '\\0' h"),
    ] {
        let before = peak();
        let (_cancel, cancelled) = tokio::sync::watch::channel(pikoci_executor::Cancel::No);
        let (events, mut received) = tokio::sync::mpsc::channel(16);
        let step = with_env(task("t", sh(script)), [("S", secret("s"))]);
        let work = given(plan(vec![step]), &[("s", "hhhhunter2-canary")], Options::default());
        let (mut slot, id) = (place.slot(), attempt());
        let count = async {
            let mut bytes = 0_u64;
            while let Some(event) = received.recv().await {
                if let Event::Log(frame) = event {
                    bytes += u64::from(frame.length);
                }
            }
            bytes
        };
        let (executed, bytes) =
            tokio::join!(pikoci_executor::execute(&mut slot, &id, work, events, cancelled), count);
        assert_eq!((executed.outcome, bytes), (Outcome::Succeeded, 1_000_000_000), "{what}");
        let grown = peak() - before;
        println!(
            "{what}: 1 GB written, peak memory {} MiB, of which {} KiB are new",
            peak() >> 20,
            grown >> 10
        );
        assert!(grown < 64 << 20, "{what}: {grown} bytes");
    }
}
