//! Services: started before the steps, heard all the while, stopped whatever happens.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Home, Settings, execute};
use pikoci_plan::plan::{BuildPlan, Command, Hooks, Late, ReadyCheck, Service, Step};
use pikoci_plan::status::Outcome;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use support::*;
use tokio::sync::{mpsc, watch};

/// A service that does nothing.
fn service(name: &str) -> Service {
    Service {
        id: 0,
        name: name.to_owned(),
        type_name: format!("type-of-{name}-{}", std::process::id()),
        params: BTreeMap::new(),
        sensitive: Vec::new(),
        start: None,
        ready_check: None,
        logs: None,
        stop: None,
        isolated: true,
        free_port: false,
        network: false,
        timeout_ms: 0,
    }
}

/// A service whose commands say that they run.
fn talkative(name: &str, lines: &Lines) -> Service {
    Service {
        start: Some(sh(&lines.say(&format!("{name} start")))),
        ready_check: Some(ready(sh(&lines.say(&format!("{name} ready"))))),
        stop: Some(sh(&lines.say(&format!("{name} stop")))),
        ..service(name)
    }
}

fn ready(command: Command) -> ReadyCheck {
    ReadyCheck { command, timeout_ms: 60_000, interval_ms: 10 }
}

fn beside(services: Vec<Service>, steps: Vec<Step>) -> BuildPlan {
    numbered(BuildPlan { services, ..plan(steps) })
}

fn impatient() -> Place {
    fake_engine();
    Place::with(Settings { grace: Duration::from_millis(200), ..Settings::default() })
}

/// A client of an engine that writes down what it is given.
const ENGINE: &str = "#!/bin/sh\necho \"$*\" >>\"${0%/*}/log\"\n";

/// Puts a client of an engine first in `PATH`, for all tests of this file.
fn fake_engine() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        // Nothing would remove a temporary directory that outlives the last test.
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-of-services");
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("made");
        let client = directory.join("docker");
        std::fs::write(&client, ENGINE).expect("written");
        std::fs::set_permissions(&client, std::fs::Permissions::from_mode(0o755)).expect("set");
        let path = std::env::var("PATH").expect("a PATH");
        // SAFETY: every test of this file calls this before it opens a home, and others read the environment only
        // through std, which locks it.
        unsafe { std::env::set_var("PATH", format!("{}:{path}", directory.display())) };
        directory
    };
    MADE.get_or_init(make)
}

#[tokio::test]
async fn services_start_in_order_and_stop_last_in_the_other_order() {
    let place = impatient();
    let lines = Lines::new(&place);
    let hooks = Hooks { ensure: vec![hook("ensure", sh(&lines.say("ensure")))], ..Hooks::default() };
    let services = vec![talkative("a", &lines), talkative("b", &lines)];
    let plan = numbered(BuildPlan { hooks, ..beside(services, vec![task("t", sh(&lines.say("task")))]) });
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.result(), (Outcome::Succeeded, None));
    let mut said = lines.read();
    let place_of = |line: &str| lines.read().iter().position(|said| said == line).expect("said");
    assert!(place_of("a start") < place_of("a ready") && place_of("a start") < place_of("b start"));
    said.retain(|line| !line.ends_with("ready"));
    assert_eq!(said, ["a start", "b start", "task", "ensure", "b stop", "a stop"]);
    let story = ["a", "b", "t", "t succeeded", "ensure", "ensure succeeded", "a succeeded", "b succeeded"];
    assert_eq!(ran.story(&plan), story);
    assert!(ran.executed.problems.is_empty(), "{:?}", ran.executed.problems);
}

#[tokio::test]
async fn what_a_service_says_is_log_also_before_it_is_ready() {
    let place = impatient();
    // More than a pipe holds, before it is ready and after.
    let talk = |file: &Path| format!("head -c 300000 /dev/zero | tr '\\0' x; touch '{}'", file.display());
    let (up, asked) = (place.path("up"), place.path("asked"));
    let server = format!(
        "({}; while ! [ -e '{}' ]; do sleep 0.01; done; {}; echo end) &",
        talk(&up),
        asked.display(),
        talk(&place.path("done"))
    );
    let loud = Service {
        start: Some(sh(&server)),
        ready_check: Some(ready(sh(&format!("echo never shown; test -e '{}'", up.display())))),
        stop: Some(sh("true")),
        ..service("loud")
    };
    let asks = format!(
        "touch '{}'; while ! [ -e '{}' ]; do sleep 0.01; done",
        asked.display(),
        place.path("done").display()
    );
    let plan = beside(vec![loud], vec![task("t", sh(&asks))]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?}", ran.story(&plan));
    let text = ran.text(0);
    assert_eq!((text.matches('x').count(), text.ends_with("end\n")), (600_000, true));
    assert_eq!((text.contains("never shown"), ran.notes(0).as_str()), (false, ""));
    ran.assert_log_is_gapless(0);
}

