use super::*;
use crate::message::Values;
use crate::numbers::{ANSWER_MS, CAUTION_MS};
use pikoci_plan::values::BuildValues;

fn worker() -> Worker {
    Worker::new("w".into(), 3, false, 2, 1, [])
}

fn go(session: u64, ask: u64, attempt: &str) -> ToWorker {
    ToWorker::Go(Box::new(Go {
        session,
        ask,
        attempt: attempt.into(),
        plan_hash: String::new(),
        plan: Vec::new(),
        values: Values::Build(BuildValues::default()),
    }))
}

/// What comes of a message, and of flushing at a time.
fn hear(worker: &mut Worker, now_ms: u64, message: ToWorker) -> Vec<Output> {
    let mut out = Vec::new();
    worker.receive(message, &mut out);
    worker.flush(now_ms, &mut out);
    out
}

fn flush(worker: &mut Worker, now_ms: u64) -> Vec<Output> {
    let mut out = Vec::new();
    worker.flush(now_ms, &mut out);
    out
}

fn states(outputs: &[Output]) -> Vec<&State> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::State(state) => Some(state),
            _ => None,
        })
        .collect()
}

fn starts(outputs: &[Output]) -> usize {
    outputs.iter().filter(|output| matches!(output, Output::Start(_))).count()
}

fn batches(outputs: &[Output]) -> Vec<u64> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Batch { from, .. } => Some(*from),
            _ => None,
        })
        .collect()
}

fn ack(upto: u64) -> ToWorker {
    ToWorker::Ack { attempt: "a".into(), upto, ended: false }
}

/// The ledger has the result.
fn ended(upto: u64) -> ToWorker {
    ToWorker::Ack { attempt: "a".into(), upto, ended: true }
}

fn cancel(ended: bool) -> ToWorker {
    ToWorker::Cancel { session: 3, ask: 1, attempt: "a".into(), skip_hooks: false, ended }
}

#[test]
fn a_session_begins_with_all_asks_open() {
    let out = flush(&mut worker(), 0);
    let state = states(&out)[0];
    assert_eq!((state.n, state.builds.as_slice(), state.checks.as_slice()), (1, &[1, 2][..], &[3][..]));
}

#[test]
fn an_ask_is_used_once_and_only_by_its_session() {
    let mut worker = worker();
    assert_eq!(starts(&hear(&mut worker, 0, go(2, 1, "old"))), 0);
    assert_eq!(starts(&hear(&mut worker, 0, go(3, 1, "a"))), 1);
    assert_eq!(starts(&hear(&mut worker, 0, go(3, 1, "a"))), 0, "doubled");
    assert_eq!(starts(&hear(&mut worker, 0, go(3, 1, "b"))), 0, "another for the same ask");
    assert_eq!(worker.peek().builds, [2]);
    assert_eq!(worker.peek().held, ["a".into()]);
}

#[test]
fn a_change_is_said_once_the_state_before_was_answered_else_every_two_seconds() {
    let mut worker = worker();
    assert_eq!(states(&flush(&mut worker, 0)).len(), 1);
    worker.free(Kind::Build);
    assert!(states(&flush(&mut worker, 10)).is_empty(), "the first is not answered");
    let out = hear(&mut worker, 20, ToWorker::Seen { session: 3, n: 1, ended: vec![] });
    assert_eq!(states(&out)[0].builds, [1, 2, 4]);
    assert!(states(&flush(&mut worker, 2_019)).is_empty());
    assert_eq!(states(&flush(&mut worker, 2_020)).len(), 1);
    assert_eq!(worker.wake_ms(), 4_020);
}

#[test]
fn batches_stop_and_wait_and_go_on_from_where_the_ledger_stands() {
    let mut worker = worker();
    hear(&mut worker, 0, go(3, 1, "a"));
    worker.produced(&"a".into(), 1, false);
    assert_eq!(batches(&flush(&mut worker, 0)), [0], "the first leaves at once");
    worker.produced(&"a".into(), 4, false);
    assert_eq!(batches(&flush(&mut worker, 1)), [0; 0], "the next waits for the answer");
    let out = hear(&mut worker, 2, ack(1));
    assert_eq!(batches(&out), [1]);
    assert!(out.contains(&Output::Stored { attempt: "a".into(), upto: 1 }));
    assert_eq!(batches(&hear(&mut worker, 3, ack(1))), [0; 0], "a doubled answer doubles nothing");
    assert_eq!(batches(&flush(&mut worker, 2 + ANSWER_MS)), [1], "no answer: again");
    assert_eq!(batches(&flush(&mut worker, 2 + 2 * ANSWER_MS)), [0; 0], "and later the next time");
    assert_eq!(batches(&flush(&mut worker, 2 + 3 * ANSWER_MS)), [1]);
}

