//! `vault` against a server that behaves badly.

use super::fake::{Fake, Request};
use super::get::{Got, get};
use serde_json::json;

const TOKEN: &str = "hunter2-token";

fn vault(fake: &Fake, variables: &[(&str, &str)]) -> Got {
    let own = [("VAULT_ADDR", fake.url.as_str()), ("VAULT_TOKEN", TOKEN)];
    get("vault", &own.into_iter().chain(variables.iter().copied()).collect::<Vec<_>>())
}

/// A server with KV version 2 at `secret` and version 1 at `kv`, whose mounts may be secret.
fn kv(request: &Request, shows_mounts: bool) -> (u16, String) {
    if request.header("x-vault-token") != TOKEN {
        return (403, json!({"errors": ["permission denied"]}).to_string());
    }
    let data = match request.target.as_str() {
        "/v1/secret/data/db" => json!({"data": {"password": "hunter2"}, "metadata": {"version": 1}}),
        "/v1/secret/data/gone" => {
            let body = json!({"data": {"data": null, "metadata": {"version": 1, "deletion_time": "2026"}}});
            return (404, body.to_string());
        }
        "/v1/kv/db" | "/v1/kv/data/db" => json!({"password": "hunter2"}),
        target if target.starts_with("/v1/sys/internal/ui/mounts/") && !shows_mounts => {
            return (403, json!({"errors": ["permission denied"]}).to_string());
        }
        target if target.starts_with("/v1/sys/internal/ui/mounts/secret/") => {
            json!({"path": "secret/", "options": {"version": "2"}})
        }
        target if target.starts_with("/v1/sys/internal/ui/mounts/kv/") => {
            json!({"path": "kv/", "options": null})
        }
        _ => return (404, json!({"errors": []}).to_string()),
    };
    (200, json!({"data": data}).to_string())
}

#[test]
fn paths_of_the_api_and_short_ones_lead_to_the_secret() {
    for shows_mounts in [true, false] {
        let fake = Fake::start(move |request| kv(request, shows_mounts));
        for path in ["secret/data/db", "secret/db", "/v1/secret/data/db", "kv/db", "kv/data/db"] {
            let got = vault(&fake, &[("param_path", path)]);
            assert_eq!(got.secret(), json!({"password": "hunter2"}), "{path}");
        }
    }
}

#[test]
fn a_path_of_the_api_is_one_request() {
    let fake = Fake::start(|request| kv(request, true));
    vault(&fake, &[("param_path", "secret/data/db")]).secret();
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn parameters_win_over_the_workers_environment() {
    let fake = Fake::start(|request| kv(request, true));
    let variables = [
        ("VAULT_ADDR", "http://127.0.0.1:1"),
        ("VAULT_TOKEN", "wrong"),
        ("VAULT_NAMESPACE", "theirs"),
        ("param_address", fake.url.as_str()),
        ("param_token", TOKEN),
        ("param_namespace", "ours"),
        ("param_path", "secret/data/db"),
    ];
    get("vault", &variables).secret();
    assert_eq!(fake.requests()[0].header("x-vault-namespace"), "ours");
}

#[test]
fn a_role_gets_a_token_first() {
    let fake = Fake::start(|request| {
        if request.target == "/v1/auth/approle/login" {
            assert_eq!(request.body, r#"{"role_id":"role","secret_id":"hunter2-id"}"#);
            return (200, json!({"auth": {"client_token": TOKEN}}).to_string());
        }
        kv(request, true)
    });
    let role =
        [("param_role_id", "role"), ("param_secret_id", "hunter2-id"), ("param_path", "secret/data/db")];
    assert_eq!(vault(&fake, &role).secret(), json!({"password": "hunter2"}));
    let refused =
        Fake::start(|_| (400, json!({"errors": ["invalid role or secret ID hunter2-id"]}).to_string()));
    vault(&refused, &role).failed("does not let the role in (400)");
}

#[test]
fn trouble_is_named_with_what_to_do_and_without_secrets() {
    let fake = Fake::start(|request| kv(request, true));
    vault(&fake, &[("param_path", "secret/nope")]).failed("there is no secret `secret/nope`");
    vault(&fake, &[("param_path", "secret/gone")]).failed("was deleted");
    vault(&fake, &[("param_path", "secret/db"), ("param_token", "hunter2-wrong")])
        .failed("does not give out `secret/db` (403)");
    vault(&fake, &[]).failed("no path is given");
    vault(&fake, &[("param_path", "../sys/raw")]).failed("is no path of a secret");
    get("vault", &[("param_path", "secret/db")]).failed("VAULT_ADDR");
    get("vault", &[("param_path", "secret/db"), ("VAULT_ADDR", &fake.url)])
        .failed("start the worker with VAULT_TOKEN");
    vault(&fake, &[("param_path", "a/b"), ("param_address", "http://me:hunter2@host")])
        .failed("must be http://HOST:PORT");
    vault(&fake, &[("param_path", "a/b"), ("param_ca_cert", "/no/such.pem")]).failed("/no/such.pem");
    let other = Fake::start(|_| (200, "<html>hunter2</html>".to_owned()));
    vault(&other, &[("param_path", "a/b")]).failed("does not answer as Vault does");
    let bad = Fake::start(|_| (400, json!({"errors": ["hunter2"]}).to_string()));
    vault(&bad, &[("param_path", "a/b")]).failed("answered 400");
}

#[test]
fn a_sealed_server_is_tried_again_before_it_is_named() {
    let fake = Fake::start(|_| (503, json!({"errors": ["Vault is sealed"]}).to_string()));
    vault(&fake, &[("param_path", "secret/data/db")]).failed("is sealed");
    assert_eq!(fake.requests().len(), 4);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    get("vault", &[("param_path", "a/b"), ("VAULT_ADDR", "http://127.0.0.1:1"), ("VAULT_TOKEN", TOKEN)])
        .failed("http://127.0.0.1:1/v1/sys/internal/ui/mounts/a/b");
}
