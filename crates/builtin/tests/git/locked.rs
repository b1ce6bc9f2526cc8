//! A door before a server over HTTP: who gives the right name and password is let through.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;

/// The door. Its threads wait until the process of the test ends.
pub(crate) struct Locked {
    pub(crate) url: String,
}

impl Locked {
    /// One before the server at `http://HOST:PORT`.
    pub(crate) fn before(server: &str, user: &str, password: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let host = server.trim_start_matches("http://").to_owned();
        let right = format!("basic {}", base64(format!("{user}:{password}").as_bytes()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (host, right) = (host.clone(), right.clone());
                thread::spawn(move || pass(stream, &host, &right));
            }
        });
        Self { url }
    }
}

/// One connection: what comes after a right first request is passed on as it is.
fn pass(mut stream: TcpStream, host: &str, right: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            length => head.extend_from_slice(&buffer[..length]),
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let given = text.lines().find_map(|line| {
        line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
    });
    let is_right = given.is_some_and(|(_, value)| value.replacen("Basic", "basic", 1) == right);
    if !is_right {
        let answer = "HTTP/1.1 401 -\r\nwww-authenticate: Basic realm=\"x\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return stream.write_all(answer.as_bytes());
    }
    let mut server = TcpStream::connect(host)?;
    server.write_all(&head)?;
    let (mut from, mut to) = (stream.try_clone()?, server.try_clone()?);
    let there = thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    std::io::copy(&mut server, &mut stream)?;
    stream.shutdown(Shutdown::Both)?;
    let _ = there.join();
    Ok(())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let number =
            (0..3).fold(0, |number, index| number << 8 | usize::from(*chunk.get(index).unwrap_or(&0)));
        let digit = |index: usize| {
            if index > chunk.len() { '=' } else { char::from(DIGITS[number >> (18 - 6 * index) & 63]) }
        };
        [0, 1, 2, 3].map(digit)
    };
    bytes.chunks(3).flat_map(group).collect()
}
