use super::*;
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;

fn tell(shown: &[Shown]) -> Vec<Value> {
    let (mut lines, mut out) = (Lines::default(), Vec::new());
    shown.iter().for_each(|shown| lines.tell(shown, &mut out));
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn log(bytes: &[u8]) -> Shown {
    Shown::Event(Event::Log(Frame::raw(0, Stream::Output, 0, bytes.to_vec())))
}

fn begin() -> Vec<Shown> {
    let line = Line { name: "image".into(), kind: "put", depth: 0 };
    vec![Shown::Job { title: "shop/build".into(), is_one_of_many: false }, Shown::Attempt(vec![line])]
}

#[test]
fn each_thing_that_happens_is_a_line() {
    let version = Version::from([("digest", "d")]);
    let mut shown = begin();
    shown.extend([
        Shown::Event(Event::StepStarted { step: 0, at_ms: 5 }),
        log(b"text\n"),
        Shown::Event(Event::Log(Frame::raw(0, Stream::Note, 5, b"a note\n".to_vec()))),
        Shown::Event(Event::Output { step: 0, resource: "image.app".into(), versions: vec![version] }),
        Shown::Event(Event::StepEnded {
            step: 0,
            status: Status::Succeeded,
            at_ms: 9,
            message: Some("exit code 1".into()),
            warning: true,
        }),
        Shown::End(End::new(Outcome::Failed, None)),
    ]);
    let step = |event: &str, more: Value| {
        let mut value =
            json!({ "event": event, "job": "shop/build", "step": 0, "kind": "put", "name": "image" });
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let expected = [
        json!({ "event": "steps", "job": "shop/build", "steps": [
            { "step": 0, "kind": "put", "name": "image", "depth": 0 }
        ] }),
        step("step_started", json!({ "at_ms": 5 })),
        step("log", json!({ "stream": "output", "text": "text\n" })),
        step("log", json!({ "stream": "note", "text": "a note\n" })),
        step("output", json!({ "resource": "image.app", "versions": [{ "digest": "d" }] })),
        step("step_ended", json!({ "status": "warning", "message": "exit code 1", "at_ms": 9 })),
        json!({ "event": "result", "job": "shop/build", "status": "failed", "message": null, "kept": null }),
    ];
    assert_eq!(tell(&shown), expected);
}

#[test]
fn a_character_in_two_frames_stays_one() {
    let text = "aé日\u{1f600}".as_bytes();
    for cut in 0..=text.len() {
        let mut shown = begin();
        shown.extend([log(&text[..cut]), log(&text[cut..]), log(b"\xff\xe6")]);
        let status = Status::Failed;
        shown.push(Shown::Event(Event::StepEnded {
            step: 0,
            status,
            at_ms: 0,
            message: None,
            warning: false,
        }));
        let told = tell(&shown);
        let texts: String = told.iter().filter_map(|line| line["text"].as_str()).collect();
        assert_eq!(texts, "aé日\u{1f600}\u{fffd}\u{fffd}", "cut at {cut}");
    }
}

#[test]
fn jobs_that_did_not_run_say_why() {
    let ended = Some((End::new(Outcome::Errored, Some("no version".into())), 7));
    let told = tell(&[Shown::All(vec![
        JobEnd { job: "a".into(), ended, why: None },
        JobEnd { job: "b".into(), ended: None, why: Some("`a` did not succeed".into()) },
    ])]);
    let expected = json!({ "event": "jobs", "jobs": [
        { "job": "a", "status": "errored", "duration_ms": 7, "message": "no version" },
        { "job": "b", "status": null, "duration_ms": null, "message": "`a` did not succeed" },
    ] });
    assert_eq!(told, [expected]);
}
