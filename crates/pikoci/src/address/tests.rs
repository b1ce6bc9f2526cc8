//! The grammar as a table.

use super::*;

const ID: &str = "01JDF3M8Z0QW2E4R6T8Y0V2X4Z";

/// `team/pipeline/job` with `-` for what was not said, then build and step.
fn show_build(text: &str) -> String {
    match text.parse::<BuildAddress>() {
        Err(error) => format!("error: {error}"),
        Ok(BuildAddress { build, step }) => {
            let step = step.map(|step| format!(" step {step}")).unwrap_or_default();
            match build {
                BuildName::Id { host, id } => format!("{}id {id}{step}", show_host(host)),
                BuildName::OfJob(job, which) => format!("{} {which:?}{step}", show_job(job)),
            }
        }
    }
}

fn show_host(host: Option<String>) -> String {
    host.map(|host| format!("at {host}: ")).unwrap_or_default()
}

fn show_place(place: Place, name: Option<String>) -> String {
    let part = |part: Option<String>| part.unwrap_or_else(|| "-".into());
    format!("{}{}/{}/{}", show_host(place.host), part(place.team), part(place.pipeline), part(name))
}

fn show_job(job: JobAddress) -> String {
    show_place(job.place, job.job)
}

#[test]
fn builds() {
    let table = [
        ("shop/test#7", r#"-/shop/test Some(Number("7"))"#),
        ("ops/shop/test#7", r#"ops/shop/test Some(Number("7"))"#),
        ("test#7", r#"-/-/test Some(Number("7"))"#),
        ("#7", r#"-/-/- Some(Number("7"))"#),
        ("shop/test--linux-arm#7.1:unit", r#"-/shop/test--linux-arm Some(Number("7.1")) step unit"#),
        ("test#last", "-/-/test Some(Last)"),
        ("shop/test#failed:unit tests", "-/shop/test Some(Failed) step unit tests"),
        ("test#7:a:b", r#"-/-/test Some(Number("7")) step a:b"#),
        ("test", "-/-/test None"),
        ("test:unit", "-/-/test None step unit"),
        (ID, "id 01JDF3M8Z0QW2E4R6T8Y0V2X4Z"),
        ("01JDF3M8Z0QW2E4R6T8Y0V2X4Z:unit", "id 01JDF3M8Z0QW2E4R6T8Y0V2X4Z step unit"),
        ("01jdf3m8z0qw2e4r6t8y0v2x4z", "-/-/01jdf3m8z0qw2e4r6t8y0v2x4z None"),
        (
            "http://CI.example:8080/ui/teams/main/pipelines/shop/jobs/test/builds/7?tab=log#L4",
            r#"at ci.example:8080: main/shop/test Some(Number("7"))"#,
        ),
        (
            "https://ci.example/api/v1/teams/main/pipelines/my%20shop/jobs/test/builds/7/log",
            r#"at ci.example: main/my shop/test Some(Number("7"))"#,
        ),
        ("http://h/teams/main/pipelines/shop/jobs/test", "at h: main/shop/test None"),
        ("http://h/api/v1/builds/01JDF3M8Z0QW2E4R6T8Y0V2X4Z/events", "at h: id 01JDF3M8Z0QW2E4R6T8Y0V2X4Z"),
        ("test#", "error: `#` is no build: write `#7`, `#7.1`, `#last` or `#failed`"),
        ("test#x", "error: `#x` is no build: write `#7`, `#7.1`, `#last` or `#failed`"),
        ("test#7.", "error: `#7.` is no build: write `#7`, `#7.1`, `#last` or `#failed`"),
        ("test#7:", "error: the name of a step is missing after `:`"),
        ("shop//test#7", "error: a part is empty: write `job`, `pipeline/job` or `team/pipeline/job`"),
        ("a/b/c/d#7", "error: too many parts: at most `team/pipeline/job`"),
        ("http://h/teams/main/pipelines/shop", "error: this URL leads to no build"),
        ("http://h/about", "error: this URL leads to no pipeline, job, build or resource"),
        ("http://h/teams/main/pipelines/%ff/jobs/a/builds/1", "error: `%ff` in this URL is no name"),
    ];
    for (text, expected) in table {
        assert_eq!(show_build(text), expected, "{text}");
    }
}

#[test]
fn jobs() {
    let show =
        |text: &str| text.parse().map_or_else(|error: AddressError| format!("error: {error}"), show_job);
    let table = [
        ("test", "-/-/test"),
        ("shop/test", "-/shop/test"),
        ("ops/shop/test", "ops/shop/test"),
        ("http://h/teams/main/pipelines/shop/jobs/test", "at h: main/shop/test"),
        ("test#7", "error: this names a build; a job is `pipeline/job`"),
        ("", "error: a part is empty: write `job`, `pipeline/job` or `team/pipeline/job`"),
        (
            "http://h/teams/main/pipelines/shop/jobs/test/builds/7",
            "error: this URL leads to a build; a job was expected",
        ),
        ("http://h/teams/main/pipelines/shop/resources/git.app", "error: this URL leads to no job"),
    ];
    for (text, expected) in table {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn resources() {
    let show = |text: &str| match text.parse::<ResourceAddress>() {
        Err(error) => format!("error: {error}"),
        Ok(address) => show_place(address.place, address.resource),
    };
    let table = [
        ("git.app", "-/-/git.app"),
        ("shop/git.app", "-/shop/git.app"),
        ("ops/shop/git.my.app", "ops/shop/git.my.app"),
        ("http://h/teams/main/pipelines/shop/resources/git.app/versions", "at h: main/shop/git.app"),
        ("app", "error: a resource is `type.name`, e.g. `git.app` or `shop/git.app`"),
        ("git.app@c2", "error: this names a version; a resource is `type.name`"),
        ("http://h/teams/main/pipelines/shop/jobs/test", "error: this URL leads to no resource"),
    ];
    for (text, expected) in table {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn versions() {
    let show = |text: &str| match text.parse::<VersionAddress>() {
        Err(error) => format!("error: {error}"),
        Ok(VersionAddress { resource, version }) => {
            format!("{} {version:?}", show_place(resource.place, resource.resource))
        }
    };
    let table = [
        ("git.app", "-/-/git.app None"),
        ("git.app@c2", r#"-/-/git.app Some("c2")"#),
        ("ops/shop/git.app@ref=a/b@c", r#"ops/shop/git.app Some("ref=a/b@c")"#),
        ("http://h/teams/main/pipelines/shop/resources/git.app", "at h: main/shop/git.app None"),
        ("git.app@", "error: the version is missing after `@`"),
        ("app@c2", "error: a resource is `type.name`, e.g. `git.app` or `shop/git.app`"),
    ];
    for (text, expected) in table {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn scopes() {
    let show = |text: &str| match text.parse::<ScopeAddress>() {
        Err(error) => format!("error: {error}"),
        Ok(ScopeAddress::Word(word)) => format!("word {word}"),
        Ok(ScopeAddress::Pipeline(place)) => format!("pipeline {}", show_place(place, None)),
        Ok(ScopeAddress::Job(job)) => format!("job {}", show_job(job)),
    };
    let table = [
        ("shop", "word shop"),
        ("shop/", "pipeline -/shop/-"),
        ("ops/shop/", "pipeline ops/shop/-"),
        ("shop/test", "job -/shop/test"),
        ("http://h/teams/main/pipelines/shop", "pipeline at h: main/shop/-"),
        ("http://h/teams/main/pipelines/shop/jobs/test", "job at h: main/shop/test"),
        ("a/b/c/", "error: a pipeline is `pipeline` or `team/pipeline`"),
        ("test#7", "error: this names a build; a job is `pipeline/job`"),
    ];
    for (text, expected) in table {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn pipelines() {
    let show = |text: &str| match text.parse::<PipelineAddress>() {
        Err(error) => format!("error: {error}"),
        Ok(PipelineAddress(place)) => show_place(place, None),
    };
    let table = [
        ("shop", "-/shop/-"),
        ("shop/", "-/shop/-"),
        ("ops/shop", "ops/shop/-"),
        ("http://h/api/v1/teams/main/pipelines/shop/revisions", "at h: main/shop/-"),
        (
            "http://h/teams/main/pipelines/shop/jobs/test",
            "error: this URL leads to a job; a pipeline was expected",
        ),
        ("a/b/c", "error: a pipeline is `pipeline` or `team/pipeline`"),
        ("shop#7", "error: a pipeline is `pipeline` or `team/pipeline`"),
    ];
    for (text, expected) in table {
        assert_eq!(show(text), expected, "{text}");
    }
}
