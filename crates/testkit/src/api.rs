//! A client of the HTTP API over one kept-alive connection, as a program that triggers builds would hold it.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_RANGE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// Where a server is, and with which token it is asked.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its HTTP port.
    pub address: SocketAddr,
    /// What its first start printed.
    pub token: String,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    server: Server,
}

/// A status and a whole body.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Stream {
    /// The status.
    pub status: StatusCode,
    /// Of an answer to a range: how long the whole is, in bytes.
    pub total: Option<u64>,
    /// The body.
    pub body: Incoming,
}

impl Answer {
    /// The body as JSON; an error that shows it if the status is none of success.
    pub fn json(&self) -> Result<Value> {
        if !self.status.is_success() {
            bail!("{}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        serde_json::from_slice(&self.body).with_context(|| format!("no JSON: {:?}", self.body))
    }
}

impl Connection {
    /// Opens one. It lives until it is dropped, or the server closes it.
    pub async fn open(server: &Server) -> Result<Self> {
        let stream = TcpStream::connect(server.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, server: server.clone() })
    }

    /// Asks, and reads the answer to its end.
    pub async fn ask(&mut self, method: Method, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        let Stream { status, body, .. } = self.stream(method, path, headers).await?;
        Ok(Answer { status, body: body.collect().await?.to_bytes() })
    }

    /// As [`Self::ask`], for an answer that is read while it comes.
    pub async fn stream(&mut self, method: Method, path: &str, headers: &[(&str, &str)]) -> Result<Stream> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.server.address.to_string())
            .header(AUTHORIZATION, format!("Bearer {}", self.server.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Empty::new())?).await?;
        let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
        let total = range.and_then(|range| range.rsplit('/').next()?.parse().ok());
        Ok(Stream { status: response.status(), total, body: response.into_body() })
    }

    /// `GET`, as JSON.
    pub async fn get(&mut self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, &[]).await?.json().with_context(|| format!("GET {path}"))
    }

    /// Starts a build of a job, given as `PIPELINE/JOB`; the same key gives the same build.
    pub async fn trigger(&mut self, job: &str, key: &str) -> Result<Value> {
        let (pipeline, job) = job.split_once('/').context("a job is PIPELINE/JOB")?;
        let path = format!("/api/v1/teams/main/pipelines/{pipeline}/jobs/{job}/builds");
        let answer = self.ask(Method::POST, &path, &[("idempotency-key", key)]).await?;
        answer.json().with_context(|| format!("POST {path}"))
    }
}
