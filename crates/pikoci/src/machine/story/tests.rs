use super::*;
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;

const SIZE: Size = Size { width: 60, height: 24 };

fn line(kind: &'static str, name: &str, depth: u32) -> Line {
    Line { name: name.into(), kind, depth }
}

fn job(title: &str) -> Shown {
    Shown::Job { title: title.into(), is_one_of_many: false }
}

fn started(step: u32, at_ms: u64) -> Shown {
    Shown::Event(Event::StepStarted { step, at_ms })
}

fn log(step: u32, text: &str) -> Shown {
    Shown::Event(Event::Log(Frame::raw(step, Stream::Output, 0, text.as_bytes().to_vec())))
}

fn ended(step: u32, status: Status, at_ms: u64, message: Option<&str>) -> Shown {
    let message = message.map(str::to_owned);
    Shown::Event(Event::StepEnded { step, status, at_ms, message, warning: false })
}

fn versions(reference: &str) -> Shown {
    let version = Version::from([("ref", reference), ("_message", "Mend it\n\nat last")]);
    Shown::Event(Event::Versions { versions: vec![version], more: false })
}

/// A job with a check, a service, two tasks side by side of which one fails, and a hook.
fn recorded() -> Vec<Shown> {
    vec![
        job("shop/test"),
        Shown::Attempt(vec![line("check", "git.app", 0)]),
        started(0, 1_000),
        versions("9e7760c7dd06c205812dbe08a3d7b20583e1d7ec"),
        ended(0, Status::Succeeded, 1_400, None),
        Shown::Attempt(vec![
            line("service", "postgresql", 0),
            line("get", "app", 0),
            line("in_parallel", "in_parallel", 0),
            line("task", "unit", 1),
            line("task", "lint", 1),
            line("task", "deploy", 0),
            line("hook", "on_failure", 0),
        ]),
        started(0, 1_500),
        log(0, "ready to accept connections\n"),
        started(1, 2_000),
        ended(1, Status::Succeeded, 2_300, None),
        started(2, 2_300),
        started(3, 2_300),
        started(4, 2_300),
        log(3, "ok 1\nok"),
        log(4, "fine\n"),
        log(3, " 2\nnot ok 3\n50%"),
        ended(3, Status::Failed, 4_500, Some("exit code 1")),
        ended(4, Status::Succeeded, 5_000, None),
        ended(2, Status::Failed, 5_000, None),
        ended(5, Status::Skipped, 5_000, None),
        started(6, 5_000),
        log(6, "told\n"),
        ended(6, Status::Succeeded, 5_100, None),
        ended(0, Status::Succeeded, 5_200, None),
        Shown::End(End::new(Outcome::Failed, None)),
    ]
}

fn tell(story: &mut Story, shown: &[Shown], now_ms: u64) -> String {
    let mut out = Vec::new();
    shown.iter().for_each(|shown| story.tell(shown, now_ms, &mut out));
    String::from_utf8(out).unwrap()
}

#[test]
fn a_run_in_a_file() {
    let mut story = Story::new(Look::default());
    let shown = recorded();
    let begin = tell(&mut story, &shown[..1], 1_000);
    let rest = tell(&mut story, &shown[1..], 5_500);
    assert_eq!(
        begin + &rest,
        "\
== check git.app
ref=9e7760c7dd06  Mend it
== service postgresql
postgresql | ready to accept connections
== get app
== task unit
== task lint
unit | ok 1
lint | fine
unit | ok 2
unit | not ok 3
unit | 50%
== task unit: failed in 2.2 s: exit code 1
== task lint: succeeded in 2.7 s
== hook on_failure
told
== service postgresql: succeeded in 3.7 s

STEP                STATE      TIME    NOTE
check git.app       succeeded  400 ms
service postgresql  succeeded  3.7 s
get app             succeeded  300 ms
in_parallel         failed     2.7 s
  task unit         failed     2.2 s   exit code 1
  task lint         succeeded  2.7 s
task deploy         skipped
hook on_failure     succeeded  100 ms
the last lines of task unit:
  ok 1
  ok 2
  not ok 3
  50%
shop/test failed in 4.5 s
"
    );
}

#[test]
fn what_runs_now_stands_below() {
    let mut story = Story::new(Look { styles: false, tame: true });
    let shown = recorded();
    assert!(story.now(0, SIZE, &['|']).is_empty(), "nothing has begun");
    tell(&mut story, &shown[..1], 1_000);
    assert_eq!(story.now(1_100, SIZE, &['|']), ["shop/test  0 s"]);
    tell(&mut story, &shown[1..16], 1_000);
    let expected = [
        "| service postgresql  2 s",
        "| task unit  1 s  50%",
        "| task lint  1 s",
        "shop/test  3 s  1 of 4 steps",
    ];
    assert_eq!(story.now(4_000, SIZE, &['|']), expected);
    assert_eq!(
        story.now(4_000, Size { height: 2, ..SIZE }, &['|'])[1..],
        ["  and 2 more", "shop/test  3 s  1 of 4 steps"]
    );
    tell(&mut story, &[Shown::Cancelling("cancelling")], 4_000);
    assert_eq!(story.now(4_000, SIZE, &['|'])[3], "shop/test  3 s  cancelling");
    tell(&mut story, &shown[16..], 5_000);
    assert!(story.now(9_000, SIZE, &['|']).is_empty(), "it has ended");
}

#[test]
fn a_narrow_terminal_gets_a_narrow_summary() {
    let mut story = Story::new(Look { styles: false, tame: true });
    story.resize(20);
    let text = tell(&mut story, &recorded(), 5_500);
    let (_, summary) = text.split_once("\n\n").unwrap();
    assert!(summary.lines().all(|line| line.chars().count() <= 28), "{summary}");
    assert!(summary.starts_with("STEP          STATE \ncheck git.a…  succee\n"), "{summary}");
}

#[test]
fn a_job_that_ends_before_its_steps_says_why() {
    let mut story = Story::new(Look::default());
    let end = End { kept: Some("/tmp/x".into()), ..End::new(Outcome::Errored, Some("no version".into())) };
    let text = tell(&mut story, &[job("shop/a"), Shown::End(end)], 0);
    let expected = "the work directory was kept: /tmp/x\nshop/a errored in 0 ms: no version\n";
    assert_eq!(text, expected);
}

#[test]
fn jobs_are_listed_in_the_end() {
    let warned = End { warning: true, ..End::new(Outcome::Succeeded, None) };
    let end =
        |job: &str, ended, why: Option<&str>| JobEnd { job: job.into(), ended, why: why.map(Into::into) };
    let mut story = Story::new(Look::default());
    assert_eq!(
        tell(&mut story, &[Shown::Job { title: "shop/a".into(), is_one_of_many: true }], 0),
        "\nshop/a\n"
    );
    let jobs = vec![
        end("test", Some((warned, 1_200)), None),
        end("build", Some((End::new(Outcome::Errored, Some("no version".into())), 20)), None),
        end("deploy", None, Some("`build` did not succeed")),
    ];
    let text = tell(&mut story, &[Shown::All(jobs)], 0);
    assert_eq!(
        text,
        "\n\
        JOB     STATE    TIME   NOTE\n\
        test    warning  1.2 s\n\
        build   errored  20 ms  no version\n\
        deploy  not run         `build` did not succeed\n"
    );
}
