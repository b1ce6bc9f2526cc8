//! Looks up on a server what an address means.

use super::{MemberRef, PipelineRef, Scope};
use crate::address::{
    BuildAddress, BuildName, JobAddress, PipelineAddress, Place, ResourceAddress, ScopeAddress, Which,
};
use crate::client::Client;
use crate::client::path::segment;
use crate::failure::Failure;
use serde_json::Value;

/// The job that an address means; without one it is the only job of the server.
///
/// # Errors
/// There is none, or several, or no answer.
pub(crate) async fn job(client: &Client, address: Option<&JobAddress>) -> Result<MemberRef, Failure> {
    let only = JobAddress::default();
    let address = address.unwrap_or(&only);
    client.check_host(address.place.host.as_deref())?;
    super::job(address, &client.pipelines().await?)
}

/// The resource that an address means; without one it is the only resource of the server.
///
/// # Errors
/// There is none, or several, or no answer.
pub(crate) async fn resource(
    client: &Client,
    address: Option<&ResourceAddress>,
) -> Result<MemberRef, Failure> {
    let only = ResourceAddress::default();
    let address = address.unwrap_or(&only);
    client.check_host(address.place.host.as_deref())?;
    super::resource(address, &client.pipelines().await?)
}

/// What a list is about.
///
/// # Errors
/// There is no such thing, or no answer.
pub(crate) async fn scope(client: &Client, address: Option<&ScopeAddress>) -> Result<Scope, Failure> {
    client.check_host(address.and_then(ScopeAddress::host))?;
    super::scope(address, &client.pipelines().await?)
}

/// The pipelines whose jobs or resources are listed: without an address all.
///
/// # Errors
/// There is no such pipeline, or no answer.
pub(crate) async fn pipelines(
    client: &Client,
    address: Option<&PipelineAddress>,
) -> Result<Vec<PipelineRef>, Failure> {
    let everywhere = Place::default();
    let place = address.map_or(&everywhere, |address| &address.0);
    client.check_host(place.host.as_deref())?;
    let all = client.pipelines().await?;
    if address.is_none() {
        return Ok(all.iter().map(PipelineRef::from).collect());
    }
    super::places(place, &all)
}

/// The pipeline that an address means; without one it is the only pipeline of the server.
///
/// # Errors
/// There is none, or several, or no answer.
pub(crate) async fn pipeline(
    client: &Client,
    address: Option<&PipelineAddress>,
) -> Result<PipelineRef, Failure> {
    let found = pipelines(client, address).await?;
    super::only_pipeline(found)
}

/// The build that an address means, as the API tells it. `else_take` is what a job without `#` means, if
/// anything.
///
/// # Errors
/// There is none, it could be several, or no answer.
pub(crate) async fn build(
    client: &Client,
    address: &BuildAddress,
    else_take: Option<Which>,
) -> Result<Value, Failure> {
    let (address, which) = match &address.build {
        BuildName::Id { host, id } => {
            client.check_host(host.as_deref())?;
            return Ok(client.get(&format!("/api/v1/builds/{}", segment(id))).await?);
        }
        BuildName::OfJob(job, which) => (job, which.clone().or(else_take)),
    };
    let job = job(client, Some(address)).await?;
    match which {
        Some(Which::Number(number)) => {
            Ok(client.get(&format!("{}/builds/{}", job.path(), segment(&number))).await?)
        }
        Some(Which::Last) => newest(client, &job, None).await,
        Some(Which::Failed) => newest(client, &job, Some("failed")).await,
        None => Err(Failure::bad_input(format!("which build of `{job}`?"))
            .hint(format!("write its number, `{job}#7`, or `{job}#last`"))),
    }
}

/// The newest build of a job, or the newest in a state.
async fn newest(client: &Client, job: &MemberRef, status: Option<&str>) -> Result<Value, Failure> {
    let query = [("status", status.map(str::to_owned))];
    let page = client.list_where(&format!("{}/builds", job.path()), &query, Some(1)).await?;
    let Some(found) = page.items.into_iter().next() else {
        return Err(match status {
            Some(status) => Failure::bad_input(format!("no build of `{job}` has {status}")),
            None => Failure::bad_input(format!("`{job}` has no build yet"))
                .hint(format!("start one with `pikoci job trigger {job}`")),
        });
    };
    // A list leaves the steps out.
    let id = found.get("id").and_then(Value::as_str).unwrap_or_default();
    Ok(client.get(&format!("/api/v1/builds/{}", segment(id))).await?)
}
