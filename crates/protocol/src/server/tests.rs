use super::judge::{Says, Verdict, says, verdict};
use super::*;
use crate::message::State;
use pikoci_engine::facts::{AttemptFacts, AttemptOf, CancelWish, DueCheck, PendingBuild};
use pikoci_engine::part::Fate;

#[test]
fn the_table_of_what_a_state_says_of_an_attempt() {
    use CancelWish::{Cancel, No};
    let table = [
        (true, No, Says::Open, false, Verdict::GoAgain),
        (true, Cancel, Says::Open, false, Verdict::Cancel),
        (true, No, Says::Held, false, Verdict::Nothing),
        (true, Cancel, Says::Held, false, Verdict::Cancel),
        (true, No, Says::Neither, false, Verdict::Lose(Fate::Lost)),
        (true, Cancel, Says::Neither, false, Verdict::Lose(Fate::Lost)),
        (true, No, Says::Gone, false, Verdict::Lose(Fate::Again)),
        (true, No, Says::Gone, true, Verdict::Lose(Fate::Lost)),
        (false, No, Says::Held, false, Verdict::NameInSeen),
        (false, No, Says::Open, false, Verdict::ReplaceAsk),
        (false, No, Says::Neither, false, Verdict::Nothing),
        (false, No, Says::Gone, true, Verdict::Nothing),
    ];
    for (running, wish, says, rebooted, expected) in table {
        let given = verdict(running, wish, says, rebooted);
        assert_eq!(given, expected, "running {running}, {wish:?}, {says:?}, rebooted {rebooted}");
    }
}

fn state(n: u64, builds: &[u64]) -> State {
    State {
        worker: "w".into(),
        session: 2,
        n,
        builds: builds.to_vec(),
        checks: vec![],
        held: vec![],
        rebooted: false,
        tags: Vec::new(),
        draining: false,
    }
}

fn attempt(session: u64, ask: u64, n: u64) -> AttemptFacts {
    let check = DueCheck { check: "c".into(), number: 1, plan: String::new(), newest: None };
    AttemptFacts {
        attempt: "a".into(),
        worker: "w".into(),
        session,
        ask,
        n,
        of: AttemptOf::Check(check),
        running: true,
        cancel: CancelWish::No,
    }
}

#[test]
fn only_a_state_newer_than_the_attempt_judges_it() {
    let held = State { held: vec!["a".into()], ..state(5, &[]) };
    assert_eq!(says(&state(5, &[7]), &attempt(2, 7, 5)), None);
    assert_eq!(says(&state(6, &[7]), &attempt(2, 7, 5)), Some(Says::Open));
    assert_eq!(says(&state(6, &[8]), &attempt(2, 7, 5)), Some(Says::Neither));
    assert_eq!(says(&held, &attempt(2, 7, 4)), Some(Says::Held));
    assert_eq!(says(&state(1, &[7]), &attempt(1, 7, 99)), Some(Says::Gone), "a lower session");
    assert_eq!(says(&held, &attempt(1, 7, 99)), Some(Says::Held));
    assert_eq!(says(&state(9, &[7]), &attempt(3, 7, 1)), None, "a higher session");
}

fn at(ms: u64) -> Now {
    Now { steady_ms: ms, wall_ms: ms }
}

fn server() -> Server {
    let mut count = 0;
    Server::new(
        String::new(),
        Box::new(move || {
            count += 1;
            count
        }),
    )
}

fn pending(build: &str) -> PendingBuild {
    PendingBuild {
        build: build.into(),
        number: 1,
        team: "main".into(),
        pipeline: "p".into(),
        job: "j".into(),
        plan: Some("plan".into()),
        inputs: BTreeMap::new(),
    }
}

/// A turn at a time, on facts; what is committed.
fn turn(server: &mut Server, now_ms: u64, facts: Facts) -> Vec<Part> {
    server.wanted(at(now_ms));
    server.decide(facts)
}

fn started(parts: &[Part]) -> Vec<(String, u64)> {
    parts
        .iter()
        .filter_map(|part| match part {
            Part::StartBuild(start) => Some((start.build.to_string(), start.to.ask.ask)),
            _ => None,
        })
        .collect()
}

#[test]
fn an_ask_is_given_once_and_counts_for_five_seconds() {
    let waiting = |builds: &[&str]| Facts {
        pending: builds.iter().map(|id| pending(id)).collect(),
        ..Facts::default()
    };
    let mut server = server();
    server.receive(at(0), ToServer::State(state(1, &[7, 8])));
    let parts = turn(&mut server, 0, waiting(&["b1"]));
    assert_eq!(started(&parts), [("b1".to_owned(), 7)]);
    server.conclude(vec![Applied::Yes; parts.len()]);
    assert_eq!(started(&turn(&mut server, 1, waiting(&["b2", "b3"]))), [("b2".to_owned(), 8)]);
    server.receive(at(10), ToServer::State(state(2, &[9])));
    assert_eq!(started(&turn(&mut server, 5_010, waiting(&["b3"]))), []);
}

#[test]
fn an_older_state_says_nothing() {
    let mut server = server();
    server.receive(at(0), ToServer::State(state(2, &[9])));
    server.receive(at(1), ToServer::State(state(1, &[7])));
    let facts = Facts { pending: vec![pending("b1")], ..Facts::default() };
    assert_eq!(started(&turn(&mut server, 1, facts)), [("b1".to_owned(), 9)]);
}

#[test]
fn every_batch_is_answered_with_where_the_ledger_stands() {
    let mut server = server();
    let batch = |from, events: usize| {
        let event = pikoci_plan::event::Event::StepStarted { step: 0, at_ms: 0 };
        let events = vec![event; events];
        ToServer::Batch(Batch { worker: "w".into(), attempt: "a".into(), from, events, state: None })
    };
    let stands = |position| {
        let of = pikoci_engine::facts::AttemptTarget::Build("b".into());
        let known = pikoci_engine::facts::AttemptPosition { position, running: true, of };
        Facts { positions: BTreeMap::from([("a".into(), known)]), ..Facts::default() }
    };
    let mut answer = |from, events, facts: Facts| {
        server.receive(at(0), batch(from, events));
        let parts = turn(&mut server, 0, facts);
        let advanced = Applied::Advanced { due: vec![], new_versions: vec![], seal: false };
        let outputs = server.conclude(vec![advanced; parts.len()]);
        let acks: Vec<_> = outputs
            .iter()
            .filter_map(|output| match output {
                Output::Send(_, ToWorker::Ack { upto, .. }) => Some(*upto),
                _ => None,
            })
            .collect();
        (parts.len(), acks)
    };
    assert_eq!(answer(4, 3, stands(4)), (1, vec![7]));
    assert_eq!(answer(4, 3, stands(5)), (1, vec![7]), "what is known of it is left out");
    assert_eq!(answer(4, 3, stands(7)), (0, vec![7]), "all of it is known");
    assert_eq!(answer(4, 3, stands(2)), (0, vec![2]), "something is missing before it");
    assert_eq!(answer(0, 0, stands(2)), (0, vec![2]), "it only asks");
    assert_eq!(answer(4, 3, Facts::default()), (0, vec![7]), "nobody knows it any more");
}
