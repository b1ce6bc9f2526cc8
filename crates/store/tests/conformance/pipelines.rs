use crate::fixture::{Ledger, both_jobs, end, events, job, pipeline, version};
use pikoci_engine::facts::Wanted;
use pikoci_engine::part::*;
use pikoci_plan::status::{Outcome, Status};

pub(crate) fn a_pipeline_is_set_and_shown(ledger: &Ledger) {
    let shown = ledger.pipeline("main", "shop").unwrap().unwrap();
    assert_eq!(
        (shown.revision, shown.jobs, shown.resources),
        (1, vec!["auto".into(), "hand".into()], vec!["git.app".into(), "oci.image".into()])
    );
    assert_eq!(ledger.pipelines("main").unwrap().len(), 1);
    assert_eq!(ledger.pipeline("main", "none").unwrap(), None);
    let auto = ledger.jobs(&shown.id, Some("auto")).unwrap().pop().unwrap();
    assert_eq!(auto.inputs, [("input".into(), "git.app".into(), true, vec![])]);
}

pub(crate) fn the_same_text_is_the_same_revision(ledger: &Ledger) {
    let set = |source| match ledger.apply(Part::SetPipeline(Box::new(pipeline(source, both_jobs())))) {
        Applied::Set { revision, .. } => revision,
        other => panic!("{other:?}"),
    };
    assert_eq!([set("first"), set("second"), set("second"), set("first")], [1, 2, 2, 3]);
}

pub(crate) fn a_job_that_is_taken_out_and_put_back_keeps_its_history(ledger: &Ledger) {
    ledger.create("b1", "one");
    let only_other = pipeline("second", vec![job("other", vec![])]);
    ledger.apply(Part::SetPipeline(Box::new(only_other)));
    assert_eq!(ledger.pipeline("main", "shop").unwrap().unwrap().jobs, ["other"]);
    let queue = ledger.wanted(Wanted { queue: vec![Vec::new(); 9], ..Default::default() }).queue;
    assert_eq!((queue.len(), queue[0].info.plan.as_ref()), (1, None), "its job is gone");
    ledger.apply(Part::SetPipeline(Box::new(pipeline("third", both_jobs()))));
    assert_eq!(ledger.shown("b1").number, 1);
    assert_eq!(ledger.create("b2", "two"), Applied::Made { number: 2, started: false });
}

fn set(ledger: &Ledger, set: SetPipeline) -> Applied {
    ledger.apply(Part::SetPipeline(Box::new(set)))
}

fn archive(ledger: &Ledger) -> Applied {
    ledger.apply(Part::Archive { pipeline: "pipeline".into(), by: "ann".into(), at_ms: 7 })
}

fn revised(revision: u64, changed: bool) -> Applied {
    Applied::Set { id: "pipeline".into(), revision, changed }
}

pub(crate) fn a_revision_replaces_the_one_that_it_expects(ledger: &Ledger) {
    let expecting = |expected, source| set(ledger, SetPipeline { expected, ..pipeline(source, both_jobs()) });
    assert_eq!(expecting(Some(0), "second"), Applied::Conflict(1));
    assert_eq!(expecting(Some(1), "second"), revised(2, true));
    assert_eq!(expecting(Some(1), "third"), Applied::Conflict(2));
    assert_eq!(expecting(Some(2), "second"), revised(2, false));
    assert_eq!(expecting(None, "third"), revised(3, true));
    archive(ledger);
    assert_eq!(expecting(Some(3), "third"), Applied::Conflict(0));
    assert_eq!(expecting(Some(0), "third"), revised(3, false));
    let other = SetPipeline {
        name: "other".into(),
        id: "other".into(),
        expected: Some(1),
        ..pipeline("first", vec![])
    };
    assert_eq!(set(ledger, other), Applied::Conflict(0));
    assert_eq!(ledger.pipeline("main", "other").unwrap(), None);
}