#[test]
fn an_attempt_is_held_until_its_last_batch_is_acknowledged() {
    let mut worker = worker();
    hear(&mut worker, 0, go(3, 1, "a"));
    worker.free(Kind::Build);
    worker.produced(&"a".into(), 2, true);
    assert!(worker.sends_last(&"a".into()));
    let out = flush(&mut worker, 0);
    assert_eq!(batches(&out), [0]);
    assert!(!hear(&mut worker, 1, ack(1)).contains(&Output::Forget("a".into())));
    assert!(hear(&mut worker, 2, ended(2)).contains(&Output::Forget("a".into())));
    assert_eq!(worker.held().count(), 0);
}

#[test]
fn a_cancel_before_the_start_closes_the_ask_and_answers() {
    let mut worker = worker();
    let out = hear(&mut worker, 0, cancel(false));
    assert!(out.contains(&Output::Refuse("a".into())));
    assert_eq!((worker.peek().builds, worker.peek().held), (vec![2, 4], vec!["a".into()]));
    assert_eq!(starts(&hear(&mut worker, 0, go(3, 1, "a"))), 0, "a late Go finds no ask");
}

#[test]
fn a_cancel_of_what_has_ended_in_the_ledger_only_replaces_the_ask() {
    let mut worker = worker();
    let out = hear(&mut worker, 0, cancel(true));
    assert!(!out.contains(&Output::Refuse("a".into())));
    assert_eq!((worker.peek().builds, worker.peek().held), (vec![2, 4], vec![]));
}

#[test]
fn what_runs_is_cancelled_and_what_has_ended_is_not() {
    let mut worker = worker();
    hear(&mut worker, 0, go(3, 1, "a"));
    let wanted = Output::Cancel { attempt: "a".into(), skip_hooks: false };
    assert!(hear(&mut worker, 0, cancel(false)).contains(&wanted));
    worker.produced(&"a".into(), 1, true);
    assert!(!hear(&mut worker, 0, cancel(false)).contains(&wanted));
}

#[test]
fn of_a_session_before_the_position_is_asked_for_first() {
    let mut worker = Worker::new("w".into(), 4, false, 1, 0, ["a".into()]);
    assert_eq!(batches(&flush(&mut worker, 0)), [0], "an empty batch asks");
    assert!(!worker.sends_last(&"a".into()));
    let out = hear(&mut worker, 1, ack(5));
    assert!(out.contains(&Output::Stored { attempt: "a".into(), upto: 5 }));
    worker.produced(&"a".into(), 6, true);
    assert_eq!(batches(&flush(&mut worker, 2)), [5]);
    assert!(hear(&mut worker, 3, ended(6)).contains(&Output::Forget("a".into())));
}

#[test]
fn only_the_ledger_says_that_it_has_the_result() {
    let mut worker = Worker::new("w".into(), 4, false, 1, 0, ["a".into()]);
    let id: AttemptId = "a".into();
    hear(&mut worker, 1, ack(3));
    worker.produced(&id, 4, true);
    assert_eq!(batches(&flush(&mut worker, 2)), [3]);
    // What the session before had sent was stored first, where the result would stand.
    let out = hear(&mut worker, 3, ack(4));
    assert!(out.contains(&Output::Again { attempt: id.clone(), at: 4 }), "{out:?}");
    assert_eq!(worker.held().count(), 1);
    worker.produced(&id, 5, true);
    assert_eq!(batches(&flush(&mut worker, 4)), [4]);
    assert!(hear(&mut worker, 5, ended(5)).contains(&Output::Forget(id)));
}

#[test]
fn of_what_has_ended_the_rest_is_still_delivered() {
    let mut worker = worker();
    hear(&mut worker, 0, go(3, 1, "a"));
    worker.produced(&"a".into(), 3, true);
    let out = hear(&mut worker, 1, ended(1));
    assert!(!out.contains(&Output::Forget("a".into())));
    assert_eq!(batches(&out), [1]);
}

fn seen(session: u64, n: u64) -> ToWorker {
    ToWorker::Seen { session, n, ended: vec![] }
}

#[test]
fn a_drain_goes_on_with_what_is_held_in_a_session_that_asks_for_nothing() {
    let mut worker = worker().with_tags(vec!["gpu".into()]);
    hear(&mut worker, 0, go(3, 1, "a"));
    assert_eq!((worker.peek().tags, worker.peek().draining), (vec!["gpu".to_owned()], false));
    worker.drain();
    let out = flush(&mut worker, 1);
    let state = states(&out)[0];
    assert_eq!((state.session, state.n, state.draining), (4, 1, true), "said at once");
    assert_eq!((&state.builds, &state.checks, &state.held), (&vec![], &vec![], &vec!["a".into()]));
    worker.drain();
    assert!(states(&flush(&mut worker, 2)).is_empty(), "to say it twice is to say it once");
}

