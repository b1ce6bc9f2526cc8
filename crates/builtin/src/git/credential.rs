//! The helper that git asks for a name and a password: `git help gitcredentials` describes what it reads and writes.

use super::address::{Address, Kind, Web};
use crate::Failure;
use crate::call::Call;
use std::collections::HashMap;
use std::io::{BufRead, Write};

/// The name where only a token is given. The known forges look at the token alone.
const USER: &str = "x-access-token";

/// Answers git. What it asks for another host, say of a submodule, gets no answer.
///
/// # Errors
/// The address of the resource cannot be read, or git is not there any more.
pub(crate) fn credential(call: &Call, operation: &str) -> Result<(), Failure> {
    if operation != "get" {
        return Ok(());
    }
    let lines = std::io::stdin().lock().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let asked =
        lines.filter_map(|line| line.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())));
    let address = Address::parse(call.needs("url")?)?;
    let Some((user, password)) = answer(call, &address, &asked.collect()) else { return Ok(()) };
    let gone = |error| Failure::new(format!("git does not read its credentials: {error}"));
    writeln!(std::io::stdout().lock(), "username={user}\npassword={password}").map_err(gone)
}

fn answer<'a>(
    call: &'a Call,
    address: &Address,
    asked: &HashMap<String, String>,
) -> Option<(&'a str, &'a str)> {
    let Kind::Web(web) = address.kind() else { return None };
    let asked = |key: &str| asked.get(key).map(String::as_str).unwrap_or_default();
    if !is_same(web, asked("protocol"), asked("host")) {
        return None;
    }
    let user = call.param("username").unwrap_or(USER);
    let token = call.param("token")?;
    // The protocol is lines of text.
    let is_line = |text: &str| !text.contains(['\n', '\r', '\0']);
    (is_line(user) && is_line(token)).then_some((user, token))
}

/// Whether it is the server the token is for. One that sends us from `http` to `https` is.
fn is_same(web: &Web, protocol: &str, host: &str) -> bool {
    (protocol == web.scheme || protocol == "https") && host.eq_ignore_ascii_case(&web.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_repositorys_own_server_gets_the_token() {
        let cases = [
            ("https", "host", true),
            ("https", "HOST", true),
            ("http", "host", false),
            ("https", "host:8443", false),
            ("https", "other", false),
            ("https", "host.other", false),
            ("", "", false),
        ];
        let address = Address::parse("https://host/app").unwrap();
        let call = Call::of([("param_token", "hunter2")]);
        for (protocol, host, expected) in cases {
            let asked = HashMap::from([("protocol".into(), protocol.into()), ("host".into(), host.into())]);
            let expected = expected.then_some((USER, "hunter2"));
            assert_eq!(answer(&call, &address, &asked), expected, "{protocol} {host}");
        }
    }
}
