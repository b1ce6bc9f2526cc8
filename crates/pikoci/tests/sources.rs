//! Types from addresses, as the users of `pikoci validate` see them.
#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::thread::{self, JoinHandle};

const TYPE: &str = r#"
resource_type "clock" {
  check "shell" { cmd = "echo '[]'" }
  pull "shell" { cmd = "true" }
}
"#;

/// Of [`TYPE`].
const SHA256: &str = "1fc013f23735ee3e2b2a93061490365263625dc1c956939d3e96eecaf8f3c0a2";

/// Answers that many requests with a text, and goes.
fn serve(text: &'static str, requests: usize) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        for _ in 0..requests {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let length = text.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")
                .unwrap();
        }
    });
    (address, server)
}

fn pipeline(source: &str, checksum: Option<&str>) -> String {
    let checksum =
        checksum.map(|checksum| format!("  checksum = \"sha256:{checksum}\"\n")).unwrap_or_default();
    format!(
        "resource_type \"clock\" {{\n  source = \"{source}\"\n{checksum}}}\n\
         resource \"clock\" \"noon\" {{}}\n\
         job \"tell\" {{\n  get \"clock\" \"noon\" {{\n    trigger = true\n  }}\n}}\n"
    )
}

/// Validates a pipeline in a directory that is the cache too: exit code and standard error.
fn validate(dir: &Path, text: &str, flags: &[&str]) -> (i32, String) {
    fs::write(dir.join("pipeline.hcl"), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pikoci"))
        .arg("validate")
        .args(flags)
        .current_dir(dir)
        .env_clear()
        .env("XDG_CACHE_HOME", dir.join("cache"))
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn with_a_checksum_the_host_is_needed_once() {
    let dir = tempfile::tempdir().unwrap();
    let (address, server) = serve(TYPE, 1);
    let text = pipeline(&format!("http://{address}/clock.hcl"), Some(SHA256));
    assert_eq!(validate(dir.path(), &text, &[]), (0, String::new()));
    server.join().unwrap();
    assert_eq!(validate(dir.path(), &text, &["--strict"]), (0, String::new()));
}

#[test]
fn without_a_checksum_an_older_copy_is_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let (address, server) = serve(TYPE, 1);
    let text = pipeline(&format!("http://{address}/clock.hcl"), None);
    assert_eq!(validate(dir.path(), &text, &[]), (0, String::new()));
    server.join().unwrap();
    let (code, err) = validate(dir.path(), &text, &[]);
    assert_eq!(code, 0, "{err}");
    assert!(err.starts_with(&format!("warning: `http://{address}/clock.hcl` is a copy from 20")), "{err}");
    assert!(err.contains(&format!("cannot reach {address}: ")), "{err}");
    assert_eq!(validate(dir.path(), &text, &["--strict"]).0, 2);
}

#[test]
fn what_is_not_the_type_that_was_meant_is_an_error_that_quotes_nothing_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let (address, server) = serve("password = hunter2 hunter2\n", 2);
    let url = format!("http://{address}/clock.hcl");
    let (code, err) = validate(dir.path(), &pipeline(&url, Some(SHA256)), &[]);
    assert_eq!(code, 2);
    assert!(err.contains(&format!("sha256:{SHA256} was expected")), "{err}");
    assert!(err.contains("pipeline.hcl:2"), "{err}");
    assert!(!err.contains("hunter2"), "{err}");
    let (code, err) = validate(dir.path(), &pipeline(&url, None), &[]);
    assert_eq!(code, 2);
    assert!(!err.contains("hunter2"), "{err}");
    server.join().unwrap();
}

#[test]
fn files_of_the_machine_are_read_by_their_absolute_path() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("clock.hcl");
    fs::write(&path, TYPE).unwrap();
    let url = format!("file://{}", path.display());
    assert_eq!(validate(dir.path(), &pipeline(&url, Some(SHA256)), &[]), (0, String::new()));
    let (code, err) = validate(dir.path(), &pipeline("file://clock.hcl", None), &[]);
    assert_eq!(code, 2);
    assert!(err.contains("`file://` is followed by an absolute path"), "{err}");
}
