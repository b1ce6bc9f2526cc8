//! Requests over HTTP/1. Each has a connection of its own: to open one costs less than the answer, and a
//! stream that is being watched blocks nothing else.

use super::error::Error;
use super::model::{Page, Pipeline};
use super::path::with_query;
use super::problem::Problem;
use super::target::Target;
use super::wire::{connect, exchange};
use crate::failure::Failure;
use crate::resolve::PipelineRef;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// The largest answer that is read into memory, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;
/// How often a request with a key is sent again when its connection broke,
const AGAIN: u32 = 2;
/// after this pause.
const PAUSE: Duration = Duration::from_millis(200);
/// The API's own limit for one page of a list.
const PAGE: usize = 200;

/// Asks one server.
#[derive(Debug)]
pub(crate) struct Client {
    target: Target,
    token: Option<String>,
}

/// What a request says beside its method and path.
pub(crate) type Headers<'a> = &'a [(&'static str, &'a str)];

impl Client {
    pub(crate) fn new(target: Target, token: Option<String>) -> Self {
        if token.is_some() && !target.is_private() {
            crate::terminal::note(&format!("the token goes to {target} without encryption"));
        }
        Self { target, token }
    }

    /// Refuses a pasted URL of another server: a build there is not the one of that number here.
    ///
    /// # Errors
    /// It is another server's.
    pub(crate) fn check_host(&self, pasted: Option<&str>) -> Result<(), Failure> {
        match pasted {
            Some(host) if !self.target.answers_for(host) => Err(Failure::bad_input(format!(
                "that URL is of {host}, but the server asked is {}",
                self.target
            ))
            .hint(format!("add --url http://{host}, or https://"))),
            _ => Ok(()),
        }
    }

    /// The URL that is asked; a Unix socket has none.
    pub(crate) fn base_url(&self) -> Option<String> {
        (!self.target.is_socket()).then(|| self.target.to_string())
    }

    /// The JSON at a path.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Error> {
        json(self.send(Method::GET, path, &[], None).await?).await
    }

    /// Posts to a path, and gives the JSON that answers.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn post(&self, path: &str) -> Result<Value, Error> {
        json(self.send(Method::POST, path, &[], None).await?).await
    }

    /// Posts with a key of its own, and again if the answer was lost on its way: what it makes is made once.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn post_once(&self, path: &str, body: Option<Value>) -> Result<Value, Error> {
        let key = ulid::Ulid::generate().to_string();
        let mut tries = 0;
        loop {
            let headers: Headers<'_> = &[("idempotency-key", &key)];
            let sent = async { json(self.send(Method::POST, path, headers, body.as_ref()).await?).await };
            match sent.await {
                Err(Error::Broken(_)) if tries < AGAIN => tries += 1,
                answer => return answer,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Posts to a path that answers without a body.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn act(&self, path: &str) -> Result<(), Error> {
        self.send(Method::POST, path, &[], None).await.map(drop)
    }

    /// Deletes what is at a path.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Error> {
        self.send(Method::DELETE, path, &[], None).await.map(drop)
    }

    /// Puts JSON at a path, and gives the JSON that answers.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn put(&self, path: &str, headers: Headers<'_>, body: &Value) -> Result<Value, Error> {
        json(self.send(Method::PUT, path, headers, Some(body)).await?).await
    }

    /// The answer at a path, whose body is still to come.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn open(&self, path: &str, headers: Headers<'_>) -> Result<Response<Incoming>, Error> {
        self.send(Method::GET, path, headers, None).await
    }

    /// A list, as many pages of it as `limit` asks for (all without one).
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn list(&self, path: &str, limit: Option<usize>) -> Result<Page, Error> {
        self.list_where(path, &[], limit).await
    }

    /// The same with more in the query.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn list_where(
        &self,
        path: &str,
        query: &[(&str, Option<String>)],
        limit: Option<usize>,
    ) -> Result<Page, Error> {
        let mut all = Page::default();
        loop {
            let size = limit.map_or(PAGE, |limit| PAGE.min(limit - all.items.len()));
            let mut query = query.to_vec();
            query.push(("limit", Some(size.to_string())));
            query.push(("after", all.next.take()));
            let page: Page = read(self.get(&with_query(path, &query)).await?)?;
            let is_last = page.items.is_empty();
            all.items.extend(page.items);
            all.next = page.next;
            if all.next.is_none() || is_last || limit.is_some_and(|limit| all.items.len() >= limit) {
                return Ok(all);
            }
        }
    }

    /// The lists of that name of some pipelines, as one.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn list_of_each(&self, pipelines: &[PipelineRef], name: &str) -> Result<Page, Error> {
        let mut all = Page::default();
        for pipeline in pipelines {
            all.items.extend(self.list(&format!("{}/{name}", pipeline.path()), None).await?.items);
        }
        Ok(all)
    }

    /// All pipelines.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn pipelines(&self) -> Result<Vec<Pipeline>, Error> {
        self.list(self.pipelines_path(), None).await?.read()
    }

    /// Where the list of pipelines is.
    pub(crate) fn pipelines_path(&self) -> &'static str {
        "/api/v1/teams/main/pipelines"
    }

    /// Sends a request, and gives the answer if it is a success.
    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: Headers<'_>,
        body: Option<&Value>,
    ) -> Result<Response<Incoming>, Error> {
        let request = self.request(method, path, headers, body)?;
        let answer = exchange(connect(&self.target).await?, request).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = collect(answer).await.unwrap_or_default();
        Err(Error::Problem(Box::new(Problem::read(status.as_u16(), &body))))
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: Headers<'_>,
        body: Option<&Value>,
    ) -> Result<Request<Full<Bytes>>, Error> {
        let (host, prefix) = match &self.target {
            Target::Unix(_) => ("localhost", ""),
            Target::Tcp { authority, prefix, .. } => (authority.as_str(), prefix.as_str()),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{prefix}{path}"))
            .header(header::HOST, host)
            .header(header::USER_AGENT, concat!("pikoci/", env!("CARGO_PKG_VERSION")));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let bytes = body.map(|body| Bytes::from(body.to_string()));
        if bytes.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request
            .body(Full::new(bytes.unwrap_or_default()))
            .map_err(|error| Error::Garbled(format!("no such request: {error}")))
    }
}

async fn collect(answer: Response<Incoming>) -> Result<Bytes, Error> {
    match Limited::new(answer.into_body(), LARGEST).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => Err(Error::broken(error)),
    }
}

async fn json(answer: Response<Incoming>) -> Result<Value, Error> {
    let body = collect(answer).await?;
    serde_json::from_slice(&body).map_err(|error| Error::Garbled(error.to_string()))
}

/// An object of the API as the type that stands for it.
///
/// # Errors
/// It is another one.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|error| Error::Garbled(error.to_string()))
}
