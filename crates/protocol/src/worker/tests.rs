use super::*;
use crate::message::Values;
use crate::numbers::ANSWER_MS;
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
    ToWorker::Ack { attempt: "a".into(), upto }
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
    assert!(hear(&mut worker, 2, ack(2)).contains(&Output::Forget("a".into())));
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
    assert!(hear(&mut worker, 3, ack(6)).contains(&Output::Forget("a".into())));
}