pub(crate) fn the_same_text_with_another_effect_is_another_revision(ledger: &Ledger) {
    let changes: [fn(&mut SetPipeline); 9] = [
        |set| set.jobs[1].plan.hash = "another".into(),
        |set| set.jobs[1].tags.push("gpu".into()),
        |set| set.jobs[1].serial_groups.push("group".into()),
        |set| set.jobs[1].concurrency = 3,
        |set| set.jobs[0].inputs[0].trigger = false,
        |set| set.jobs[0].inputs[0].passed.push("hand".into()),
        |set| set.resources[0].space = Some("branch".into()),
        |set| set.resources[0].check.as_mut().unwrap().schedule = pikoci_plan::Schedule::Every(5_000),
        |set| set.resources[0].check.as_mut().unwrap().key = [9; 32],
    ];
    let mut text = pipeline("first", both_jobs());
    for (revision, change) in (2..).zip(changes) {
        change(&mut text);
        if revision == 10 {
            text.resources[0].check.as_mut().unwrap().id = "another".into();
        }
        assert_eq!(set(ledger, text.clone()), revised(revision, true));
        assert_eq!(set(ledger, text.clone()), revised(revision, false));
    }
}

pub(crate) fn revisions_say_who_set_what_from_where(ledger: &Ledger) {
    let sources = vec![("https://types.example/git.hcl".to_owned(), "abc".to_owned())];
    let second = SetPipeline {
        by: "ann".into(),
        sources: sources.clone(),
        config_hash: Some("hash".into()),
        at_ms: 9,
        ..pipeline("second", both_jobs())
    };
    set(ledger, second);
    set(ledger, pipeline("third", both_jobs()));
    let listed = ledger.revisions(&"pipeline".into(), Some(3), 9).unwrap();
    assert_eq!(
        listed.iter().map(|it| (it.number, it.by.as_str())).collect::<Vec<_>>(),
        [(2, "ann"), (1, "")]
    );
    let (second, text) = ledger.revision(&"pipeline".into(), 2).unwrap().unwrap();
    assert_eq!((text.as_str(), second.created_ms, second.sources), ("second", 9, sources));
    let shown = ledger.pipeline("main", "shop").unwrap().unwrap();
    assert_eq!((shown.revision, shown.config_hash.as_deref()), (3, Some("hash")));
}

pub(crate) fn an_archived_pipeline_is_at_rest_and_comes_back_whole(ledger: &Ledger) {
    ledger.check(1, &["a"]);
    let running = ledger.running("b1");
    ledger.create("b2", "two");
    assert_eq!(archive(ledger), Applied::Touched(vec!["b1".into(), "b2".into()]));
    assert_eq!(archive(ledger), Applied::Missed);
    let why = Some("pipeline archived by ann");
    let (wished, ended) = (ledger.shown("b1"), ledger.shown("b2"));
    assert_eq!((wished.status, wished.cancel, wished.cancel_reason.as_deref()), (Status::Running, true, why));
    assert_eq!((ended.status, ended.message.as_deref()), (Status::Cancelled, why));
    let facts = ledger.wanted(Wanted { due_jobs: true, checks: 9, now_ms: 1 << 40, ..Default::default() });
    assert!(facts.jobs.is_empty() && facts.due_checks.is_empty());
    assert_eq!(
        (ledger.pipelines("main").unwrap().len(), ledger.archived_pipelines("main").unwrap().len()),
        (0, 1)
    );
    ledger.apply(end(&running, 0, Outcome::Cancelled));
    assert_eq!(set(ledger, pipeline("first", both_jobs())), revised(1, false));
    let facts = ledger.wanted(Wanted { due_jobs: true, checks: 9, now_ms: 20, ..Default::default() });
    assert_eq!((facts.jobs.len(), facts.due_checks.len()), (2, 1));
    assert!(facts.jobs[&"job auto".into()].catch_up);
    assert_eq!((ledger.shown("b1").number, ledger.known()), (1, vec!["a".to_owned()]));
}

