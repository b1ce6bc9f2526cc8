//! What an address means on a server, as a table.

use super::*;
use crate::address::BuildAddress;

fn pipeline(name: &str, jobs: &[&str], resources: &[&str]) -> Pipeline {
    let named = |names: &[&str]| names.iter().map(|name| Named { name: name.to_string() }).collect();
    Pipeline {
        team: "main".into(),
        name: name.into(),
        jobs: named(jobs),
        resources: named(resources),
        ..Pipeline::default()
    }
}

fn shops() -> Vec<Pipeline> {
    vec![
        pipeline("shop", &["test", "build", "web"], &["git.app"]),
        pipeline("web", &["test", "lint"], &["git.app", "cron.night"]),
    ]
}

fn show(result: Result<impl fmt::Display, Failure>) -> String {
    match result {
        Ok(found) => found.to_string(),
        Err(failure) => format!("{} | {}", failure.what, failure.hint.unwrap_or_default()),
    }
}

fn show_job(text: &str, pipelines: &[Pipeline]) -> String {
    let address: BuildAddress = text.parse().unwrap();
    match address.build {
        crate::address::BuildName::OfJob(address, _) => show(job(&address, pipelines)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn jobs() {
    let mut pipelines = shops();
    pipelines.push(pipeline("fleet", &["deploy--eu", "deploy--us"], &[]));
    let table = [
        ("shop/test", "shop/test"),
        ("main/web/test", "web/test"),
        ("lint", "web/lint"),
        ("test", "`test` could be several jobs | say which: `shop/test`, `web/test`"),
        (
            "#7",
            "which job? There are several | say which: `shop/test`, `shop/build`, `shop/web`, `web/test`, `web/lint`, \
             `fleet/deploy--eu`, `fleet/deploy--us`",
        ),
        ("tset", "there is no job `tset` | did you mean `test`?"),
        ("deploy", "`deploy` is several jobs | say which: `fleet/deploy--eu`, `fleet/deploy--us`"),
        (
            "fleet/deploy",
            "`deploy` is several jobs in pipeline `fleet` | say which: `fleet/deploy--eu`, `fleet/deploy--us`",
        ),
        ("deploy--eu", "fleet/deploy--eu"),
        ("deploy--", "there is no job `deploy--` | did you mean `deploy--us`?"),
        ("shop/lnit", "there is no job `lnit` in pipeline `shop` | there is `test`, `build`, `web`"),
        ("shpo/test", "there is no pipeline `shpo` | did you mean `shop`?"),
        ("ops/shop/test", "there is no pipeline `shop` | did you mean `shop`?"),
    ];
    for (text, expected) in table {
        assert_eq!(show_job(text, &pipelines), expected, "{text}");
    }
}

#[test]
fn what_can_only_mean_one_thing_may_be_left_out() {
    let one = [pipeline("hello", &["test"], &["git.app"])];
    assert_eq!(show_job("#7", &one), "hello/test");
    assert_eq!(show(resource(&ResourceAddress::default(), &one)), "hello/git.app");
    assert_eq!(show_job("#7", &[]), "this server has no pipeline | set one with `pikoci pipeline set FILE`");
    assert_eq!(show_job("#7", &[pipeline("empty", &[], &[])]), "there is no job | ");
}

#[test]
fn resources() {
    let table = [
        ("cron.night", "web/cron.night"),
        ("shop/git.app", "shop/git.app"),
        ("git.app", "`git.app` could be several resources | say which: `shop/git.app`, `web/git.app`"),
        ("git.ap", "there is no resource `git.ap` | did you mean `git.app`?"),
    ];
    for (text, expected) in table {
        assert_eq!(show(resource(&text.parse().unwrap(), &shops())), expected, "{text}");
    }
}

#[test]
fn scopes() {
    let show = |text: &str| match scope(Some(&text.parse().unwrap()), &shops()) {
        Ok(Scope::Job(job)) => format!("job {job}"),
        Ok(Scope::Jobs(jobs)) => format!("{} jobs of {}", jobs.len(), jobs[0].pipeline),
        Err(failure) => format!("{} | {}", failure.what, failure.hint.unwrap_or_default()),
    };
    let table = [
        ("shop", "3 jobs of shop"),
        ("lint", "job web/lint"),
        ("web/", "2 jobs of web"),
        ("shop/web", "job shop/web"),
        (
            "web",
            "`web` is the name of a pipeline and of a job | write `web/` for the pipeline; for the job `shop/web`",
        ),
        ("test", "`test` could be several jobs | say which: `shop/test`, `web/test`"),
        ("wev", "there is no pipeline or job `wev` | did you mean `web`?"),
    ];
    for (text, expected) in table {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn paths_are_encoded() {
    let pipelines = [pipeline("my shop", &["test--a/b"], &[])];
    let found = members(Kind::Job, &Place::default(), None, &pipelines);
    assert_eq!(found[0].path(), "/api/v1/teams/main/pipelines/my%20shop/jobs/test--a%2Fb");
}