#[tokio::test]
async fn its_own_logs_command_is_heard_until_it_is_stopped() {
    let place = impatient();
    let stopped = place.path("stopped");
    let logs = format!(
        "echo \"hears $SERVICE_NAME $param_user\"; while ! [ -e '{}' ]; do sleep 0.01; done; echo bye",
        stopped.display()
    );
    let heard = Service {
        params: BTreeMap::from([("user".to_owned(), "ada".into())]),
        logs: Some(sh(&logs)),
        stop: Some(sh(&format!("touch '{}'", stopped.display()))),
        ..service("heard")
    };
    let ran = run(&mut place.slot(), work(&beside(vec![heard], vec![task("t", sh("true"))]))).await;
    assert_eq!((ran.outcome(), ran.text(0).as_str()), (Outcome::Succeeded, "hears heard ada\nbye\n"));

    let endless = Service { logs: Some(sh("while :; do echo tick; sleep 0.1; done")), ..service("endless") };
    let ran = run(&mut place.slot(), work(&beside(vec![endless], vec![task("t", sh("true"))]))).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "one that does not end is ended");
    assert!(ran.text(0).starts_with("tick\n"));
}

#[tokio::test]
async fn all_of_its_commands_get_the_same_and_the_stop_nothing_that_must_not_be_seen() {
    let place = impatient();
    let lines = Lines::new(&place);
    let say = |what: &str| {
        lines.say(&format!("{what} $SERVICE_NAME $param_user ${{param_password-none}} ${{param_token-none}} $param_port $SERVICE_ID ${{WORKDIR:+work}} $BUILD_JOB_NAME"))
    };
    let db = Service {
        params: BTreeMap::from([
            ("user".to_owned(), "ada".into()),
            ("password".to_owned(), "postgres".into()),
            ("token".to_owned(), Late::Secret("token".to_owned())),
        ]),
        sensitive: vec!["password".to_owned()],
        start: Some(sh(&say("start"))),
        ready_check: Some(ready(sh(&say("ready")))),
        stop: Some(sh(&say("stop"))),
        free_port: true,
        ..service("db")
    };
    let mut plan = beside(vec![db], vec![]);
    plan.secrets.insert("token".to_owned(), pikoci_plan::plan::Secret::Given);
    let given = pikoci_executor::Given(BTreeMap::from([("token".to_owned(), "hunter2".to_owned())]));
    let options = pikoci_executor::Options { given, ..Default::default() };
    let work = pikoci_executor::Work::Build(std::sync::Arc::new(plan), Default::default(), options);
    let ran = run(&mut place.slot(), work).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
    let lines: Vec<Vec<String>> =
        lines.read().iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect();
    let (port, id) = (&lines[0][5], &lines[0][6]);
    assert!(port.parse::<u16>().is_ok(), "{lines:?}");
    for (line, what) in lines.iter().zip(["start", "ready"]) {
        assert_eq!(line[..], [what, "db", "ada", "postgres", "hunter2", port, id, "work", "test"]);
    }
    assert_eq!(lines[2][..], ["stop", "db", "ada", "none", "none", port, id, "", "test"]);
}

