//! Steps that nest, what stands around them, and what follows when they are over.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Options, Settings, Work};
use pikoci_lang::Value;
use pikoci_plan::plan::{Action, Branch, BuildPlan, Decision, Hooks, InParallel, Late, Step};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::BuildValues;
use std::sync::Arc;
use std::time::Duration;
use support::*;
use tokio::sync::{mpsc, watch};

fn impatient() -> Place {
    Place::with(Settings { grace: Duration::from_millis(200), ..Settings::default() })
}

fn steps_in_order(steps: Vec<Step>) -> Step {
    step("do", Action::Do(steps))
}

fn parallel(limit: u32, fail_fast: bool, steps: Vec<Step>) -> Step {
    step("in_parallel", Action::InParallel(InParallel { limit, fail_fast, steps }))
}

/// Hooks of every kind, each of which says its own name after `prefix`, and `BUILD_STATUS`.
fn hooks(lines: &Lines, prefix: &str) -> Hooks {
    let say = |kind: &str| {
        vec![hook(&format!("{prefix}.{kind}"), sh(&lines.say(&format!("{prefix}.{kind} $BUILD_STATUS"))))]
    };
    Hooks {
        on_success: say("on_success"),
        on_failure: say("on_failure"),
        on_error: say("on_error"),
        on_cancel: say("on_cancel"),
        ensure: say("ensure"),
    }
}

#[tokio::test]
async fn hooks_follow_how_it_ended_those_of_the_step_first() {
    let place = impatient();
    let cases = [
        (sh("true"), Outcome::Succeeded, "succeeded", "on_success"),
        (sh("exit 1"), Outcome::Failed, "failed", "on_failure"),
        (exec("no-such-program", &[]), Outcome::Errored, "errored", "on_error"),
    ];
    for (command, outcome, status, kind) in cases {
        let lines = Lines::new(&place);
        let _ = std::fs::remove_file(place.path("lines"));
        let mut step = task("t", command);
        step.hooks = hooks(&lines, "step");
        let plan = numbered(BuildPlan { hooks: hooks(&lines, "job"), ..plan(vec![step]) });
        let ran = run(&mut place.slot(), work(&plan)).await;
        assert_eq!(ran.outcome(), outcome);
        let expected = [kind, "ensure"].map(|kind| format!("step.{kind} {status}"));
        let expected = [expected, [kind, "ensure"].map(|kind| format!("job.{kind} {status}"))].concat();
        assert_eq!(lines.read(), expected);
        let skipped = ran.story(&plan).iter().filter(|line| line.ends_with(" skipped")).count();
        assert_eq!(skipped, 6, "three of each are told to be skipped: {:?}", ran.story(&plan));
    }
}

#[tokio::test]
async fn a_cancel_is_followed_by_hooks_and_a_second_one_by_nothing() {
    let place = impatient();
    for second in [false, true] {
        let lines = Lines::new(&place);
        let _ = std::fs::remove_file(place.path("lines"));
        let mut step = task("t", sh("echo ready; sleep 1000"));
        step.hooks = hooks(&lines, "step");
        let slow =
            format!("{}; echo hooked; {}", lines.say("slow"), if second { "sleep 1000" } else { "true" });
        step.hooks.on_cancel.insert(0, hook("slow", sh(&slow)));
        let plan =
            numbered(BuildPlan { hooks: hooks(&lines, "job"), ..plan(vec![step, task("u", sh("true"))]) });
        let (cancel, cancelled) = watch::channel(Cancel::No);
        let ran = run_with(&mut place.slot(), work(&plan), cancelled, |event| {
            if says(event, b"ready") {
                cancel.send_replace(Cancel::Now);
            } else if says(event, b"hooked") && second {
                cancel.send_replace(Cancel::SkipHooks);
            }
        })
        .await;
        assert_eq!(ran.outcome(), Outcome::Cancelled);
        let all = [
            "slow",
            "step.on_cancel cancelled",
            "step.ensure cancelled",
            "job.on_cancel cancelled",
            "job.ensure cancelled",
        ];
        assert_eq!(lines.read(), if second { &all[..1] } else { &all[..] });
    }
}

