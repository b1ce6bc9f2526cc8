use crate::fixture::{Ledger, both_jobs, job, pipeline};
use pikoci_engine::part::{Applied, Part};

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
    let queue = ledger.wanted(pikoci_engine::facts::Wanted { queue: 9, ..Default::default() }).queue;
    assert_eq!((queue.len(), queue[0].info.plan.as_ref()), (1, None), "its job is gone");
    ledger.apply(Part::SetPipeline(Box::new(pipeline("third", both_jobs()))));
    assert_eq!(ledger.shown("b1").number, 1);
    assert_eq!(ledger.create("b2", "two"), Applied::Made { number: 2, started: false });
}