#[tokio::test]
async fn steps_learn_where_a_service_is() {
    let place = impatient();
    let db = Service {
        params: BTreeMap::from([("user".to_owned(), "ada".into()), ("host".to_owned(), "elsewhere".into())]),
        start: Some(sh("printf 'PORT=4711\\nNETWORK_PORT=5432\\nurl=x://y\\n' >\"$PIKOCI_OUTPUT\"")),
        network: true,
        ..service("my-db")
    };
    let look = "echo $SERVICE_MY_DB_HOST $SERVICE_MY_DB_PORT $SERVICE_MY_DB_USER $SERVICE_MY_DB_URL $AT";
    let at = Late::Template(vec![of_service("my-db", "host"), ":".into(), of_service("my-db", "port")]);
    let outside = with_env(task("outside", sh(look)), [("AT", at.clone())]);
    // A runner that joins the network, without an engine: its `$network` shows what it was given.
    let mut joined = sh(look);
    joined.run =
        template("/bin/sh", &["-ec", "shift; echo \"$*\"; exec \"$@\"", "x", "$network", "$path", "$args"]);
    joined.run.args[1] = "echo \"$1 ${2%%-*}\"; shift 2; exec \"$@\"".to_owned();
    let inside = with_env(task("inside", joined), [("AT", at)]);
    let plan = beside(vec![db], vec![outside, inside]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?} {}", ran.story(&plan), ran.text(2));
    assert_eq!(ran.text(1), "127.0.0.1 4711 ada x://y 127.0.0.1:4711\n");
    assert_eq!(ran.text(2), "--network pikoci\nmy-db 5432 ada x://y my-db:5432\n");
}