#[tokio::test]
async fn what_must_happen_happens_also_when_a_cancel_or_a_limit_comes_during_hooks() {
    let place = impatient();
    for by_cancel in [true, false] {
        let lines = Lines::new(&place);
        let _ = std::fs::remove_file(place.path("lines"));
        let hooks = Hooks {
            on_success: vec![hook("slow", sh("echo ready; sleep 1000"))],
            ensure: vec![hook("ensure", sh(&lines.say("ensure $BUILD_STATUS")))],
            ..Hooks::default()
        };
        let timeout_ms = if by_cancel { 0 } else { 3_000 };
        let plan = numbered(BuildPlan { hooks, timeout_ms, ..plan(vec![task("t", sh("true"))]) });
        let (cancel, cancelled) = watch::channel(Cancel::No);
        let ran = run_with(&mut place.slot(), work(&plan), cancelled, |event| {
            if by_cancel && says(event, b"ready") {
                cancel.send_replace(Cancel::Now);
            }
        })
        .await;
        assert_eq!(lines.read(), ["ensure succeeded"], "{:?}", ran.story(&plan));
        // A cancel is meant for the build; that a hook's command did not end in time leaves the result.
        let outcome = if by_cancel { Outcome::Cancelled } else { Outcome::Succeeded };
        assert_eq!(ran.outcome(), outcome, "{:?}", ran.story(&plan));
    }
}

#[tokio::test]
async fn after_the_job_s_limit_its_hooks_run() {
    let place = impatient();
    let lines = Lines::new(&place);
    let plan =
        BuildPlan { hooks: hooks(&lines, "job"), timeout_ms: 100, ..plan(vec![task("t", sh("sleep 1000"))]) };
    let ran = run(&mut place.slot(), work(&numbered(plan))).await;
    assert_eq!(ran.outcome(), Outcome::Failed);
    assert_eq!(lines.read(), ["job.on_failure failed", "job.ensure failed"]);
}

#[tokio::test]
async fn a_hook_s_command_leaves_the_result_and_its_steps_do_not() {
    let place = Place::new();
    for (hook, outcome) in [
        (hook("h", sh("exit 1")), Outcome::Succeeded),
        (task("h", sh("exit 1")), Outcome::Failed),
        (task("h", exec("no-such-program", &[])), Outcome::Errored),
    ] {
        let hooks = Hooks { on_success: vec![hook], ..Hooks::default() };
        let plan = numbered(BuildPlan { hooks, ..plan(vec![task("t", sh("true"))]) });
        let ran = run(&mut place.slot(), work(&plan)).await;
        assert_eq!(ran.outcome(), outcome, "{:?}", ran.story(&plan));
    }
    let hooks = Hooks { on_failure: vec![task("h", exec("no-such-program", &[]))], ..Hooks::default() };
    let plan = numbered(BuildPlan { hooks, ..plan(vec![task("t", sh("exit 1"))]) });
    assert_eq!(run(&mut place.slot(), work(&plan)).await.outcome(), Outcome::Failed, "it has failed before");
}

#[tokio::test]
async fn a_failure_that_is_allowed_is_a_warning_after_its_hooks() {
    let place = Place::new();
    let lines = Lines::new(&place);
    let mut step = task("t", sh("exit 1"));
    step.allow_failure = true;
    step.hooks = hooks(&lines, "step");
    let plan = numbered(BuildPlan { hooks: hooks(&lines, "job"), ..plan(vec![step, task("u", sh("true"))]) });
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!((ran.result(), ran.is_warning()), ((Outcome::Succeeded, None), true));
    assert_eq!(ran.story(&plan)[..2], ["t", "t succeeded with a warning: exit code 1"]);
    let said =
        ["step.on_failure failed", "step.ensure failed", "job.on_success warning", "job.ensure warning"];
    assert_eq!(lines.read(), said);
}

#[tokio::test]
async fn what_nests_is_tried_again_as_a_whole() {
    let place = Place::new();
    let second =
        format!("echo try; ls '{0}' 2>/dev/null || {{ mkdir '{0}'; exit 3; }}", place.path("seen").display());
    let mut outer = steps_in_order(vec![
        task("first", sh("echo first")),
        parallel(0, false, vec![steps_in_order(vec![task("second", sh(&second))])]),
    ]);
    (outer.attempts, outer.backoff_ms) = (3, 1);
    let plan = plan(vec![outer]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.result(), (Outcome::Succeeded, None));
    let once = |end: &str| {
        let ended = if end.is_empty() { "succeeded" } else { "failed" };
        let second = format!("second {ended}{end}");
        let (inner, parallel) = (format!("do {ended}"), format!("in_parallel {ended}"));
        ["first", "first succeeded", "in_parallel", "do", "second", &second, &inner, &parallel]
            .map(str::to_owned)
    };
    let story =
        [&["do".to_owned()][..], &once(": exit code 3"), &once(""), &["do succeeded".to_owned()]].concat();
    assert_eq!(ran.story(&plan), story);
    let id = |name: &str| plan.outline().iter().rposition(|line| line.name == name).expect("there") as u32;
    assert_eq!(ran.text(id("first")), "first\nfirst\n", "its log goes on");
    (0..5).for_each(|step| ran.assert_log_is_gapless(step));
    assert!(ran.notes(0).contains("failed; try 2 of 3 follows in 1ms"), "{}", ran.notes(0));
}

