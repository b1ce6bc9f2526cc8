//! Servers behind TLS.
//!
//! `tls/` holds a certificate for `localhost` that signs itself, valid for a hundred years, and its key, which protects
//! nothing. They were made with `openssl req -x509`, P-256, `CA:FALSE`.

use crate::fake::{Ran, pikoci};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client/tls/cert.pem");
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 26\r\n\r\n{\"items\":[],\"next\":null}  ";

/// A server that says to everybody that it has no pipelines. Its port.
fn server() -> u16 {
    let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (send, port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap().port()).unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // Who does not trust us goes.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") && stream.read_buf(&mut asked).await.unwrap() > 0 {}
                stream.write_all(ANSWER).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
    });
    port.recv().unwrap()
}

#[test]
fn a_certificate_has_to_be_trusted() {
    let port = server();
    let run = |host: &str, trusted: Option<&str>| {
        let mut command =
            pikoci(Path::new("/"), &["pipeline", "list", "--url", &format!("https://{host}:{port}")]);
        command.env("PIKOCI_TOKEN", "t").envs(trusted.map(|file| ("SSL_CERT_FILE", file)));
        Ran::from(command.output().unwrap())
    };
    let ran = run("localhost", Some(CERTIFICATE));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "no note: the token goes encrypted");
    assert!(ran.out.starts_with("no pipelines yet"), "{}", ran.out);
    assert_eq!(run("127.0.0.1", Some(CERTIFICATE)).code, 0);
    let ran = run("localhost", None);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("SSL_CERT_FILE"), "{}", ran.err);
}
