//! Builds: what a step's process gets, and what becomes of it.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Options, Work};
use pikoci_plan::plan::Action;
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::values::BuildValues;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use support::*;

#[tokio::test]
async fn steps_run_in_order_in_one_workspace_that_goes_afterwards() {
    let place = Place::new();
    let mut slot = place.slot();
    let steps = vec![
        task("write", sh("ls -A; echo hello >file; echo out; echo err >&2")),
        task("read", sh("cat file; touch \"$SCRATCH/x\"")),
    ];
    let ran = run(&mut slot, build(steps)).await;
    assert_eq!(ran.result(), (Outcome::Succeeded, None));
    assert_eq!(ran.steps(), [(Status::Succeeded, None), (Status::Succeeded, None)]);
    assert_eq!((ran.text(0).as_str(), ran.text(1).as_str()), ("out\nerr\n", "hello\n"));
    assert!(ran.executed.problems.is_empty(), "{:?}", ran.executed.problems);
    assert_eq!(std::fs::read_dir(slot.work()).expect("there").count(), 0);
    let again = run(&mut slot, build(vec![task("look", sh("ls -A . \"$SCRATCH\""))])).await;
    assert_eq!(again.text(0).lines().filter(|line| line.ends_with('x') || line.ends_with("file")).count(), 0);
}

#[tokio::test]
async fn the_first_step_that_does_not_succeed_is_the_last() {
    let place = Place::new();
    let steps = vec![task("a", sh("true")), task("b", sh("exit 3")), task("c", sh("true"))];
    let ran = run(&mut place.slot(), build(steps)).await;
    assert_eq!(ran.result(), (Outcome::Failed, None));
    let failed = (Status::Failed, Some("exit code 3"));
    assert_eq!(ran.steps(), [(Status::Succeeded, None), failed, (Status::Skipped, None)]);
}

#[tokio::test]
async fn an_end_has_a_name() {
    let place = Place::new();
    let mut slot = place.slot();
    let mut trouble = sh("exit 125");
    trouble.error_codes = vec![125];
    let script = place.path("script");
    std::fs::write(&script, "#!/no/such/interpreter\n").expect("written");
    let script = script.to_str().expect("text");
    let no_interpreter = exec(script, &[]);
    let cases = [
        (sh("kill -9 $$"), Status::Failed, "killed by signal 9 (KILL)"),
        (trouble, Status::Errored, "exit code 125"),
        (exec("no-such-program", &[]), Status::Errored, "program `no-such-program` was not found in PATH ("),
        (exec("./no-such-program", &[]), Status::Errored, "program `./no-such-program` does not exist"),
        (exec("/etc/passwd", &[]), Status::Errored, "`/etc/passwd` is not executable"),
        (exec("/etc", &[]), Status::Errored, "`/etc` is a directory"),
        (no_interpreter.clone(), Status::Errored, "is not executable"),
    ];
    for (command, status, part) in cases {
        let ran = run(&mut slot, build(vec![task("t", command)])).await;
        let (ended, message) = ran.steps()[0];
        let message = message.expect("a message");
        assert!(ended == status && message.contains(part), "{ended} {message}");
    }
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).expect("set");
    let ran = run(&mut slot, build(vec![task("t", no_interpreter)])).await;
    assert!(ran.steps()[0].1.expect("a message").contains("the interpreter it names"), "{:?}", ran.steps());
}