#[tokio::test]
async fn tries_end_with_their_number_a_success_or_a_cancel() {
    let place = impatient();
    let mut slot = place.slot();
    let mut step = task("t", sh("echo try; exit 1"));
    step.attempts = 3;
    let plan_of = |step: &Step| plan(vec![step.clone()]);
    let ran = run(&mut slot, work(&plan_of(&step))).await;
    assert_eq!((ran.outcome(), ran.text(0).as_str()), (Outcome::Failed, "try\ntry\ntry\n"));
    assert_eq!(ran.steps().len(), 1, "its end is told once");

    step.backoff_ms = 3_600_000;
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let ran = run_with(&mut slot, work(&plan_of(&step)), cancelled, |event| {
        if says(event, b"follows in") {
            cancel.send_replace(Cancel::Now);
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Cancelled, "nobody waits out the pause");

    (step.backoff_ms, step.timeout_ms) = (0, 100);
    let slow = format!("[ -e '{0}' ] || {{ touch '{0}'; sleep 1000; }}", place.path("seen").display());
    step.action = Action::Task(run_of(sh(&slow)));
    let ran = run(&mut slot, work(&plan_of(&step))).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "each try has the whole time");
    assert!(ran.notes(0).contains("timed out after 100ms; try 2 of 3"), "{}", ran.notes(0));
}

#[tokio::test]
async fn a_limit_of_what_nests_ends_what_is_in_it() {
    let place = impatient();
    let kinds: [fn(Vec<Step>) -> Step; 2] = [steps_in_order, |steps| parallel(0, false, steps)];
    for nest in kinds {
        let mut outer = nest(vec![task("t", sh("sleep 1000"))]);
        outer.timeout_ms = 100;
        let name = outer.name.clone();
        let plan = plan(vec![outer, task("u", sh("true"))]);
        let ran = run(&mut place.slot(), work(&plan)).await;
        assert_eq!(ran.outcome(), Outcome::Failed);
        let story = [&name, "t", "t failed: timed out after 100ms", &format!("{name} failed"), "u skipped"];
        assert_eq!(ran.story(&plan), story);
    }
}

#[tokio::test]
async fn steps_side_by_side_all_run_unless_the_first_trouble_ends_them() {
    let place = impatient();
    let (ready, go_on) = (place.path("ready"), place.path("go-on"));
    let fails = format!("while ! [ -e '{}' ]; do sleep 0.01; done; exit 2", ready.display());
    let waits = |end: &str| format!("touch '{}'; {end}", ready.display());
    let steps = |end: &str| vec![task("a", sh(&fails)), task("b", sh(&waits(end))), task("c", sh("true"))];

    let plan_of = |fail_fast, end: &str| plan(vec![parallel(2, fail_fast, steps(end))]);
    let plan = plan_of(true, "sleep 1000");
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.result(), (Outcome::Failed, None), "how the others end does not count");
    let mut story = ran.story(&plan);
    story[1..3].sort();
    let told =
        ["in_parallel", "a", "b", "a failed: exit code 2", "c skipped", "b cancelled", "in_parallel failed"];
    assert_eq!(story, told);

    let _ = std::fs::remove_file(&ready);
    let end = format!("while ! [ -e '{}' ]; do sleep 0.01; done", go_on.display());
    let plan = plan_of(false, &end);
    let mut others = steps(&end);
    others[2] = task("c", sh(&format!("touch '{}'", go_on.display())));
    let plan = BuildPlan { steps: vec![parallel(2, false, others)], ..plan };
    let plan = numbered(plan);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Failed);
    assert!(ran.story(&plan).contains(&"c succeeded".to_owned()), "{:?}", ran.story(&plan));
}

