//! Fetching as its users meet it, against a web server on this machine.

mod server;

use crate::checksum::Checksum;
use crate::policy::{Hosts, Policy};
use crate::{Fetched, Fetcher, SourceError, Warning};
use server::{Server, redirect, response};
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::net::UnixListener;
use std::path::Path;

const LIMIT: usize = 1 << 20;

fn own() -> Fetcher {
    Fetcher::new(Policy::OWN, LIMIT)
}

fn text(fetched: Result<Fetched, SourceError>) -> String {
    let fetched = fetched.unwrap();
    assert_eq!(fetched.warning, None);
    String::from_utf8(fetched.bytes).unwrap()
}

fn sha256(text: &str) -> String {
    format!("sha256:{}", Checksum::of(text.as_bytes()).as_str())
}

#[test]
fn a_text_from_the_web() {
    let server = Server::start(|path, _| match path {
        "/type.hcl" => response("200 OK", "the type"),
        "/moved.hcl" => redirect("/type.hcl"),
        "/empty" => response("204 No Content", ""),
        _ => response("404 Not Found", "a secret page"),
    });
    assert_eq!(text(own().fetch(&server.url("/type.hcl"), None)), "the type");
    assert_eq!(text(own().fetch(&server.url("/moved.hcl"), Some(&sha256("the type")))), "the type");
    for (path, status) in [("/none", "404 Not Found"), ("/empty", "204 No Content")] {
        let error = own().fetch(&server.url(path), None).unwrap_err();
        assert_eq!(error.to_string(), format!("{} answered {status}", server.address));
    }
}

#[test]
fn a_checksum_that_does_not_fit_says_both_and_nothing_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| response("200 OK", "something else"));
    let expected = sha256("the type");
    let fetcher = own().with_cache(dir.path().join("cache"));
    let error = fetcher.fetch(&server.url("/a"), Some(&expected)).unwrap_err().to_string();
    assert_eq!(error, format!("its checksum is {}, and {expected} was expected", sha256("something else")));
    assert!(!dir.path().join("cache").exists());
    assert_eq!(own().fetch(&server.url("/a"), Some("sha1:1")), Err(SourceError::NoChecksum));
}

#[test]
fn with_a_checksum_the_network_is_asked_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| response("200 OK", "the type"));
    for _ in 0..3 {
        let fetcher = own().with_cache(dir.path().to_owned());
        assert_eq!(text(fetcher.fetch(&server.url("/a"), Some(&sha256("the type")))), "the type");
    }
    assert_eq!(server.asked(), ["/a"]);
}

#[test]
fn without_a_checksum_the_copy_of_the_last_time_helps_only_in_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let fetcher = own().with_cache(dir.path().to_owned());
    let server = Server::start(|_, before| match before {
        0 => response("200 OK", "first"),
        1 => response("200 OK", "second"),
        2..5 => response("503 Service Unavailable", ""),
        _ => response("404 Not Found", ""),
    });
    let url = server.url("/a");
    assert_eq!(text(fetcher.fetch(&url, None)), "first");
    assert_eq!(text(fetcher.fetch(&url, None)), "second");
    let old = fetcher.fetch(&url, None).unwrap();
    assert_eq!(old.bytes, b"second");
    let Some(Warning::Old { trouble, .. }) = old.warning else { panic!("{:?}", old.warning) };
    assert_eq!(trouble.to_string(), format!("{} answered 503 Service Unavailable", server.address));
    assert_eq!(server.asked().len(), 5, "two more tries");
    assert!(fetcher.fetch(&url, None).is_err(), "what was taken away is gone");
}

#[test]
fn trouble_that_passes_is_not_noticed() {
    let server = Server::start(|_, before| match before {
        0 => String::new(),
        1 => response("502 Bad Gateway", ""),
        _ => response("200 OK", "the type"),
    });
    assert_eq!(text(own().fetch(&server.url("/a"), None)), "the type");
}

#[test]
fn nobody_there() {
    let error = own().fetch("http://127.0.0.1:1/a", None).unwrap_err();
    assert!(error.to_string().starts_with("cannot reach 127.0.0.1:1: "), "{error}");
    let plain = Server::start(|_, _| response("200 OK", ""));
    let error = own().fetch(&plain.url("/").replace("http:", "https:"), None).unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
}

