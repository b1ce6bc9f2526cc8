//! The table.

use crate::states::{
    Build, first, hold, input, not_passed, nothing, passed, pending, pin, two_jobs, upstream, version, worker,
};
use pikoci_engine::why::{Check, Stopped, Upstream};
use pikoci_plan::status::Outcome;

/// A state, how it comes about, the sentence, and what unblocks it.
type Row = (&'static str, Build, &'static str, &'static str);

/// 2026-01-02T03:04:05Z.
const AT_MS: u64 = 1_767_323_045_000;

pub(crate) const TABLE: &[Row] = &[
    (
        "the job was removed",
        |facts| facts.stopped = Some(Stopped::Removed),
        "job shop/deploy is not in the pipeline any more",
        "write it into the text again, then pikoci pipeline set",
    ),
    (
        "the pipeline is archived",
        |facts| facts.stopped = Some(Stopped::Archived),
        "pipeline shop is archived",
        "pikoci pipeline set",
    ),
    (
        "the pipeline is paused",
        |facts| facts.stopped = Some(Stopped::PipelinePaused),
        "pipeline shop is paused",
        "pikoci pipeline unpause shop",
    ),
    (
        "the job is paused",
        |facts| facts.stopped = Some(Stopped::Paused),
        "job shop/deploy is paused",
        "pikoci job unpause shop/deploy",
    ),
    (
        "another team's job is paused",
        |facts| {
            facts.stopped = Some(Stopped::Paused);
            facts.job.info.team = "web".into();
        },
        "job web/shop/deploy is paused",
        "pikoci job unpause web/shop/deploy",
    ),
    (
        "a build waits for a check",
        |facts| pending(facts).waits_for = vec!["git.ci".into()],
        "#8 waits for a check of shop/git.ci",
        "pikoci resource check shop/git.ci",
    ),
    (
        "a retry waits for what is left of a lost attempt",
        |facts| pending(facts).lost_on = Some("w3".into()),
        "#8 waits until processes of its lost attempt on worker w3 are gone",
        "start worker w3 again, or wait: they are given up after 5 minutes",
    ),
    (
        "a serial group is held",
        |facts| {
            pending(facts);
            facts.job.info.groups = vec!["g:P:prod".into()];
            hold(facts, "g:P:prod", "deploy #7", false);
        },
        "#8 waits for the serial group `prod`, which deploy #7 holds",
        "the end of deploy #7",
    ),
    (
        "a group of the team is held",
        |facts| {
            pending(facts);
            facts.job.info.groups = vec!["g:team:main:prod".into()];
            hold(facts, "g:team:main:prod", "deploy #7", false);
        },
        "#8 waits for the serial group `team/prod`, which deploy #7 holds",
        "the end of deploy #7",
    ),
    (
        "a group is held by what was lost",
        |facts| {
            pending(facts);
            facts.job.info.groups = vec!["g:P:prod".into()];
            hold(facts, "g:P:prod", "deploy #7", true);
        },
        "#8 waits for the serial group `prod`, which may still be held by processes of deploy #7, whose worker is lost",
        "start that worker again, or wait: they are given up after 5 minutes",
    ),
    (
        "the concurrency is reached",
        |facts| {
            pending(facts);
            facts.job.info.places = vec![("c:J:".into(), 2)];
            hold(facts, "c:J:0", "deploy #6", false);
            hold(facts, "c:J:1", "deploy #7", false);
        },
        "#8 waits: 2 at once is the limit, and deploy #6 and deploy #7 run",
        "the end of one of them",
    ),
    (
        "one runs, and one at once is the limit",
        |facts| {
            pending(facts);
            facts.job.info.places = vec![("c:J:".into(), 1)];
            hold(facts, "c:J:0", "deploy #7", false);
        },
        "#8 waits: 1 at once is the limit, and deploy #7 runs",
        "the end of deploy #7",
    ),
    (
        "the concurrency is reached by what was lost",
        |facts| {
            pending(facts);
            facts.job.info.places = vec![("c:J:".into(), 1)];
            hold(facts, "c:J:0", "deploy #7", true);
        },
        "#8 waits: 1 at once is the limit, and deploy #7 (whose worker is lost) runs",
        "start that worker again, or wait: they are given up after 5 minutes",
    ),
    (
        "there is no worker",
        |facts| {
            pending(facts);
            facts.workers.clear();
        },
        "#8 waits for a worker, and there is none",
        "start a worker: pikoci server --run-worker",
    ),
    (
        "the only worker is not heard of",
        |facts| {
            pending(facts);
            facts.workers[0].fresh = false;
        },
        "#8 waits for a worker, and there is none",
        "start a worker: pikoci server --run-worker",
    ),
    (
        "no worker has the tag",
        |facts| {
            pending(facts);
            facts.job.info.tags = vec!["gpu".into()];
        },
        "#8 waits for a worker with tag `gpu`",
        "start a worker with tag `gpu`",
    ),
    (
        "no worker has both tags",
        |facts| {
            pending(facts);
            facts.job.info.tags = vec!["arm".into(), "gpu".into()];
            facts.workers[0].tags = vec!["gpu".into()];
        },
        "#8 waits for a worker with tags `arm` and `gpu`",
        "start a worker with tags `arm` and `gpu`",
    ),
    (
        "the workers drain",
        |facts| {
            pending(facts);
            facts.workers[0].draining = true;
        },
        "#8 waits for a worker, and all that there are drain: w1",
        "start a worker: pikoci server --run-worker",
    ),
    (
        "the workers are busy",
        |facts| {
            pending(facts);
            facts.workers = vec![worker("w1", 0), worker("w2", 0)];
        },
        "#8 waits for a free slot on w1 or w2",
        "the end of a build there, or another worker",
    ),
    ("a build can start", |facts| drop(pending(facts).number.clone()), "#8 starts in a moment", ""),
    ("a build runs", |facts| facts.running = vec!["7".into()], "running: #7", ""),
    (
        "held at what no check has found",
        |facts| first(facts).pin = pin(0, false),
        "`app` is held at shop/git.app@ref=c0, which no check has found",
        "pikoci resource check shop/git.app",
    ),
    (
        "held at what has not passed",
        |facts| {
            passed(facts, &[&[(0, 3)]]);
            first(facts).pin = pin(2, false);
        },
        "`app` is held at shop/git.app@ref=c2, which did not pass `test`",
        "pikoci job trigger shop/test --version 'git.app={\"ref\":\"c2\"}'",
    ),
    (
        "held at what has not passed a job that is at work",
        |facts| {
            passed(facts, &[&[(0, 3)]]);
            first(facts).pin = pin(2, false);
            facts.upstream = upstream(&["t"], Upstream { open: true, ..Upstream::default() });
        },
        "`app` is held at shop/git.app@ref=c2, which did not pass `test`, of which a build is pending or running",
        "the end of that build; see pikoci job why shop/test",
    ),
    (
        "held at what has not passed a job that puts it",
        |facts| {
            passed(facts, &[&[(0, 3)]]);
            first(facts).pin = pin(2, false);
            facts.upstream = upstream(&["t"], Upstream { makes: vec!["app".into()], ..Upstream::default() });
        },
        "`app` is held at shop/git.app@ref=c2, which did not pass `test`",
        "pikoci resource unpin shop/git.app",
    ),
    (
        "held below what was built",
        |facts| first(facts).pin = pin(2, false),
        "shop/git.app is held at ref=c2, which is older than what was built, ref=c3",
        "pikoci job trigger shop/deploy",
    ),
    (
        "held at what was built",
        |facts| first(facts).pin = pin(3, false),
        "shop/git.app is held at ref=c3, which was built",
        "pikoci resource unpin shop/git.app",
    ),
    (
        "held by the text at what was built",
        |facts| first(facts).pin = pin(3, true),
        "shop/git.app is held at ref=c3, which was built",
        "take the version out of the text, then pikoci pipeline set",
    ),
    (
        "the check fails",
        |facts| {
            nothing(facts);
            facts
                .checks
                .insert("app".into(), Check::Failing { since_ms: AT_MS, error: "no such repository".into() });
        },
        "`app` has no version: the check of shop/git.app has been failing since 2026-01-02T03:04:05Z: no such repository",
        "mend what the check says, then pikoci resource check shop/git.app",
    ),
    (
        "no worker does what the check asks for",
        |facts| {
            nothing(facts);
            facts.checks.insert("app".into(), Check::Never);
            facts.check_tags.insert("git.app".into(), vec!["gpu".into()]);
        },
        "the check of shop/git.app waits for a worker with tag `gpu`",
        "start a worker with tag `gpu`",
    ),
    (
        "nobody is there to check",
        |facts| {
            nothing(facts);
            facts.workers.clear();
            facts.checks.insert("app".into(), Check::Never);
            facts.check_tags.insert("git.app".into(), vec![]);
        },
        "the check of shop/git.app waits for a worker, and there is none",
        "start a worker: pikoci server --run-worker",
    ),
    (
        "the first check runs",
        |facts| {
            nothing(facts);
            facts.checks.insert("app".into(), Check::First);
        },
        "`app` has no version yet: the first check of shop/git.app is running",
        "",
    ),
    (
        "nothing was checked yet",
        |facts| {
            nothing(facts);
            facts.checks.insert("app".into(), Check::Never);
        },
        "`app` has no version yet: shop/git.app has never been checked",
        "pikoci resource check shop/git.app",
    ),
    (
        "the check finds nothing",
        |facts| drop(nothing(facts).name.clone()),
        "`app` has no version: the check of shop/git.app finds none",
        "pikoci resource check shop/git.app",
    ),
    (
        "a schedule has not been due yet",
        |facts| {
            nothing(facts);
            facts.checks.insert("app".into(), Check::Schedule(Some(AT_MS)));
        },
        "`app` has no version yet: its schedule is due at 2026-01-02T03:04:05Z",
        "wait until 2026-01-02T03:04:05Z",
    ),
    (
        "a schedule is never due",
        |facts| {
            nothing(facts);
            facts.checks.insert("app".into(), Check::Schedule(None));
        },
        "`app` has no version: its schedule is never due again",
        "write another schedule, then pikoci pipeline set",
    ),
    (
        "a resource without a check was never put",
        |facts| {
            nothing(facts);
            facts.checks.insert("app".into(), Check::None);
        },
        "`app` has no version: no build has put shop/git.app yet",
        "a build that puts shop/git.app",
    ),
    (
        "no version passed: the job upstream has not run",
        |facts| not_passed(facts, Upstream::default()),
        "`app`: no version of git.app passed `test`, which has not run yet",
        "pikoci job trigger shop/test",
    ),
    (
        "no version passed: its last build failed",
        |facts| not_passed(facts, Upstream { last: Some(Outcome::Failed), ..Upstream::default() }),
        "`app`: no version of git.app passed `test`, whose last build failed",
        "pikoci job trigger shop/test",
    ),
    (
        "no version passed: its last build errored",
        |facts| not_passed(facts, Upstream { last: Some(Outcome::Errored), ..Upstream::default() }),
        "`app`: no version of git.app passed `test`, whose last build errored",
        "pikoci job trigger shop/test",
    ),
    (
        "no version passed: its last build was cancelled",
        |facts| not_passed(facts, Upstream { last: Some(Outcome::Cancelled), ..Upstream::default() }),
        "`app`: no version of git.app passed `test`, whose last build was cancelled",
        "pikoci job trigger shop/test",
    ),
    (
        "no version passed: it is paused",
        |facts| not_passed(facts, Upstream { paused: true, ..Upstream::default() }),
        "`app`: no version of git.app passed `test`, which is paused",
        "pikoci job unpause shop/test",
    ),
    (
        "no version passed: it is at work",
        |facts| not_passed(facts, Upstream { open: true, ..Upstream::default() }),
        "`app`: no version of git.app passed `test`, of which a build is pending or running",
        "the end of that build; see pikoci job why shop/test",
    ),
    (
        "no versions passed together",
        |facts| {
            facts.job.inputs.push(input("lib", 3));
            passed(facts, &[&[(0, 3)], &[(1, 3)]]);
        },
        "no versions for `app` and `lib` passed `test` together",
        "pikoci job trigger shop/test",
    ),
    (
        "no versions passed together yet: the job upstream is at work",
        |facts| {
            facts.job.inputs.push(input("lib", 3));
            passed(facts, &[&[(0, 3)], &[(1, 3)]]);
            facts.upstream = upstream(&["t"], Upstream { open: true, ..Upstream::default() });
        },
        "no versions for `app` and `lib` passed `test` together: a build of `test` may bring them, of which a build is pending or running",
        "the end of that build; see pikoci job why shop/test",
    ),
    (
        "two jobs let different versions through",
        |facts| two_jobs(facts, Upstream::default()),
        "no versions for `app` passed `lint` and `test` together: ref=c2 did not pass `test`",
        "pikoci job trigger shop/test --version 'git.app={\"ref\":\"c2\"}'",
    ),
    (
        "two jobs let different versions through, and one puts them",
        |facts| {
            two_jobs(facts, Upstream::default());
            let makes = Upstream { makes: vec!["app".into()], ..Upstream::default() };
            facts.upstream.insert("t".into(), makes);
        },
        "no versions for `app` passed `lint` and `test` together: ref=c3 did not pass `lint`",
        "pikoci job trigger shop/lint --version 'git.app={\"ref\":\"c3\"}'",
    ),
    (
        "two jobs put different versions",
        |facts| two_jobs(facts, Upstream { makes: vec!["app".into()], ..Upstream::default() }),
        "no versions for `app` passed `lint` and `test` together: ref=c2 did not pass `test`",
        "another `passed`, then pikoci pipeline set",
    ),
    (
        "nothing triggers",
        |facts| first(facts).trigger = false,
        "job shop/deploy starts only by hand: none of its gets has `trigger = true`",
        "pikoci job trigger shop/deploy",
    ),
    (
        "what is new comes from outside",
        |facts| {
            facts.job.trusted_only = true;
            let mut outside = version(4);
            outside.untrusted = true;
            first(facts).next = vec![outside];
        },
        "`app`: ref=c4 comes from outside, and a build of it would get secrets",
        "pikoci job trigger shop/deploy --version 'git.app={\"ref\":\"c4\"}'",
    ),
    (
        "all that passed comes from outside",
        |facts| {
            passed(facts, &[&[(0, 4)]]);
            facts.job.trusted_only = true;
            first(facts).newest = None;
            let builds = facts.job.upstream.values_mut().flatten();
            builds.flat_map(|build| build.versions.values_mut()).flatten().for_each(|of| of.untrusted = true);
        },
        "`app`: ref=c4 comes from outside, and a build of it would get secrets",
        "pikoci job trigger shop/deploy --version 'git.app={\"ref\":\"c4\"}'",
    ),
    (
        "what passed is older than what was built",
        |facts| {
            passed(facts, &[&[(0, 2)], &[(0, 3)]]);
            let builds = facts.job.upstream.values_mut().flatten();
            builds
                .flat_map(|build| build.versions.values_mut())
                .flatten()
                .for_each(|of| of.taken = of.order == 3);
        },
        "`app`: ref=c2 is older than what was built, ref=c3",
        "pikoci job trigger shop/deploy --version 'git.app={\"ref\":\"c2\"}'",
    ),
    (
        "all there is was built",
        |_| {},
        "nothing is new since #7",
        "a new version, or pikoci job trigger shop/deploy",
    ),
    (
        "all was built, and the check fails",
        |facts| {
            facts
                .checks
                .insert("app".into(), Check::Failing { since_ms: AT_MS, error: "no such repository".into() });
        },
        "nothing is new since #7",
        "a new version, or pikoci job trigger shop/deploy (the check of shop/git.app has been failing since 2026-01-02T03:04:05Z)",
    ),
    (
        "a schedule waits for its next instant",
        |facts| {
            facts.checks.insert("app".into(), Check::Schedule(Some(AT_MS)));
        },
        "nothing is new since #7; the schedule is due at 2026-01-02T03:04:05Z",
        "a new version, or pikoci job trigger shop/deploy",
    ),
    (
        "something is new",
        |facts| first(facts).next = vec![version(4)],
        "a build of the newest versions is made in a moment",
        "",
    ),
];