#[tokio::test]
async fn no_more_run_at_a_time_than_the_limit_says() {
    let place = Place::new();
    let lines = Lines::new(&place);
    let step = |name: &str| task(name, sh(&format!("{}; sleep 0.05; {}", lines.say("in"), lines.say("out"))));
    let plan = plan(vec![parallel(2, false, ["a", "b", "c", "d", "e"].map(step).to_vec())]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
    let mut inside = 0_i32;
    for line in lines.read() {
        inside += if line == "in" { 1 } else { -1 };
        assert!((0..=2).contains(&inside), "{:?}", lines.read());
    }
    assert_eq!(lines.read().len(), 10);
}

fn branch(condition: Option<Late>, name: &str) -> Branch {
    Branch { condition: condition.map(Decision::Value), steps: vec![task(name, sh("true"))] }
}

fn is(task: &str, value: &str) -> Late {
    Late::Operation { operator: "==".to_owned(), operands: vec![of_task(task, "KIND"), value.into()] }
}

#[tokio::test]
async fn the_first_branch_that_holds_is_taken_and_all_others_are_skipped() {
    let place = Place::new();
    for (kind, taken) in [("one", "a"), ("two", "b"), ("three", "c")] {
        let first = task("t", sh(&format!("echo KIND={kind} >\"$PIKOCI_OUTPUT\"")));
        let branches =
            vec![branch(Some(is("t", "one")), "a"), branch(Some(is("t", "two")), "b"), branch(None, "c")];
        let plan = plan(vec![first, step("if", Action::If(branches))]);
        let ran = run(&mut place.slot(), work(&plan)).await;
        assert_eq!(ran.outcome(), Outcome::Succeeded);
        let story = ran.story(&plan);
        for name in ["a", "b", "c"] {
            let end = if name == taken { "succeeded" } else { "skipped" };
            assert!(story.contains(&format!("{name} {end}")), "{story:?}");
        }
    }
    let plan = plan(vec![step("if", Action::If(vec![branch(Some(Late::Literal(Value::Bool(false))), "a")]))]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(
        (ran.outcome(), ran.story(&plan)),
        (Outcome::Succeeded, ["if", "a skipped", "if succeeded"].map(str::to_owned).to_vec())
    );
}

#[tokio::test]
async fn a_condition_that_cannot_be_computed_is_an_error_and_nothing_runs() {
    let place = Place::new();
    let nothing = Late::Template(vec!["x".into(), of_task("t", "NONE")]);
    let condition = Late::Operation { operator: "==".to_owned(), operands: vec![nothing, "x".into()] };
    let plan = plan(vec![
        task("t", sh("true")),
        step("if", Action::If(vec![branch(Some(condition), "a"), branch(None, "b")])),
    ]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Errored);
    let story = ran.story(&plan);
    assert_eq!(story[3..5], ["a skipped", "b skipped"]);
    assert!(story[5].starts_with("if errored: ") && story[5].contains("task.t.NONE"), "{story:?}");
}

#[tokio::test]
async fn what_a_build_does_not_know_is_absent_an_error_in_a_string_and_can_be_caught() {
    let place = Place::new();
    let none = || of_task("t", "NONE");
    let call =
        |function: &str| Late::Call { function: function.to_owned(), args: vec![none(), "else".into()] };
    let asks = with_env(
        task("asks", sh("echo \"${ABSENT-absent} $TRIED $FIRST $THERE $TASK_T_KEY\"")),
        [
            ("ABSENT", none()),
            ("TRIED", call("try")),
            ("FIRST", call("coalesce")),
            ("THERE", of_task("t", "KEY")),
        ],
    );
    let wrote = task("t", sh("echo KEY=value >\"$PIKOCI_OUTPUT\""));
    let inside = with_env(task("inside", sh("true")), [("X", Late::Template(vec!["a-".into(), none()]))]);
    let plan = plan(vec![wrote, asks, inside]);
    let ran = run(&mut place.slot(), work(&plan)).await;
    assert_eq!(ran.text(1), "absent else else value value\n");
    assert_eq!(ran.outcome(), Outcome::Errored);
    let story = ran.story(&plan);
    assert!(story[5].contains("`task.t.NONE` has no value, and stands inside a string"), "{story:?}");
}

#[tokio::test]
async fn inputs_and_outputs_must_be_there() {
    let place = Place::new();
    let with = |script: &str, dir: Option<&str>, inputs: &[&str], outputs: &[&str]| {
        let mut task = run_of(sh(script));
        task.dir = dir.map(Late::from);
        task.inputs = inputs.iter().map(|path| Late::from(*path)).collect();
        task.outputs = outputs.iter().map(|path| Late::from(*path)).collect();
        step("t", Action::Task(task))
    };
    let cases = [
        (with("touch x", None, &[], &["x"]), ""),
        (
            with("true", None, &["dist"], &[]),
            ": its input `dist` is missing in $WORKDIR, which holds only `web/`",
        ),
        (
            with("true", None, &[], &["dist"]),
            ": its output `dist` is missing in $WORKDIR, which holds only `web/`",
        ),
        (
            with("mkdir dist", Some("web"), &["web"], &["dist"]),
            ": its output `dist` is missing; `web/dist` exists. Paths are relative to $WORKDIR, not to `dir`",
        ),
        (with("true", None, &[], &["../../etc"]), ": `../../etc` is no path below $WORKDIR"),
    ];
    for (step, problem) in cases {
        let plan = plan(vec![task("before", sh("mkdir web")), step]);
        let ran = run(&mut place.slot(), work(&plan)).await;
        let end = if problem.is_empty() { "succeeded" } else { "failed" };
        assert_eq!(ran.story(&plan)[3], format!("t {end}{problem}"));
    }
}

#[tokio::test]
async fn what_a_failed_task_wrote_is_not_read_and_what_is_unreadable_fails_it() {
    let place = Place::new();
    let mut fails = task("t", sh("echo KEY=value >\"$PIKOCI_OUTPUT\"; exit 1"));
    fails.allow_failure = true;
    let plan_of = |first: Step| plan(vec![first, task("u", sh("echo \"${TASK_T_KEY-nothing}\""))]);
    let ran = run(&mut place.slot(), work(&plan_of(fails))).await;
    assert_eq!((ran.text(1).as_str(), ran.is_warning()), ("nothing\n", true));
    for script in [
        "echo nonsense >\"$PIKOCI_OUTPUT\"",
        "ln -s /etc/passwd \"$PIKOCI_OUTPUT\"",
        "mkfifo \"$PIKOCI_OUTPUT\"",
    ] {
        let ran = run(&mut place.slot(), work(&plan_of(task("t", sh(script))))).await;
        assert_eq!(ran.outcome(), Outcome::Failed, "{script}");
        assert!(ran.steps()[0].1.expect("a message").contains("$PIKOCI_OUTPUT"), "{:?}", ran.steps());
    }
}

#[tokio::test]
async fn who_looks_around_where_a_task_failed_is_waited_for_until_a_cancel() {
    let place = impatient();
    let plan = Arc::new(plan(vec![task("t", sh("echo made >file; exit 1"))]));
    for leaves in [true, false] {
        let (asked, mut ask) = mpsc::channel(1);
        let options = Options { on_failure: Some(asked), ..Options::default() };
        let (cancel, cancelled) = watch::channel(Cancel::No);
        let look = async {
            let failed = ask.recv().await.expect("asked");
            assert_eq!(std::fs::read_to_string(failed.directory.join("file")).expect("there"), "made\n");
            assert!(failed.environment.iter().any(|pair| pair.as_bytes().starts_with(b"WORKDIR=")));
            if leaves {
                drop(failed);
                return None;
            }
            cancel.send_replace(Cancel::Now);
            Some(failed) // who never answers
        };
        let build = Work::Build(Arc::clone(&plan), BuildValues::default(), options);
        let mut slot = place.slot();
        let (ran, _failed) = tokio::join!(run_with(&mut slot, build, cancelled, |_| {}), look);
        assert_eq!(ran.outcome(), Outcome::Failed, "the task had failed before");
    }
}

#[tokio::test]
async fn a_workspace_that_is_kept_is_where_nobody_empties_it() {
    let place = Place::new();
    let mut slot = place.slot();
    let options = Options { keeps_work: true, ..Options::default() };
    let plan = Arc::new(plan(vec![task("t", sh("echo made >file; exit 1"))]));
    let ran = run(&mut slot, Work::Build(plan, BuildValues::default(), options)).await;
    let kept = ran.executed.kept.expect("kept");
    let again = run(&mut slot, build(vec![task("t", sh("ls -A"))])).await;
    assert_eq!(again.text(0), "");
    assert_eq!(std::fs::read_to_string(kept.join("file")).expect("there"), "made\n");
}

#[tokio::test]
async fn a_condition_takes_true_and_false_only() {
    let place = Place::new();
    for (value, outcome) in [
        (Late::Literal(Value::Bool(true)), Outcome::Succeeded),
        ("true".into(), Outcome::Succeeded),
        ("perhaps".into(), Outcome::Errored),
        (Late::Literal(Value::Null), Outcome::Errored),
    ] {
        let plan = plan(vec![step("if", Action::If(vec![branch(Some(value), "a")]))]);
        assert_eq!(run(&mut place.slot(), work(&plan)).await.outcome(), outcome);
    }
}