#[tokio::test]
async fn a_service_that_does_not_come_up_is_trouble_of_the_infrastructure_and_is_stopped() {
    let place = impatient();
    type Change = fn(&mut Service);
    let cases: [(Change, &str); 7] = [
        (
            |it| it.start = Some(sh("echo no disk >&2; exit 3")),
            "it could not be started: exit code 3: no disk",
        ),
        (
            |it| it.start = Some(exec("no-such-program", &[])),
            "runner `exec`: program `no-such-program` was not found",
        ),
        (
            |it| {
                it.timeout_ms = 300;
                it.start = Some(sh("echo pulling; sleep 1000"));
            },
            "it was not started within 300ms: pulling",
        ),
        (
            |it| it.ready_check = Some(ReadyCheck { timeout_ms: 1_000, ..ready(sh("echo not yet; exit 1")) }),
            "it was not ready within 1s; its `ready_check` says: exit code 1: not yet",
        ),
        (
            |it| {
                it.timeout_ms = 1_000;
                it.ready_check = Some(ready(sh("echo hangs; sleep 1000")));
            },
            "it was not ready within 1s; its `ready_check` says: timed out after 1s: hangs",
        ),
        (
            |it| {
                it.timeout_ms = 1_000;
                it.ready_check = Some(ready(sh("if mkdir asked; then echo refused; exit 1; fi; sleep 1000")));
            },
            "it was not ready within 1s; its `ready_check` says: exit code 1: refused",
        ),
        (
            |it| it.ready_check = Some(ready(sh("echo its container has ended; exit 125"))),
            "it cannot be used; its `ready_check` says: exit code 125: its container has ended",
        ),
    ];
    for (change, message) in cases {
        let lines = Lines::new(&place);
        let _ = std::fs::remove_file(place.path("lines"));
        let mut it = Service { stop: Some(sh(&lines.say("stop"))), ..service("it") };
        change(&mut it);
        let hooks = Hooks { on_error: vec![hook("h", sh(&lines.say("on_error")))], ..Hooks::default() };
        let other = talkative("other", &lines);
        let mut plan = beside(vec![it, other], vec![task("t", sh("true"))]);
        (plan.hooks, plan.steps[0].id) = (hooks, 0);
        let plan = numbered(plan);
        let ran = run(&mut place.slot(), work(&plan)).await;
        assert_eq!(ran.result(), (Outcome::Errored, None), "{message}");
        let story = ran.story(&plan);
        let told = story.iter().find(|line| line.starts_with("it errored: ")).expect("told");
        assert!(told.contains(message), "{told}");
        assert!(story.contains(&"t skipped".to_owned()), "{story:?}");
        let said = lines.read();
        assert!(
            said.ends_with(&["on_error".to_owned(), "stop".to_owned()])
                || said.ends_with(&["other stop".to_owned(), "stop".to_owned()]),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn after_one_that_cannot_be_started_no_other_is() {
    let place = impatient();
    let lines = Lines::new(&place);
    let broken = Service { start: Some(sh("exit 1")), ..talkative("broken", &lines) };
    let plan = beside(vec![talkative("first", &lines), broken, talkative("last", &lines)], vec![]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Errored);
    let mut said = lines.read();
    said.retain(|line| !line.ends_with("ready"));
    assert_eq!(said, ["first start", "broken stop", "first stop"]);
    let story = ran.story(&plan);
    assert!(
        story[story.len() - 3..]
            .iter()
            .zip(["first succeeded", "broken errored", "last skipped"])
            .all(|(line, start)| line.starts_with(start)),
        "{story:?}"
    );
}

#[tokio::test]
async fn services_are_stopped_whatever_ends_the_build() {
    let place = impatient();
    for (how, outcome) in [
        ("fails", Outcome::Failed),
        ("cancel", Outcome::Cancelled),
        ("stop", Outcome::Errored),
        ("twice", Outcome::Cancelled),
        ("time", Outcome::Failed),
        ("deaf", Outcome::Cancelled),
    ] {
        let lines = Lines::new(&place);
        let _ = std::fs::remove_file(place.path("lines"));
        let script = if how == "fails" { "exit 1" } else { "echo ready; sleep 1000" };
        let plan = beside(vec![talkative("a", &lines)], vec![task("t", sh(script))]);
        let plan = BuildPlan { timeout_ms: if how == "time" { 1_000 } else { 0 }, ..plan };
        let (cancel, cancelled) = watch::channel(Cancel::No);
        let (events, mut received) = mpsc::channel(16);
        let mut slot = place.slot();
        let id = attempt();
        let listen = async {
            while let Some(event) = received.recv().await {
                match how {
                    "cancel" if says(&event, b"ready") => drop(cancel.send_replace(Cancel::Now)),
                    "stop" if says(&event, b"ready") => drop(cancel.send_replace(Cancel::Stop)),
                    "twice" if says(&event, b"ready") => drop(cancel.send_replace(Cancel::SkipHooks)),
                    "deaf" if says(&event, b"ready") => received.close(),
                    _ => {}
                }
            }
        };
        let (executed, ()) = tokio::join!(execute(&mut slot, &id, work(&plan), events, cancelled), listen);
        assert_eq!((executed.outcome, executed.problems), (outcome, Vec::<String>::new()), "{how}");
        assert_eq!(lines.read().last().map(String::as_str), Some("a stop"), "{how}");
        slot.clear(&id).expect("cleared");
    }
}

#[tokio::test]
async fn a_cancel_while_services_start_ends_that_and_stops_them() {
    let place = impatient();
    let lines = Lines::new(&place);
    let never = Service { ready_check: Some(ready(sh("exit 1"))), ..talkative("never", &lines) };
    let slow = Service { start: Some(sh("echo ready; sleep 1000")), ..talkative("slow", &lines) };
    let plan = beside(vec![never, slow], vec![task("t", sh("true"))]);
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let ran = run_with(&mut place.slot(), work(&plan), cancelled, |event| {
        if says(event, b"ready") {
            cancel.send_replace(Cancel::Now);
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Cancelled);
    assert_eq!(lines.read(), ["never start", "slow stop", "never stop"]);
}

#[tokio::test]
async fn a_stop_that_fails_is_told_and_stays_on_record() {
    let place = impatient();
    let sweeps = Lines::new(&place);
    let stop = format!(
        "{}; [ -e '{}' ]",
        sweeps.say("stop $SERVICE_NAME $param_user"),
        place.path("works").display()
    );
    let mut stubborn = service("stubborn");
    stubborn.params.insert("user".to_owned(), "ada".into());
    // A runner with a script in a file: that too must be there for a sweep.
    stubborn.stop = Some(Command {
        run: template("/bin/sh", &["-e", "$cmd_file"]),
        params: BTreeMap::from([("cmd".to_owned(), stop.as_str().into())]),
        ..sh("")
    });
    let plan = beside(vec![stubborn], vec![task("t", sh("rm -rf \"$SCRATCH\" \"$WORKDIR\""))]);
    let mut slot = place.slot();
    let ran = run(&mut slot, work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "that is no fault of the job's");
    assert!(
        ran.executed.problems[0].contains("the service `stubborn` could not be stopped"),
        "{:?}",
        ran.executed.problems
    );
    assert!(ran.story(&plan).last().expect("told").starts_with("stubborn errored: it could not be stopped"));
    drop(slot);
    std::fs::write(place.path("works"), "").expect("written");
    let Place { directory, home } = place;
    drop(home);
    let home = Home::open(&directory.path().join("home"), Settings::default()).expect("a home");
    assert_eq!(home.swept().stops, 1, "{:?}", home.swept());
    assert_eq!(sweeps.read(), ["stop stubborn ada"; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_type_that_is_not_isolated_is_one_build_s_at_a_time() {
    let place = impatient();
    let lines = Lines::new(&place);
    let legacy = |name: &str, other: &str| {
        let of = |name: &str| Service { isolated: false, ..talkative(name, &lines) };
        // Each needs the other's type too, in the other order: neither may wait for ever.
        vec![of(name), of(other)]
    };
    let job = |one: &str, other: &str| {
        let script = format!("{}; sleep 0.2; {}", lines.say("in"), lines.say("out"));
        beside(legacy(one, other), vec![task("t", sh(&script))])
    };
    let (first, second) = (job("x", "y"), job("y", "x"));
    let (mut slot, mut other) = (place.slot(), place.home.slot(1).expect("a slot"));
    let (one, two) = tokio::join!(run(&mut slot, work(&first)), run(&mut other, work(&second)));
    assert_eq!((one.outcome(), two.outcome()), (Outcome::Succeeded, Outcome::Succeeded));
    let mut said = lines.read();
    said.retain(|line| matches!(line.as_str(), "in" | "out"));
    assert_eq!(said, ["in", "out", "in", "out"]);
    let notes = [one.notes(0), one.notes(1), two.notes(0), two.notes(1)].concat();
    assert!(
        notes.contains("waits for the service type `type-of-") && notes.contains("which another build "),
        "{notes}"
    );
}

#[tokio::test]
async fn two_services_of_one_type_that_is_not_isolated_are_one_build_s() {
    let place = impatient();
    let lines = Lines::new(&place);
    let both = ["one", "two"].map(|name| Service {
        isolated: false,
        type_name: format!("legacy-{}", std::process::id()),
        ..talkative(name, &lines)
    });
    let ran = run(&mut place.slot(), work(&beside(both.to_vec(), vec![]))).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
    assert_eq!(lines.read().iter().filter(|line| line.ends_with("stop")).count(), 2);
}

#[tokio::test]
async fn a_port_that_a_stranger_has_is_an_error_that_names_him() {
    let place = impatient();
    let stranger = TcpListener::bind("127.0.0.1:0").expect("bound");
    let port = stranger.local_addr().expect("bound").port().to_string();
    let with_port = |name: &str| Service {
        params: BTreeMap::from([("port".to_owned(), port.as_str().into())]),
        ..service(name)
    };
    let plan = beside(vec![with_port("db")], vec![]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    let told = format!("db errored: port {port} of this host is in use by {} (", std::process::id());
    assert!(ran.story(&plan)[1].starts_with(&told), "{:?}", ran.story(&plan));

    let plan = beside(vec![with_port("db"), with_port("db2")], vec![]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert!(ran.story(&plan).iter().any(|line| line.contains("the service `db` of this job has port")));

    // Who only is about to let it go is waited for.
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let mut stranger = Some(stranger);
    let plan = beside(vec![with_port("db")], vec![]);
    let ran = run_with(&mut place.slot(), work(&plan), cancelled, |event| {
        if says(event, format!("waits for port {port}").as_bytes()) {
            stranger = None;
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
}

#[tokio::test]
async fn the_build_s_network_is_made_once_and_removed() {
    let place = impatient();
    let engine = fake_engine();
    let networked = |name: &str| Service { network: true, ..service(name) };
    let mut slot = place.slot();
    let plan = beside(vec![networked("a"), networked("b")], vec![]);
    let ran = run(&mut slot, work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?}", ran.story(&plan));
    let log = std::fs::read_to_string(engine.join("log")).expect("written");
    let attempt = format!("pikoci-test-{}-", std::process::id());
    let (made, removed) =
        (format!("network create --label pikoci.build={attempt}"), format!("network rm {attempt}"));
    assert!(
        log.lines().any(|line| line.starts_with(&made)) && log.lines().any(|line| line.starts_with(&removed)),
        "{log}"
    );
}