#[test]
fn while_it_drains_nothing_starts_and_what_runs_can_be_cancelled() {
    let cancelled = || Output::Cancel { attempt: "a".into(), skip_hooks: false };
    let table = [
        ("a Go that was on its way", go(3, 2, "b"), vec![]),
        ("a Go for what runs, doubled", go(3, 1, "a"), vec![]),
        ("a Go that invents an ask", go(4, 2, "b"), vec![]),
        ("a cancel of what never came", cancel_of("b", 2), vec![]),
        ("a cancel of what runs", cancel_of("a", 1), vec![cancelled()]),
    ];
    for (what, message, expected) in table {
        let mut worker = worker();
        hear(&mut worker, 0, go(3, 1, "a"));
        worker.drain();
        flush(&mut worker, 1);
        assert_eq!(hear(&mut worker, 2, message), expected, "{what}");
        worker.free(Kind::Build);
        assert_eq!((worker.peek().builds, worker.peek().held), (vec![], vec!["a".into()]), "{what}");
    }
}

fn cancel_of(attempt: &str, ask: u64) -> ToWorker {
    ToWorker::Cancel { session: 3, ask, attempt: attempt.into(), skip_hooks: false, ended: false }
}

/// The first answer says that the ledger has the session, the second that all of sessions before is judged since.
#[test]
fn it_is_drained_when_nothing_is_held_and_two_states_in_a_row_were_answered() {
    let table = [
        ("nothing is answered", vec![], false),
        ("states before the drain", vec![seen(3, 1), seen(3, 9)], false),
        ("one", vec![seen(4, 1)], false),
        ("one, doubled", vec![seen(4, 1), seen(4, 1)], false),
        ("two", vec![seen(4, 1), seen(4, 2)], true),
    ];
    for (what, answers, expected) in table {
        let mut worker = worker();
        flush(&mut worker, 0);
        worker.drain();
        flush(&mut worker, 0);
        for answer in answers {
            hear(&mut worker, 1, answer);
        }
        assert_eq!(worker.is_drained(), expected, "{what}");
    }
    let mut worker = worker();
    hear(&mut worker, 0, go(3, 1, "a"));
    worker.drain();
    for n in 1..4 {
        flush(&mut worker, n * STATE_MS);
        hear(&mut worker, n * STATE_MS, seen(4, n));
    }
    worker.produced(&"a".into(), 1, true);
    assert!(!worker.is_drained(), "its result is still to be stored");
    hear(&mut worker, 9_000, ended(1));
    assert!(worker.is_drained());
}

#[test]
fn that_the_machine_was_started_anew_is_said_until_all_before_is_judged() {
    for (answered, expected) in [(0, true), (1, true), (2, false)] {
        let mut worker = Worker::new("w".into(), 3, true, 1, 0, []);
        for n in 1..=answered {
            flush(&mut worker, n * STATE_MS);
            hear(&mut worker, n * STATE_MS, seen(3, n));
        }
        worker.drain();
        assert_eq!(worker.peek().rebooted, expected, "{answered} answered");
    }
}

#[test]
fn it_is_cautious_when_no_answer_came_to_a_state_of_the_last_twenty_seconds() {
    // The States are sent at 0, 2,000, 4,000 …, numbered from 1.
    let table = [
        ("no answer at all", vec![], CAUTION_MS),
        ("the first is answered late: that says when it was sent", vec![(15_000, 1)], CAUTION_MS),
        ("one that was sent at 4,000", vec![(5_000, 3)], CAUTION_MS),
        ("the first, then one that was sent later", vec![(1, 1), (5_000, 3)], 2_000 + CAUTION_MS),
        ("each in time", vec![(1, 1), (2_001, 2), (4_001, 3), (6_001, 4)], 6_000 + CAUTION_MS),
        (
            "an answer that was delayed changes nothing",
            vec![(1, 1), (2_001, 2), (9_000, 1)],
            2_000 + CAUTION_MS,
        ),
        ("of another session", vec![(1, 1), (2_001, 2)], 2_000 + CAUTION_MS),
    ];
    for (what, answers, until) in table {
        let mut worker = worker();
        for now in (0..18_000).step_by(2_000) {
            flush(&mut worker, now);
            for (_, n) in answers.iter().filter(|(at, _)| (now..now + 2_000).contains(at)) {
                worker.receive(seen(3, *n), &mut Vec::new());
                worker.receive(seen(2, 99), &mut Vec::new());
            }
        }
        assert_eq!(worker.sure_until_ms(), until, "{what}");
        assert!(!worker.is_cautious(until - 1) && worker.is_cautious(until), "{what}");
    }
}

#[test]
fn an_answer_ends_caution() {
    let mut worker = worker();
    flush(&mut worker, 0);
    // Stopped, and going on much later.
    assert!(worker.is_cautious(90_000));
    let out = flush(&mut worker, 90_000);
    assert_eq!(states(&out)[0].n, 2);
    hear(&mut worker, 90_001, seen(3, 1));
    assert!(worker.is_cautious(90_001), "an old answer says nothing of now");
    hear(&mut worker, 90_002, seen(3, 2));
    assert!(!worker.is_cautious(90_002));
}