pub(crate) fn what_a_job_holds_and_needs_is_read_by_decisions(ledger: &Ledger) {
    let whole = JobSpec {
        tags: vec!["gpu".into()],
        serial_groups: vec!["team/prod".into(), "own".into()],
        concurrency: 2,
        max_in_flight: Some(("deploys".into(), 3)),
        ..job("hand", vec![])
    };
    set(ledger, pipeline("second", vec![whole]));
    let wanted = Wanted { jobs: vec!["job hand".into()], ..Default::default() };
    let info = ledger.wanted(wanted).jobs.remove(&"job hand".into()).unwrap().info;
    assert_eq!(info.groups, ["g:pipeline:own", "g:team:main:prod"]);
    assert_eq!(info.places, [("c:job hand:".into(), 2), ("m:pipeline:deploys:".into(), 3)]);
    assert_eq!((info.tags, info.plan), (vec!["gpu".to_owned()], Some("hash of hand".into())));
}

pub(crate) fn resources_that_are_the_same_outside_share_what_is_known(ledger: &Ledger) {
    ledger.check(1, &["a", "b"]);
    let mut second = SetPipeline { id: "two".into(), name: "two".into(), ..pipeline("two", vec![]) };
    for (resource, id) in second.resources.iter_mut().zip(["app2", "image2"]) {
        resource.id = id.into();
        resource.stream = (id == "image2").then(|| "images".to_owned());
    }
    let mut first = pipeline("first", both_jobs());
    first.resources[1].stream = Some("images".into());
    set(ledger, first);
    set(ledger, second.clone());
    assert_eq!(ledger.known_of("app2"), ["b"], "the newest, not the backlog");
    let attempt = ledger.running("b1");
    let made = Made { step: 0, position: 0, resource: "oci.image".into(), versions: vec![version("i1")] };
    ledger.apply(Part::Advance(Advance { outputs: vec![made], ..events(&attempt, 0, 1) }));
    assert_eq!(ledger.known_of("image2"), ["i1"], "by its stream");
    let third = SetPipeline { id: "three".into(), name: "three".into(), ..second.clone() };
    let mut third = SetPipeline { team: "others".into(), ..third };
    third.resources[0] = ResourceSpec { id: "app3".into(), check: None, ..third.resources[0].clone() };
    third.resources[1].id = "image3".into();
    set(ledger, third);
    assert_eq!(ledger.known_of("image3"), [""; 0], "streams are a team's own");
}

pub(crate) fn a_rehearsal_leaves_nothing(ledger: &Ledger) {
    let parts = [Part::SetPipeline(Box::new(pipeline("second", vec![job("other", vec![])])))];
    let wanted = Wanted { due_jobs: true, ..Default::default() };
    let (applied, facts) = ledger.dry_run(&parts, &wanted).unwrap();
    assert_eq!((applied, facts.jobs.len()), (vec![revised(2, true)], 1));
    assert_eq!(ledger.pipeline("main", "shop").unwrap().unwrap().jobs, ["auto", "hand"]);
    assert!(!ledger.wanted(wanted).jobs.contains_key(&"job other".into()));
}

pub(crate) fn changes_of_builds_can_be_followed(ledger: &Ledger) {
    let start = ledger.last_change().unwrap();
    let attempt = ledger.running("b1");
    ledger.create("b2", "two");
    let ids = |seq| {
        let changed = ledger.builds_changed_since(seq, 9).unwrap();
        changed.iter().map(|build| build.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(start), ["b1", "b2"]);
    let seen = ledger.last_change().unwrap();
    assert_eq!(ids(seen), [""; 0]);
    ledger.apply(end(&attempt, 0, Outcome::Succeeded));
    assert_eq!(ids(seen), ["b1"]);
    assert_eq!(ids(start), ["b2", "b1"], "each once, by its newest change");
    let jobs = ledger.jobs(&"pipeline".into(), Some("hand")).unwrap();
    assert_eq!((jobs[0].pending, jobs[0].last_build.as_ref().map(|id| id.as_str())), (1, Some("b2")));
}
