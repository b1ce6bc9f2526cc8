//! The measurements, a file for each. Each gives rows of the table.

pub mod builds;
pub mod check;
pub mod dispatch;
pub mod history;
pub mod idle;
pub mod live;
pub mod load;
pub mod log;
pub mod mask;
pub mod pending;
pub mod resources;
pub mod run;
pub mod service;
pub mod streams;

use anyhow::{Context, Result, bail};
use hyper::Method;
use pikoci_testkit::api::Connection;
use serde_json::Value;
use std::future::Future;
use std::time::{Duration, Instant};

/// How long a build may take.
const BUILD: Duration = Duration::from_secs(120);

/// How often the end of a build is looked for where the figure does not depend on it.
const LOOK: Duration = Duration::from_millis(5);

/// Runs it on a runtime of one thread.
fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

/// Waits until a build has ended, and returns it; an error if it did not succeed.
async fn succeeded(connection: &mut Connection, id: &str) -> Result<Value> {
    let start = Instant::now();
    while start.elapsed() < BUILD {
        let build = connection.get(&format!("/api/v1/builds/{id}")).await?;
        match build["status"].as_str().unwrap_or_default() {
            "pending" | "running" => tokio::time::sleep(LOOK).await,
            "succeeded" => return Ok(build),
            status => bail!("a build of the bench ended {status}: {build}"),
        }
    }
    bail!("build {id} did not end within {BUILD:?}")
}

/// The id of a build.
fn id(build: &Value) -> Result<String> {
    Ok(build["id"].as_str().context("a build without an id")?.to_owned())
}

/// The number of a build that is no rerun.
fn number(build: &Value) -> Result<u64> {
    let text = build["number"].as_str().context("a build without a number")?;
    text.parse().with_context(|| format!("the number of a build is {text}"))
}

/// How many bytes the log of a build has, without reading it.
async fn log_bytes(connection: &mut Connection, id: &str) -> Result<u64> {
    let path = format!("/api/v1/builds/{id}/log");
    let answer = connection.stream(Method::GET, &path, &[("range", "bytes=0-0")]).await?;
    answer.total.with_context(|| format!("{path} tells no size"))
}
