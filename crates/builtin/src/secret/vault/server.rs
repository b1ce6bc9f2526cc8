//! A server of Vault's API, and how one is let in.

use crate::Failure;
use crate::call::Call;
use crate::http::{Ask, Client, Reply};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};
use std::path::Path;

/// What a path cannot hold as it is.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\')
    .add(b'^')
    .add(b'|')
    .add(b'[')
    .add(b']');

/// A server, and what is sent with each request.
pub(super) struct Server {
    client: Client,
    address: String,
    headers: Vec<(&'static str, String)>,
}

/// What it says of a path.
#[derive(Debug)]
pub(super) enum Answer {
    /// Its `data`.
    Found(Value),
    /// Not with this token.
    Refused,
    /// There is nothing, or not any more.
    Missing { is_deleted: bool },
}

impl Server {
    /// The server that the parameters name, or the worker's environment.
    pub(super) fn of(call: &Call) -> Result<Self, Failure> {
        let setting = |key: &str, variable: &str| {
            call.param(key).or_else(|| call.variable(variable)).map(str::to_owned)
        };
        let address = setting("address", "VAULT_ADDR").ok_or_else(|| {
            Failure::new("the address of Vault is not known").hint(
                "set `address` in secret_type \"vault\", or start the worker with VAULT_ADDR=https://HOST:8200",
            )
        })?;
        let is_plain = address.split_once("://").is_some_and(|(scheme, rest)| {
            matches!(scheme, "http" | "https") && !rest.is_empty() && !rest.contains('@')
        });
        if !is_plain {
            return Err(Failure::new(
                "the address of Vault must be http://HOST:PORT or https://HOST:PORT, and nothing more",
            ));
        }
        let roots = setting("ca_cert", "VAULT_CACERT");
        let client = Client::new(roots.as_deref().map(Path::new))?.may_leave();
        let mut headers = vec![("x-vault-request", "true".to_owned())];
        headers.extend(
            setting("namespace", "VAULT_NAMESPACE").map(|namespace| ("x-vault-namespace", namespace)),
        );
        Ok(Self { client, address: address.trim_end_matches('/').to_owned(), headers })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The same with a token: the one that is given, or that for a role.
    pub(super) fn let_in(mut self, call: &Call) -> Result<Self, Failure> {
        let token = match (call.param("token"), call.param("role_id")) {
            (Some(token), _) => token.to_owned(),
            (None, Some(role)) => self.login(call, role)?,
            (None, None) => call.variable("VAULT_TOKEN").map(str::to_owned).ok_or_else(|| {
                Failure::new("there is no token for Vault").hint(
                    "set `token`, or `role_id` and `secret_id`, in secret_type \"vault\", or start the worker with VAULT_TOKEN",
                )
            })?,
        };
        self.headers.push(("x-vault-token", token.trim().to_owned()));
        Ok(self)
    }

    /// A token for a role of the AppRole method.
    fn login(&self, call: &Call, role: &str) -> Result<String, Failure> {
        let method = call.param("approle_path").unwrap_or("approle").trim_matches('/');
        let body = match call.param("secret_id") {
            Some(secret) => json!({"role_id": role, "secret_id": secret}),
            None => json!({"role_id": role}),
        };
        let reply = self.ask(&format!("auth/{method}/login"), Some(&body))?;
        if let (true, Some(token)) = (reply.is_well(), reply.json()["auth"]["client_token"].as_str()) {
            return Ok(token.to_owned());
        }
        Err(match reply.status {
            400 | 403 => Failure::new(format!("{} does not let the role in ({})", self.address, reply.status))
                .hint("`role_id` and `secret_id` must belong together, and the secret id must not be used up or expired"),
            404 => Failure::new(format!("{} has no AppRole at `{method}`", self.address))
                .hint("`approle_path` says where it is mounted"),
            _ => self.trouble(&reply),
        })
    }

    /// Reads a path of the API.
    pub(super) fn read(&self, path: &str) -> Result<Answer, Failure> {
        let reply = self.ask(path, None)?;
        match reply.status {
            200..300 => match reply.json()["data"].take() {
                Value::Null => Err(Failure::new(format!("{} does not answer as Vault does", self.address))),
                data => Ok(Answer::Found(data)),
            },
            403 => Ok(Answer::Refused),
            404 => Ok(Answer::Missing { is_deleted: reply.json()["data"]["metadata"].is_object() }),
            _ => Err(self.trouble(&reply)),
        }
    }

    fn ask(&self, path: &str, body: Option<&Value>) -> Result<Reply, Failure> {
        let url = format!("{}/v1/{}", self.address, utf8_percent_encode(path, IN_PATH));
        self.client.ask(Ask { url: &url, headers: &self.headers, body })
    }

    /// An answer that nobody wants. The server's own words may repeat what it was sent, so they are left out but
    /// for the one case that everybody meets.
    fn trouble(&self, reply: &Reply) -> Failure {
        let is_sealed = reply.status == 503 && reply.text.to_ascii_lowercase().contains("sealed");
        if is_sealed {
            return Failure::new(format!("Vault at {} is sealed", self.address))
                .hint("unseal it: vault operator unseal");
        }
        Failure::new(format!("{} answered {}", self.address, reply.status)).hint(match reply.status {
            300..400 => "it sends elsewhere: `address` must be that of the server itself",
            400 => "the path may not be that of a KV secret, or the namespace is missing",
            _ => "the server's own log says why",
        })
    }
}
