//! `PUT` and `DELETE …/pipelines/{pipeline}`: pipelines are set and archived.

use super::body::Sent;
use super::names::PipelinePath;
use super::page::{Asked, At};
use super::rights::Who;
use super::view::{Diagnostic, Pipeline};
use super::{App, Problem};
use crate::bundle::{self, Bundle, Loaded, MAX_BUNDLE_BYTES};
use crate::diff::{Current, Diff, diff};
use crate::set;
use axum::Json;
use axum::extract::{FromRequest, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pikoci_engine::facts::{JobFacts, Wanted};
use pikoci_engine::part::{Applied, Part, SetPipeline};
use pikoci_protocol::server::{self, Answer, Request};
use pikoci_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// The team of all pipelines, as long as there is only one.
const TEAM: &str = "main";

/// How long a bundle may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(60);

/// Whether it is only looked at.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct How {
    /// Only say what would change.
    #[serde(default)]
    #[param(default = false)]
    dry_run: bool,
}

/// A pipeline was set.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PipelineSet)]
pub(super) struct WasSet {
    /// The pipeline.
    pipeline: Pipeline,
    /// The number of its revision.
    revision: u64,
    /// Whether it differs from the one before; else there is no new revision.
    changed: bool,
    /// What has changed.
    diff: Diff,
    /// What bites, and where.
    warnings: Vec<Diagnostic>,
}

/// Sets a pipeline: makes it, or gives it another revision. Nothing is set that has an error. An archived one comes back.
#[utoipa::path(put, path = "/api/v1/teams/{team}/pipelines/{pipeline}", operation_id = "set_pipeline",
    tag = "pipelines",
    params(PipelinePath, How,
        ("If-Match" = Option<String>, Header, example = "\"3\"",
            description = "The revision that it replaces; `\"0\"` is none. Without it, whatever there is"),
        ("If-None-Match" = Option<String>, Header, example = "*", description = "`*`: there must be none")),
    request_body = Bundle,
    responses(
        (status = 200, body = Outcome, description = "It has been set; with `dry_run=true` what would change"),
        (status = 201, body = WasSet, description = "It is new"),
    ))]
pub(super) async fn set(
    State(app): State<App>,
    who: Who,
    At(path): At<PipelinePath>,
    Asked(How { dry_run }): Asked<How>,
    headers: HeaderMap,
    request: HttpRequest,
) -> Result<Response, Problem> {
    named(&path)?;
    let expected = expected(&headers)?;
    // So many bundles at once, and no more, are in memory.
    let _turn = app.0.loads.acquire().await.map_err(|_| Problem::unavailable("the server is stopping"))?;
    let (loaded, in_body) = load(&app, &path.pipeline, request).await?;
    let mut revision = set::revision(&path.team, &loaded.pipeline, loaded.source, &who.name())
        .map_err(|error| Problem::invalid_pipeline(error.to_string(), Vec::new()))?;
    revision.expected = expected.or(in_body);
    let (diff, is_new, revision) = look(&app, revision).await?;
    if dry_run {
        return Ok(Json(Outcome::Diff(diff)).into_response());
    }
    let Answer::Set { revision, changed, .. } = app.0.core.request(Request::SetPipeline(revision)).await?
    else {
        return Err(Problem::unavailable("the pipeline could not be set"));
    };
    let pipeline = app.pipeline(path).await?;
    let pipeline = app.read(move |store| Pipeline::read(store, &pipeline)).await?;
    let warnings = loaded.warnings.iter().map(Diagnostic::from).collect();
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(WasSet { pipeline, revision, changed, diff, warnings })).into_response())
}

/// What comes of a bundle.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = PipelineSetOrDiff)]
pub(super) enum Outcome {
    /// It was set.
    #[expect(dead_code, reason = "the description says that it is one of the two")]
    Set(Box<WasSet>),
    /// With `dry_run=true`.
    Diff(Diff),
}

/// Archives a pipeline: its jobs make no builds any more, pending ones end, running ones are cancelled. Its history stays,
/// and setting it again brings it back.
#[utoipa::path(delete, path = "/api/v1/teams/{team}/pipelines/{pipeline}", operation_id = "archive_pipeline",
    tag = "pipelines", params(PipelinePath), responses((status = 204, description = "It is archived")))]
pub(super) async fn archive(
    State(app): State<App>,
    who: Who,
    At(path): At<PipelinePath>,
) -> Result<StatusCode, Problem> {
    let pipeline = app.pipeline(path).await?;
    match app.0.core.request(Request::Archive { pipeline: pipeline.id, by: who.name() }).await {
        // It was there a moment ago: it is archived already.
        Ok(_) | Err(server::Problem::NotFound) => Ok(StatusCode::NO_CONTENT),
        Err(problem) => Err(problem.into()),
    }
}

