//! `vault` against a real server of Vault's API, where `PIKOCI_TEST_VAULT` is the path of one (`bao` or `vault`).

use super::get::get;
use pikoci_testkit::wait::wait_for;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const ROOT: &str = "hunter2-root";

/// The server; it ends with this.
struct Server {
    child: Child,
    program: String,
    address: String,
    home: tempfile::TempDir,
}

impl Server {
    fn start(program: &str, scheme: &str) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let home = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(home.path().join("log")).unwrap();
        let mut command = Command::new(program);
        command.args(["server", "-dev", "-dev-no-store-token"]);
        if scheme == "https" {
            command.args(["-dev-tls".to_owned(), format!("-dev-tls-cert-dir={}", home.path().display())]);
        }
        let child = command
            .args([format!("-dev-root-token-id={ROOT}"), format!("-dev-listen-address=127.0.0.1:{port}")])
            .env("HOME", home.path())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            child,
            program: program.to_owned(),
            address: format!("{scheme}://127.0.0.1:{port}"),
            home,
        };
        wait_for("Vault to answer", || server.ask(&["secrets", "list"]).0.then_some(())).unwrap();
        server
    }

    /// Runs a command of it; whether it went well, and what it printed.
    fn ask(&self, args: &[&str]) -> (bool, String) {
        let mut command = Command::new(&self.program);
        command.args(args).env("HOME", self.home.path());
        for name in ["VAULT", "BAO"] {
            command.env(format!("{name}_ADDR"), &self.address).env(format!("{name}_TOKEN"), ROOT);
            command.env(format!("{name}_CACERT"), self.authority());
        }
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The certificate that it made for itself; over plain HTTP nobody looks for it.
    fn authority(&self) -> String {
        let file = self.home.path().join("vault-ca.pem");
        if self.address.starts_with("https") { file.to_str().unwrap().to_owned() } else { String::new() }
    }

    fn does(&self, args: &[&str]) -> String {
        let (is_well, text) = self.ask(args);
        assert!(is_well, "{args:?}: {text}");
        text
    }

    fn get(&self, more: &[(&str, &str)]) -> super::get::Got {
        let own = [("VAULT_ADDR", self.address.as_str()), ("VAULT_TOKEN", ROOT)];
        get("vault", &own.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The whole run of the tests names a program; the quick one has no server.
fn program() -> Option<String> {
    let program = std::env::var("PIKOCI_TEST_VAULT").ok()?;
    assert!(Path::new(&program).is_file(), "PIKOCI_TEST_VAULT is {program}, and there is no such file");
    Some(program)
}

#[test]
fn a_server_is_trusted_by_its_certificate() {
    let Some(program) = program() else { return };
    let server = Server::start(&program, "https");
    server.does(&["kv", "put", "-mount=secret", "db", "password=hunter2"]);
    let path = ("param_path", "secret/db");
    server.get(&[path]).failed("`ca_cert` names a file");
    for name in ["param_ca_cert", "VAULT_CACERT"] {
        let got = server.get(&[path, (name, &server.authority())]);
        assert_eq!(got.secret(), json!({"password": "hunter2"}), "{name}");
    }
}

#[test]
fn secrets_of_a_real_server_are_read() {
    let Some(program) = program() else { return };
    let server = Server::start(&program, "http");
    server.does(&["secrets", "enable", "-path=kv", "-version=1", "kv"]);
    server.does(&["secrets", "enable", "-path=team/kv", "-version=2", "kv"]);
    server.does(&["kv", "put", "-mount=secret", "db", "user=app", "password=hunter2"]);
    server.does(&["kv", "put", "-mount=secret", "data/odd", "password=odd"]);
    server.does(&["kv", "put", "-mount=kv", "db", "password=first"]);
    server.does(&["kv", "put", "-mount=team/kv", "a/b", "password=deep"]);
    server.does(&["kv", "put", "-mount=secret", "gone", "password=x"]);
    server.does(&["kv", "delete", "-mount=secret", "gone"]);
    let cases = [
        ("secret/data/db", "hunter2"),
        ("secret/db", "hunter2"),
        ("secret/data/data/odd", "odd"),
        ("kv/db", "first"),
        ("team/kv/a/b", "deep"),
        ("team/kv/data/a/b", "deep"),
    ];
    for (path, password) in cases {
        assert_eq!(server.get(&[("param_path", path)]).secret()["password"], password, "{path}");
    }
    server.get(&[("param_path", "secret/gone")]).failed("was deleted");
    server.get(&[("param_path", "secret/nope")]).failed("there is no secret `secret/nope`");
    server.get(&[("param_path", "nope/nope")]).failed("`nope/nope`");
    server.get(&[("param_path", "secret/db"), ("param_token", "hunter2-x")]).failed("(403)");
    a_role_with_a_narrow_policy(&server);
    server.does(&["operator", "seal"]);
    server.get(&[("param_path", "secret/data/db")]).failed("is sealed");
}

fn a_role_with_a_narrow_policy(server: &Server) {
    let policy = server.home.path().join("policy.hcl");
    std::fs::write(&policy, "path \"secret/data/db\" {\n  capabilities = [\"read\"]\n}\n").unwrap();
    server.does(&["policy", "write", "narrow", policy.to_str().unwrap()]);
    server.does(&["auth", "enable", "approle"]);
    server.does(&["write", "auth/approle/role/ci", "token_policies=narrow"]);
    let field = |args: &[&str]| -> String {
        let json: Value = serde_json::from_str(&server.does(args)).unwrap();
        let data = &json["data"];
        data["role_id"].as_str().or(data["secret_id"].as_str()).unwrap().to_owned()
    };
    let role = field(&["read", "-format=json", "auth/approle/role/ci/role-id"]);
    let secret = field(&["write", "-f", "-format=json", "auth/approle/role/ci/secret-id"]);
    let of = |path: &'static str| {
        server.get(&[("param_role_id", &role), ("param_secret_id", &secret), ("param_path", path)])
    };
    let expected = json!({"user": "app", "password": "hunter2"});
    assert_eq!(of("secret/data/db").secret(), expected);
    assert_eq!(of("secret/db").secret(), expected, "the short path needs no more than to read the secret");
    of("kv/db").failed("(403)");
    server
        .get(&[("param_role_id", &role), ("param_secret_id", "hunter2"), ("param_path", "a/b")])
        .failed("does not let the role in");
}
