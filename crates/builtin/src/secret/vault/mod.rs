//! The secret type `vault`: a secret of a KV engine, version 1 or 2, of HashiCorp Vault or OpenBao.
//!
//! The API is described at <https://developer.hashicorp.com/vault/api-docs/secret/kv>.

mod path;
mod server;

use crate::Failure;
use crate::answer::Object;
use crate::call::Call;
use path::Mount;
use serde_json::Value;
use server::{Answer, Server};

/// The fields of the secret at `path`, which is a path of the API (`secret/data/db`) or a short one (`secret/db`).
///
/// # Errors
/// Vault cannot be reached, or does not give the secret. Neither a token nor a value is ever quoted.
pub(crate) fn get(call: &Call) -> Result<Object, Failure> {
    let path = call.param("path").ok_or_else(|| {
        Failure::new("no path is given")
            .hint("write it as `path` into the secret block, e.g. path = \"secret/db\"")
    })?;
    let path = path::clean(path)?;
    let server = Server::of(call)?.let_in(call)?;
    // What looks like a path of the API mostly is one, and then one request is enough.
    if path::looks_like_api(&path)
        && let Answer::Found(data) = server.read(&path)?
    {
        return Ok(fields(data));
    }
    let places = match mount(&server, &path)? {
        Some(mount) => vec![mount.place(&path)],
        None => path::guesses(&path),
    };
    let mut refused = None;
    for place in &places {
        match server.read(place)? {
            Answer::Found(data) => return Ok(fields(data)),
            Answer::Refused => refused = refused.or(Some(place)),
            Answer::Missing { is_deleted: true } => {
                return Err(Failure::new(format!("the newest version of the secret `{path}` was deleted")));
            }
            Answer::Missing { is_deleted: false } => {}
        }
    }
    Err(match refused {
        Some(place) => Failure::new(format!("{} does not give out `{path}` (403)", server.address()))
            .hint(format!("the token may be wrong or expired, or its policy must allow to read `{place}`")),
        None => Failure::new(format!("there is no secret `{path}` at {}", server.address())).hint(format!(
            "looked at {}; for KV version 2 the path is MOUNT/data/NAME, or short MOUNT/NAME",
            places.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(" and ")
        )),
    })
}

/// The mount that a path belongs to, if the token may know.
fn mount(server: &Server, path: &str) -> Result<Option<Mount>, Failure> {
    let Answer::Found(about) = server.read(&format!("sys/internal/ui/mounts/{path}"))? else {
        return Ok(None);
    };
    let Some(at) = about["path"].as_str() else { return Ok(None) };
    let is_second = about["options"]["version"].as_str() == Some("2");
    Ok(Some(Mount { path: at.trim_matches('/').to_owned(), is_second }))
}

/// The fields in an answer: version 2 has them one level deeper, beside the metadata.
fn fields(data: Value) -> Object {
    let Value::Object(mut data) = data else { return Object::new() };
    let is_second = data.get("metadata").is_some_and(|metadata| metadata.get("version").is_some());
    match data.get_mut("data") {
        Some(Value::Object(inner)) if is_second => std::mem::take(inner),
        _ => data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_found_in_both_versions() {
        let second = json!({"data": {"password": "p"}, "metadata": {"version": 3}});
        assert_eq!(Value::Object(fields(second)), json!({"password": "p"}));
        let first = json!({"data": {"not": "ours"}, "metadata": "text"});
        assert_eq!(Value::Object(fields(first.clone())), first);
    }
}
