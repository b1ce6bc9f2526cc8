//! What people are told, and the exit code, when it does not work.

use crate::fake::{Fake, Ran, Reply, TEST, build, pikoci};
use serde_json::json;
use std::os::unix::net::UnixListener;

#[test]
fn a_name_that_was_perhaps_meant() {
    let ran = Fake::start().run(&["job", "trigger", "shop/tset"]);
    let expected = "error: there is no job `tset` in pipeline `shop`\nhint: did you mean `test`?\n";
    assert_eq!(ran, Ran { code: 2, out: String::new(), err: expected.into() });
}

#[test]
fn a_word_that_could_be_several_jobs() {
    let ran = Fake::start().run(&["build", "log", "#7"]);
    let expected = "error: which job? There are several\nhint: say which: `shop/test`, `shop/build`\n";
    assert_eq!(ran, Ran { code: 2, out: String::new(), err: expected.into() });
}

#[test]
fn what_the_server_says_is_passed_on() {
    let fake = Fake::start();
    let line = format!("POST {TEST}/builds");
    for status in [400, 401, 403, 404, 409, 503] {
        fake.on(&line, Reply::problem(status, "some_code", "it does not go"));
    }
    let codes: Vec<_> = (0..6)
        .map(|_| {
            let ran = fake.run(&["job", "trigger", "test"]);
            assert!(ran.err.starts_with("error[some_code]: it does not go\n"), "{}", ran.err);
            ran.code
        })
        .collect();
    assert_eq!(codes, [2, 4, 4, 2, 2, 3]);
}

#[test]
fn over_a_url_the_token_comes_from_the_environment_or_a_file() {
    let fake = Fake::start();
    std::fs::write(fake.dir.path().join("token"), "from-file\n").unwrap();
    let list = &["build", "list", "test", "--url", &fake.url];
    fake.on(
        &format!("GET {TEST}/builds?limit=20"),
        Reply::json(&json!({ "items": [build(1, "failed")], "next": null })),
    );
    let run = |args: &[&str], env: &[(&str, &str)]| {
        let output = pikoci(fake.dir.path(), args).envs(env.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    run(list, &[("PIKOCI_TOKEN", "from-env")]);
    run(&[list.as_slice(), &["--token-file", "token"]].concat(), &[("PIKOCI_TOKEN", "from-env")]);
    run(list, &[]);
    run(&list[..3], &[("PIKOCI_URL", &fake.url), ("PIKOCI_TOKEN", "with-url")]);
    let said: Vec<_> =
        fake.asked("/builds").iter().map(|asked| asked.headers.get("authorization").cloned()).collect();
    let expected = [Some("Bearer from-env"), Some("Bearer from-file"), None, Some("Bearer with-url")];
    assert_eq!(said, expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn a_missing_token_is_explained() {
    let fake = Fake::start();
    fake.on(&format!("GET {TEST}/builds?limit=20"), Reply::problem(401, "not_authenticated", "no token"));
    let ran = fake.run(&["build", "list", "test"]);
    let expected = "error[not_authenticated]: no token\n\
        hint: set PIKOCI_TOKEN, or --token-file, to the token that the server printed at its first start\n";
    assert_eq!(ran, Ran { code: 4, out: String::new(), err: expected.into() });
}

#[test]
fn no_server() {
    let dir = tempfile::tempdir().unwrap();
    drop(UnixListener::bind(dir.path().join("left.sock")).unwrap());
    let run = |args: &[&str]| Ran::from(pikoci(dir.path(), args).output().unwrap());
    let table = [
        (["--socket", "left.sock"], 3, "no server answers at left.sock; its socket is left over"),
        (["--socket", "none.sock"], 3, "there is no socket none.sock"),
        (["--url", "http://127.0.0.1:1"], 3, "cannot reach a server at http://127.0.0.1:1"),
        (["--url", "ftp://ci.example"], 2, "is not a URL of a server"),
        (["--token-file", "none"], 2, "cannot read the token file none"),
    ];
    for (flags, code, said) in table {
        let url = if flags[0] == "--token-file" { vec!["--url", "http://127.0.0.1:1"] } else { vec![] };
        let ran = run(&[&["job", "list"], flags.as_slice(), &url].concat());
        assert_eq!(ran.code, code, "{flags:?} {}", ran.err);
        assert!(
            ran.err.contains(said) && ran.err.contains("hint: ") | (flags[0] == "--token-file"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn what_is_not_our_api_is_an_error() {
    let fake = Fake::start();
    fake.on(&format!("GET {TEST}/builds?limit=20"), Reply::text("<html>"));
    let ran = fake.run(&["build", "list", "test"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("the server's answer cannot be read"), "{}", ran.err);
}

#[test]
fn bad_arguments_are_bad_input() {
    let fake = Fake::start();
    for args in
        [&["build", "log", "a#x"][..], &["build", "list", "--limit", "0"], &["nonsense"], &["build", "watch"]]
    {
        assert_eq!(fake.run(args).code, 2, "{args:?}");
    }
}

#[test]
fn what_the_environment_says_of_a_server_is_read_as_people_write_it() {
    let directory = tempfile::tempdir().unwrap();
    // What is read is told by which error comes: that of a file without SQLite comes after all has been read.
    let said = |name: &str, value: &str| {
        let mut command = pikoci(directory.path(), &["server", "--db-name", "foo.db"]);
        let output = command.env(name, value).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for value in ["1", "0", "yes", "no", "true", "false", "on", "off", ""] {
        assert!(said("PIKOCI_RUN_WORKER", value).contains("foo.db"), "{value}");
    }
    for name in ["PIKOCI_SLOTS", "PIKOCI_EXTERNAL_URL", "PIKOCI_DB_SYSTEM", "PIKOCI_DRAIN_TIMEOUT"] {
        assert!(said(name, "").contains("foo.db"), "{name}");
        assert!(said(name, "?").contains("invalid value"), "{name}");
    }
    assert!(said("PIKOCI_RUN_WORKER", "perhaps").contains("invalid value"));
}
