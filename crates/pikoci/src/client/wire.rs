//! Connections to a server: over its socket, over TCP, and over TLS. Each carries one request.

use super::error::Error;
use super::target::Target;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

/// For how long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// For how long a server may take to begin an answer. A check that is waited for takes five minutes at most.
const ANSWER: Duration = Duration::from_secs(330);

/// A connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Connects.
///
/// # Errors
/// [`Error::Unreachable`].
pub(super) async fn connect(target: &Target) -> Result<Box<dyn Stream>, Error> {
    let late = || io::Error::new(ErrorKind::TimedOut, "no answer within 10 s");
    let opened = tokio::time::timeout(CONNECT, open(target)).await.unwrap_or_else(|_| Err(late()));
    opened.map_err(|error| Error::unreachable(target, &error))
}

async fn open(target: &Target) -> io::Result<Box<dyn Stream>> {
    match target {
        Target::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
        Target::Tcp { host, port, is_encrypted, .. } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            // Best effort: without it a request is only slower.
            let _ = stream.set_nodelay(true);
            match is_encrypted {
                true => Ok(Box::new(tls(host, stream).await?)),
                false => Ok(Box::new(stream)),
            }
        }
    }
}

/// Encrypts a connection, to a server whose certificate this machine trusts.
async fn tls(host: &str, stream: TcpStream) -> io::Result<impl Stream + use<>> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_platform_verifier())
        .map_err(io::Error::other)?
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// One request and the head of its answer.
///
/// # Errors
/// [`Error::Broken`].
pub(super) async fn exchange(
    stream: Box<dyn Stream>,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, Error> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Error::broken)?;
    // Its errors reach the request, or the body, too.
    tokio::spawn(connection);
    match tokio::time::timeout(ANSWER, sender.send_request(request)).await {
        Ok(answer) => answer.map_err(Error::broken),
        Err(_) => Err(Error::broken("no answer within 5 minutes")),
    }
}
