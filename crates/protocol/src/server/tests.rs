use super::judge::{Says, Verdict, says, verdict};
use super::*;
use crate::message::State;
use pikoci_engine::facts::{AttemptFacts, AttemptOf, CancelWish, DueCheck, JobInfo, PendingBuild, QueuedJob};
use pikoci_engine::part::Fate;

#[test]
fn the_table_of_what_a_state_says_of_an_attempt() {
    use CancelWish::{Cancel, No};
    let rebooted = &State { rebooted: true, ..state(1, &[]) };
    let usual = &state(1, &[]);
    let table = [
        (true, No, Says::Open, usual, Verdict::GoAgain),
        (true, Cancel, Says::Open, usual, Verdict::Cancel),
        (true, No, Says::Held, usual, Verdict::Nothing),
        (true, Cancel, Says::Held, usual, Verdict::Cancel),
        (true, No, Says::Neither, usual, Verdict::Lose(Fate::Lost)),
        (true, Cancel, Says::Neither, usual, Verdict::Lose(Fate::Lost)),
        (true, No, Says::Gone, usual, Verdict::Lose(Fate::Again)),
        (true, No, Says::Gone, rebooted, Verdict::Lose(Fate::Lost)),
        (false, No, Says::Held, usual, Verdict::NameInSeen),
        (false, No, Says::Open, usual, Verdict::ReplaceAsk),
        (false, No, Says::Neither, usual, Verdict::Release),
        (false, No, Says::Gone, rebooted, Verdict::Release),
    ];
    for (running, cancel, says, state, expected) in table {
        let attempt = AttemptFacts { running, cancel, released: false, ..attempt(1, 1, 1) };
        let given = verdict(&attempt, says, state);
        assert_eq!(given, expected, "running {running}, {cancel:?}, {says:?}, {state:?}");
    }
    for says in [Says::Neither, Says::Gone] {
        let known = AttemptFacts { running: false, released: true, ..attempt(1, 1, 1) };
        assert_eq!(verdict(&known, says, usual), Verdict::Nothing, "{says:?}, and it is known");
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
        tags: vec![],
        draining: false,
    }
}

fn attempt(session: u64, ask: u64, n: u64) -> AttemptFacts {
    let check = DueCheck { check: "c".into(), number: 1, plan: String::new(), tags: vec![], newest: None };
    AttemptFacts {
        attempt: "a".into(),
        worker: "w".into(),
        session,
        ask,
        n,
        plan: String::new(),
        of: AttemptOf::Check(check),
        running: true,
        released: false,
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

fn waiting(builds: &[&str]) -> Facts {
    let pending = |id: &&str| PendingBuild {
        build: (*id).into(),
        number: 1,
        rerun: 0,
        overtaken_by: None,
        inputs: BTreeMap::new(),
    };
    let info = JobInfo { plan: Some("plan".into()), ..JobInfo::default() };
    let job = QueuedJob { job: "j".into(), info, builds: builds.iter().map(pending).collect() };
    Facts { queue: vec![job], ..Facts::default() }
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
    assert_eq!(started(&turn(&mut server, 1, waiting(&["b1"]))), [("b1".to_owned(), 9)]);
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

#[test]
fn whether_an_attempt_has_ended_is_said_by_the_ledger_not_by_a_position() {
    use pikoci_engine::facts::{AttemptPosition, AttemptTarget};
    use pikoci_plan::event::Event;
    use pikoci_plan::status::Outcome;
    let begun = Event::StepStarted { step: 0, at_ms: 0 };
    let end = Event::Result {
        outcome: Outcome::Succeeded,
        at_ms: 0,
        message: None,
        warning: false,
        stopped: false,
    };
    let stands = |position, running| {
        let known = AttemptPosition { position, running, of: AttemptTarget::Build("b".into()) };
        Facts { positions: BTreeMap::from([("a".into(), known)]), ..Facts::default() }
    };
    let answers = |batches: &[(u64, Vec<Event>)], facts| {
        let mut server = server();
        for (from, events) in batches.iter().cloned() {
            let batch = Batch { worker: "w".into(), attempt: "a".into(), from, events, state: None };
            server.receive(at(0), ToServer::Batch(batch));
        }
        let parts = turn(&mut server, 0, facts);
        let advanced = Applied::Advanced { due: vec![], new_versions: vec![], seal: false };
        let outputs = server.conclude(vec![advanced; parts.len()]);
        let mut acks: Vec<_> = outputs
            .iter()
            .filter_map(|output| match output {
                Output::Send(_, ToWorker::Ack { upto, ended, .. }) => Some((*upto, *ended)),
                _ => None,
            })
            .collect();
        acks.sort_unstable();
        acks
    };
    let (event, result) = (vec![begun.clone()], vec![end.clone()]);
    let table = [
        ("an event", vec![(3, event.clone())], (3, true), vec![(4, false)]),
        ("the result", vec![(3, result.clone())], (3, true), vec![(4, true)]),
        (
            "the result, where another event was stored",
            vec![(3, result.clone())],
            (4, true),
            vec![(4, false)],
        ),
        (
            "the same in one turn",
            vec![(3, event.clone()), (3, result.clone())],
            (3, true),
            vec![(4, false); 2],
        ),
        (
            "the result, doubled",
            vec![(3, result.clone()), (3, result.clone())],
            (3, true),
            vec![(4, true); 2],
        ),
        ("an event of what was lost meanwhile", vec![(3, event)], (3, false), vec![(4, true)]),
        ("a question after the end", vec![(0, vec![])], (4, false), vec![(4, true)]),
    ];
    for (what, batches, (position, running), expected) in table {
        assert_eq!(answers(&batches, stands(position, running)), expected, "{what}");
    }
}

#[test]
fn who_is_answered_by_the_facts_alone_is_answered_where_the_commit_fails() {
    let mut server = Server::new(String::new(), Box::new(|| 1));
    let now = Now { steady_ms: 1, wall_ms: 1 };
    let of = |key: &str| Request::Trigger {
        job: "gone".into(),
        key: key.into(),
        by: "ann".into(),
        versions: Default::default(),
    };
    server.request(7, of("k"));
    server.wanted(now);
    server.decide(Facts::default());
    let answers: Vec<_> = server
        .fail("no answer")
        .into_iter()
        .filter_map(|output| match output {
            Output::Answer(token, answer) => Some((token, answer)),
            _ => None,
        })
        .collect();
    assert_eq!(answers, [(7, Err(Problem::NotFound))]);
}

#[test]
fn a_worker_that_says_nothing_for_a_day_is_forgotten() {
    const DAY_MS: u64 = 24 * 60 * 60_000;
    let mut server = server();
    server.receive(at(0), ToServer::State(state(1, &[])));
    server.wanted(at(DAY_MS - 1));
    assert_eq!(server.workers.len(), 1);
    server.wanted(at(DAY_MS + STATE_MS));
    assert_eq!(server.workers.len(), 0);
}