#[test]
fn a_file_cannot_be_too_long() {
    let server = Server::start(|path, _| match path {
        "/fits" => response("200 OK", &"x".repeat(LIMIT)),
        "/endless" => format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(2 * LIMIT)),
        _ => response("200 OK", &"x".repeat(LIMIT + 1)),
    });
    assert_eq!(text(own().fetch(&server.url("/fits"), None)).len(), LIMIT);
    for path in ["/long", "/endless"] {
        let error = own().fetch(&server.url(path), None).unwrap_err();
        assert_eq!(error.to_string(), "it is over 1024 KiB");
    }
}

#[test]
fn redirections_end() {
    let server = Server::start(|path, _| redirect(&format!("{path}x")));
    let error = own().fetch(&server.url("/"), None).unwrap_err();
    assert_eq!(error.to_string(), format!("{} redirects more than 5 times", server.address));
    assert_eq!(server.asked().len(), 6);
    let strange = Server::start(|path, _| match path {
        "/file" => redirect("file:///etc/passwd"),
        _ => redirect("http://"),
    });
    for path in ["/file", "/bad"] {
        assert!(own().fetch(&strange.url(path), None).is_err());
    }
}

#[test]
fn on_behalf_of_others_our_own_network_is_not_asked() {
    let server = Server::start(|_, _| response("200 OK", "the type"));
    let public = Fetcher::new(Policy::PUBLIC, LIMIT);
    let named = server.url("/a").replace("127.0.0.1", "localhost");
    for url in [server.url("/a"), named, server.url("/a").replace("127.0.0.1", "[::ffff:127.0.0.1]")] {
        let error = public.fetch(&url, None).unwrap_err();
        assert!(matches!(error, SourceError::NotPublic { redirected: false, .. }), "{url}: {error}");
    }
    assert!(server.asked().is_empty());
    let private = Fetcher::new(Policy::PRIVATE, LIMIT);
    assert_eq!(text(private.fetch(&server.url("/a"), None)), "the type");
    assert_eq!(private.fetch("file:///etc/passwd", None), Err(SourceError::NoFiles));
}

#[test]
fn a_redirection_leads_to_no_other_network() {
    let ours = |address| address == IpAddr::V4(Ipv4Addr::LOCALHOST);
    let policy = Policy { files: false, hosts: Hosts::Some(ours) };
    let server = Server::start(|path, _| match path {
        "/here" => redirect("/type.hcl"),
        "/there" => redirect("http://127.0.0.2:1/type.hcl"),
        _ => response("200 OK", "the type"),
    });
    let fetcher = Fetcher::new(policy, LIMIT);
    assert_eq!(text(fetcher.fetch(&server.url("/here"), None)), "the type");
    let error = fetcher.fetch(&server.url("/there"), None).unwrap_err();
    assert!(matches!(error, SourceError::NotPublic { redirected: true, .. }), "{error}");
}

#[test]
fn a_text_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("my type.hcl");
    fs::write(&path, "the type").unwrap();
    let url = |path: &Path| format!("file://{}", path.display().to_string().replace(' ', "%20"));
    assert_eq!(text(own().fetch(&url(&path), Some(&sha256("the type")))), "the type");
    assert!(matches!(own().fetch(&url(&path), Some(&sha256("x"))), Err(SourceError::Checksum { .. })));
    fs::write(&path, vec![b'x'; LIMIT + 1]).unwrap();
    assert_eq!(own().fetch(&url(&path), None), Err(SourceError::TooLarge(LIMIT as u64)));
    let socket = dir.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    for (path, why) in [
        (dir.path().join("none"), "there is no such file"),
        (dir.path().to_owned(), "it is not a file"),
        (socket, "it is not a file"),
    ] {
        assert_eq!(own().fetch(&url(&path), None).unwrap_err().to_string(), why);
    }
}

#[test]
fn no_error_tells_the_password_of_an_address() {
    let url = "http://me:hunter2@127.0.0.1:1/a?token=hunter2";
    let error = own().fetch(url, None).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}