/// Whether a pipeline can have that name, in that team.
fn named(path: &PipelinePath) -> Result<(), Problem> {
    if path.team != TEAM {
        return Err(Problem::team_not_found(&path.team));
    }
    pikoci_lang::bad_name(&path.pipeline)
        .map_or(Ok(()), |why| Err(Problem::invalid_name(&path.pipeline, why)))
}

/// The revision that the pipeline must have, by the headers.
fn expected(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    if let Some(value) = headers.get(header::IF_NONE_MATCH) {
        return match value.as_bytes() {
            b"*" => Ok(Some(0)),
            _ => Err(Problem::invalid("`If-None-Match` takes `*`: there must be no such pipeline")),
        };
    }
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().trim_matches('"').parse().ok());
    number.map(Some).ok_or_else(|| {
        Problem::invalid("`If-Match` takes the number of a revision, as in `\"3\"`; `\"0\"` is none")
    })
}

/// Reads a bundle, and loads its pipeline on a thread that may wait.
async fn load(app: &App, name: &str, request: HttpRequest) -> Result<(Loaded, Option<u64>), Problem> {
    let body = Sent::<Bundle, MAX_BUNDLE_BYTES>::from_request(request, &());
    let Ok(body) = tokio::time::timeout(ARRIVAL, body).await else {
        return Err(Problem::invalid(format!("the body did not come within {} s", ARRIVAL.as_secs())));
    };
    let Sent(bundle) = body?;
    let (name, policy, expected) = (name.to_owned(), app.0.sources, bundle.expected);
    let loaded = tokio::task::spawn_blocking(move || bundle::load(&name, bundle, policy)).await;
    Ok((loaded.map_err(|panicked| Problem::unavailable(panicked.to_string()))??, expected))
}

/// What setting it would change, whether it is new, and the revision back.
async fn look(app: &App, revision: SetPipeline) -> Result<(Diff, bool, Box<SetPipeline>), Problem> {
    app.read(move |store| {
        let current = current(store, &revision.team, &revision.name)?;
        let wanted = jobs_after(current.as_ref(), &revision);
        let set = Part::SetPipeline(Box::new(revision.clone()));
        let (applied, facts) = store.dry_run(&[set], &wanted)?;
        let of_it = |job: &&JobFacts| job.info.team == revision.team && job.info.pipeline == revision.name;
        Ok(match applied.first() {
            Some(Applied::Set { revision: to, changed, .. }) => {
                let jobs = facts.jobs.values().filter(of_it);
                let diff = diff(current.as_ref(), &revision, (*to, *changed), jobs);
                Ok((diff, current.is_none(), Box::new(revision)))
            }
            Some(Applied::Conflict(current)) => Err(Problem::revision_conflict(*current)),
            _ => Err(Problem::unavailable("the ledger does not say what would change")),
        })
    })
    .await?
}

/// The jobs that the pipeline will have: those that it has keep their ids, the others get those of the revision, or, if they
/// were there before, those of then, by which they are due.
fn jobs_after(current: Option<&Current>, revision: &SetPipeline) -> Wanted {
    let known = current.into_iter().flat_map(|current| current.shape.jobs.iter().map(|job| job.id.clone()));
    let jobs = known.chain(revision.jobs.iter().map(|job| job.id.clone())).collect();
    Wanted { jobs, due_jobs: true, now_ms: revision.at_ms, ..Wanted::default() }
}

/// The pipeline that there is, unless it is archived.
fn current(store: &Store, team: &str, name: &str) -> Result<Option<Current>, StoreError> {
    let pipeline = store.pipeline(team, name)?.filter(|pipeline| pipeline.archived_ms.is_none());
    let Some(pipeline) = pipeline else { return Ok(None) };
    let source = store.revision(&pipeline.id, pipeline.revision)?.map(|(_, source)| source);
    let (revision, source) = (pipeline.revision, source.unwrap_or_default());
    Ok(Some(Current { revision, source, shape: store.shape(&pipeline.id)? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    #[test]
    fn headers_say_which_revision_is_replaced() {
        let said = |name: HeaderName, value: &str| {
            expected(&HeaderMap::from_iter([(name, value.parse().unwrap())])).ok()
        };
        assert_eq!(expected(&HeaderMap::new()), Ok(None));
        for (value, number) in
            [("\"3\"", Some(3)), ("3", Some(3)), ("\"0\"", Some(0)), ("*", None), ("\"a\"", None)]
        {
            assert_eq!(said(header::IF_MATCH, value), number.map(Some), "{value}");
        }
        assert_eq!(said(header::IF_NONE_MATCH, "*"), Some(Some(0)));
        assert_eq!(said(header::IF_NONE_MATCH, "\"3\""), None);
    }
}