#[tokio::test]
async fn a_process_gets_what_the_build_knows_and_little_of_ours() {
    // SAFETY: no other thread of this test binary reads the environment at this moment in a way that could
    // be disturbed: homes read it through std, which locks it.
    unsafe { std::env::set_var("VAULT_TOKEN", "hidden") };
    let place = Place::new();
    let mut task = task("t", exec("env", &[]));
    if let Action::Task(task) = &mut task.action {
        task.env = BTreeMap::from([("OWN".to_owned(), "set".into())]);
    }
    let steps = vec![get("my-app", Some(sh("env >pulled"))), task, self::task("p", sh("cat pulled"))];
    let values = BuildValues {
        id: "b1".to_owned(),
        number: "7".to_owned(),
        team: "main".to_owned(),
        url: "http://ci/b1".to_owned(),
        inputs: BTreeMap::from([("my-app".to_owned(), Version::from([("ref", "c2"), ("_message", "hi")]))]),
    };
    let mut slot = place.slot();
    let ran = run(&mut slot, Work::Build(Arc::new(plan(steps)), values, Options::default())).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?}", ran.steps());
    let work = format!("WORKDIR={}", slot.work().display());
    let everywhere = ["BUILD_ID=b1", "BUILD_NUMBER=7", "BUILD_JOB_NAME=test", "BUILD_PIPELINE_NAME=shop"];
    let more = ["BUILD_TEAM_NAME=main", "BUILD_URL=http://ci/b1", "version_ref=c2", work.as_str()];
    let (task, pull) = (ran.text(1), ran.text(2));
    for line in everywhere.into_iter().chain(more) {
        assert!(task.lines().any(|found| found == line), "{line} in {task}");
        assert!(pull.lines().any(|found| found == line), "{line} in {pull}");
    }
    for line in ["OWN=set", "GET_MY_APP_REF=c2", "GET_MY_APP_MESSAGE=hi"] {
        assert!(task.lines().any(|found| found == line), "{line} in {task}");
    }
    for line in ["param_url=http://example/app", "RESOURCE_NAME=my-app"] {
        assert!(pull.lines().any(|found| found == line), "{line} in {pull}");
        assert!(!task.contains(line), "{line} is the resource's alone");
    }
    assert!(!task.contains("VAULT_TOKEN") && !task.contains("CARGO"), "{task}");
}

#[tokio::test]
async fn trouble_with_a_pull_is_not_the_build_s_fault() {
    let place = Place::new();
    let mut slot = place.slot();
    let values = BuildValues {
        inputs: BTreeMap::from([("app".to_owned(), Version::from([("ref", "a")]))]),
        ..BuildValues::default()
    };
    let steps =
        plan(vec![get("app", Some(sh("echo no route to host >&2; exit 128"))), task("t", sh("true"))]);
    let ran = run(&mut slot, Work::Build(Arc::new(steps.clone()), values, Options::default())).await;
    assert_eq!(ran.outcome(), Outcome::Errored);
    assert_eq!(ran.steps()[0], (Status::Errored, Some("exit code 128")));
    assert_eq!(ran.text(0), "no route to host\n");
    let ran = run(&mut slot, Work::Build(Arc::new(steps), BuildValues::default(), Options::default())).await;
    assert_eq!(ran.steps()[0], (Status::Errored, Some("the build has no version of `git.app` to fetch")));
    let ran = run(&mut slot, build(vec![get("app", None)])).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "a type without pull fetches nothing");
}

#[tokio::test]
async fn a_local_tree_stands_for_a_resource() {
    let place = Place::new();
    std::fs::create_dir(place.path("tree")).expect("made");
    std::fs::write(place.path("tree/file"), "local").expect("written");
    let local = BTreeMap::from([("git.app".to_owned(), place.path("tree"))]);
    let steps = plan(vec![get("app", Some(sh("exit 1"))), task("t", sh("cat app/file"))]);
    let work = Work::Build(Arc::new(steps), BuildValues::default(), Options { local, ..Options::default() });
    let ran = run(&mut place.slot(), work).await;
    assert_eq!((ran.outcome(), ran.text(1).as_str()), (Outcome::Succeeded, "local"));
    assert!(ran.notes(0).contains("1 files, 5 bytes"), "{}", ran.notes(0));
}

#[tokio::test]
async fn dir_is_where_the_process_starts() {
    let place = Place::new();
    let mut slot = place.slot();
    let in_dir = |dir: &str| {
        let mut task = task("t", sh("pwd"));
        if let Action::Task(task) = &mut task.action {
            task.dir = Some(dir.into());
        }
        vec![self::task("make", sh("mkdir -p app/sub")), task]
    };
    let ran = run(&mut slot, build(in_dir("app/sub"))).await;
    assert_eq!(ran.text(1), format!("{}/app/sub\n", slot.work().display()));
    let ran = run(&mut slot, build(in_dir("ap"))).await;
    let message = "there is no directory `ap` in $WORKDIR, which holds only `app/`";
    assert_eq!(ran.steps()[1], (Status::Failed, Some(message)));
    let ran = run(&mut slot, build(in_dir("../../.."))).await;
    assert_eq!(ran.steps()[1].0, Status::Errored);
}

#[tokio::test]
async fn whoever_looks_in_the_wrong_directory_is_told() {
    let place = Place::new();
    let ran = run(&mut place.slot(), build(vec![task("t", sh("mkdir app; cat Makefile"))])).await;
    assert_eq!(ran.outcome(), Outcome::Failed);
    assert!(ran.notes(0).contains("set `dir = \"app\"`"), "{}", ran.notes(0));
    ran.assert_log_is_gapless(0);
}
