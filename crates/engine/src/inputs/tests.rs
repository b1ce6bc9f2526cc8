use super::*;
use pikoci_plan::version::Version;

fn stored(order: u64) -> Stored {
    Stored { id: format!("v{order}"), order, version: Version::from([("ref", order.to_string())]) }
}

/// An input: whether it triggers, its mark, its versions (each has its order as its ref).
fn input(name: &str, trigger: bool, mark: Option<u64>, versions: &[u64]) -> InputFacts {
    InputFacts {
        name: name.to_owned(),
        resource: name.into(),
        resource_name: format!("git.{name}"),
        trigger,
        passed: false,
        newest: versions.last().map(|order| stored(*order)),
        mark: mark.map(stored),
        next: match mark {
            Some(mark) => {
                versions.iter().filter(|order| **order > mark).map(|order| stored(*order)).collect()
            }
            None => Vec::new(),
        },
    }
}

fn job(inputs: Vec<InputFacts>) -> JobFacts {
    JobFacts {
        changes: 1,
        decided: 0,
        active: true,
        team: "main".into(),
        pipeline: "p".into(),
        name: "j".into(),
        plan: "h".into(),
        inputs,
        unresolved: Vec::new(),
    }
}

/// The builds as text: `a1 b3` takes version 1 of a and 3 of b.
fn builds(job: &JobFacts) -> Vec<String> {
    let text = |taken: &Taken| format!("{}{}", job.inputs[taken.input].name, taken.version.order);
    next_builds(job).iter().map(|build| build.inputs.iter().map(text).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn which_builds_are_made() {
    let table: [(&str, Vec<InputFacts>, &[&str]); 12] = [
        ("no input, no build", vec![], &[]),
        ("no version yet", vec![input("a", true, None, &[])], &[]),
        ("a new job takes the newest, not the backlog", vec![input("a", true, None, &[1, 2, 3])], &["a3"]),
        ("nothing new", vec![input("a", true, Some(3), &[1, 2, 3])], &[]),
        ("every new version, oldest first", vec![input("a", true, Some(1), &[1, 2, 3])], &["a2", "a3"]),
        ("nothing triggers", vec![input("a", false, None, &[1, 2])], &[]),
        (
            "an input that does not trigger takes the newest",
            vec![input("a", true, Some(1), &[1, 2]), input("b", false, Some(4), &[4, 5])],
            &["a2 b5"],
        ),
        (
            "an input that does not trigger and is new starts nothing",
            vec![input("a", true, Some(2), &[2]), input("b", false, Some(4), &[4, 5])],
            &[],
        ),
        (
            "each that has a next one moves on by one, the others keep theirs",
            vec![input("a", true, Some(1), &[1, 2, 3]), input("b", true, Some(4), &[4, 5])],
            &["a2 b5", "a3 b5"],
        ),
        (
            "an input added since begins with its newest",
            vec![input("a", true, Some(2), &[2]), input("b", true, None, &[4, 5])],
            &["a2 b5"],
        ),
        (
            "an input without any version holds all back",
            vec![input("a", true, Some(1), &[1, 2]), input("b", false, None, &[])],
            &[],
        ),
        (
            "two new inputs begin together",
            vec![input("a", true, None, &[1, 2]), input("b", true, None, &[7])],
            &["a2 b7"],
        ),
    ];
    for (what, inputs, expected) in table {
        assert_eq!(builds(&job(inputs)), expected, "{what}");
    }
}

#[test]
fn a_version_below_the_mark_is_never_taken() {
    let mut late = input("a", true, Some(5), &[5]);
    late.next = vec![stored(3), stored(6)];
    assert_eq!(builds(&job(vec![late])), ["a6"]);
}

#[test]
fn a_job_with_passed_or_gone_from_the_pipeline_starts_nothing_by_itself() {
    let mut passed = input("a", true, None, &[1]);
    passed.passed = true;
    assert!(next_builds(&job(vec![passed])).is_empty());
    let gone = JobFacts { active: false, ..job(vec![input("a", true, None, &[1])]) };
    assert!(next_builds(&gone).is_empty());
}

#[test]
fn a_build_by_hand_takes_the_newest_or_says_what_it_waits_for() {
    let taken = newest(&[input("a", true, Some(1), &[1, 2])]).unwrap();
    assert_eq!(taken[0].version.order, 2);
    let missing = newest(&[input("a", true, None, &[])]).unwrap_err();
    assert_eq!(missing.to_string(), "waits for the first version of git.a");
}

#[test]
fn only_triggering_inputs_make_the_cause() {
    let one = next_builds(&job(vec![input("a", true, Some(1), &[1, 2]), input("b", false, None, &[4])]));
    let two = next_builds(&job(vec![input("a", true, Some(1), &[1, 2]), input("b", false, None, &[5])]));
    assert_eq!(one[0].cause, two[0].cause);
}
