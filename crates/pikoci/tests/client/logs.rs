//! `pikoci build log`.

use crate::fake::{Fake, ID, Ran, Reply, TEST, build};
use serde_json::json;
use std::io::Read;
use std::process::Stdio;

fn with_build() -> Fake {
    let fake = Fake::start();
    fake.on(&format!("GET {TEST}/builds/7"), Reply::json(&build(7, "failed")));
    fake.on(&format!("GET /api/v1/builds/{ID}"), Reply::json(&build(7, "failed")));
    fake
}

#[test]
fn a_log_is_written_byte_for_byte() {
    let fake = with_build();
    let bytes: &[u8] = b"a\x1b[31mred\xff\r50%\n\x00end without a line end";
    fake.on(&format!("GET /api/v1/builds/{ID}/log"), Reply::text(bytes));
    let output = fake.command(&["build", "log", "test#7"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), bytes));
}

#[test]
fn every_way_to_name_a_build_leads_to_it() {
    let fake = with_build();
    for (status, query) in [("", "?limit=1"), ("failed", "?status=failed&limit=1")] {
        let page = json!({ "items": [build(7, status)], "next": null });
        fake.on(&format!("GET {TEST}/builds{query}"), Reply::json(&page));
    }
    fake.on(&format!("GET /api/v1/builds/{ID}/log"), Reply::text("whole\n"));
    fake.on(&format!("GET /api/v1/builds/{ID}/log?step=unit%20test&lines=2-3"), Reply::text("part\n"));
    let url = format!("http://127.0.0.1:8080/ui{}/builds/7", TEST.replace("/api/v1", ""));
    for address in ["test#7", "shop/test#last", "test", "main/shop/test#failed", ID, &url] {
        assert_eq!(fake.run(&["build", "log", address]).out, "whole\n", "{address}");
    }
    assert_eq!(fake.run(&["build", "log", "test#7:unit test", "--lines", "2-3"]).out, "part\n");
    assert_eq!(fake.run(&["build", "log", ID, "--step", "unit test", "--lines", "2-3"]).out, "part\n");
}

#[test]
fn a_url_of_another_server_is_refused() {
    let ran =
        with_build().run(&["build", "log", "http://ci.example/teams/main/pipelines/shop/jobs/test/builds/7"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("that URL is of ci.example") && ran.err.contains("add --url http://ci.example"),
        "{}",
        ran.err
    );
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let fake = with_build();
    fake.on(&format!("GET /api/v1/builds/{ID}/log"), Reply::text(vec![b'x'; 65_536]).times(1_000));
    let mut child = fake
        .command(&["build", "log", "test#7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn a_long_log_is_not_held_in_memory() {
    let fake = with_build();
    fake.on(&format!("GET /api/v1/builds/{ID}/log"), Reply::text(vec![b'x'; 65_536]).times(4_096));
    let status = fake.command(&["build", "log", "test#7"]).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    let children = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN).unwrap();
    // In KiB, the largest of all commands that this process has run; the log has 256 MiB.
    assert!(children.max_rss() < 128 * 1024, "{} KiB", children.max_rss());
}

#[test]
fn a_log_that_breaks_off_is_taken_up_where_it_broke() {
    let fake = with_build();
    let line = format!("GET /api/v1/builds/{ID}/log?step=unit");
    fake.on(&line, Reply::text("one\ntw").broken());
    fake.on(&line, Reply::problem(503, "unavailable", "starting"));
    fake.on(&line, Reply::text("o\nth").status(206).broken());
    // Who passes over ranges sends all again.
    fake.on(&line, Reply::text("one\ntwo\nthree\n"));
    let ran = fake.run(&["build", "log", "test#7:unit"]);
    assert_eq!(ran, Ran { code: 0, out: "one\ntwo\nthree\n".into(), err: String::new() });
    let ranges: Vec<_> = fake.asked("/log").iter().map(|asked| asked.headers.get("range").cloned()).collect();
    let expected = [None, Some("bytes=6-"), Some("bytes=6-"), Some("bytes=10-")];
    assert_eq!(ranges, expected.map(|range| range.map(str::to_owned)));
}

#[test]
fn a_log_that_was_whole_when_it_broke_off_is_whole() {
    let fake = with_build();
    let line = format!("GET /api/v1/builds/{ID}/log");
    fake.on(&line, Reply::text("some\n").broken());
    fake.on(&line, Reply::problem(416, "range_not_satisfiable", "the log has 5 bytes"));
    assert_eq!(
        fake.run(&["build", "log", "test#7"]),
        Ran { code: 0, out: "some\n".into(), err: String::new() }
    );
}

#[test]
fn a_log_that_never_becomes_whole_is_an_error() {
    let fake = with_build();
    let line = format!("GET /api/v1/builds/{ID}/log");
    fake.on(&line, Reply::text("some\n").broken());
    fake.on(&line, Reply::problem(404, "build_not_found", "there is no such build"));
    let ran = fake.run(&["build", "log", "test#7"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, "some\n"));
    assert!(ran.err.contains("the log is not whole"), "{}", ran.err);
}
