//! `GET …/revisions` and `…/revisions/{number}`.

use super::names::{PipelinePath, RevisionPath};
use super::page::{Asked, At, List, Page};
use super::view::{Revision, RevisionText};
use super::{App, Problem};
use axum::Json;
use axum::extract::State;

/// The revisions of a pipeline, newest first.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/revisions", operation_id = "list_revisions",
    tag = "pipelines", params(PipelinePath, Page),
    responses((status = 200, body = List<Revision>, description = "The revisions")))]
pub(super) async fn list(
    State(app): State<App>,
    At(path): At<PipelinePath>,
    Asked(page): Asked<Page>,
) -> Result<Json<List<Revision>>, Problem> {
    let pipeline = app.pipeline(path).await?;
    let (limit, before) = (page.limit()?, page.before()?);
    let rows = app.read(move |store| store.revisions(&pipeline.id, before, limit + 1)).await?;
    Ok(Json(List::part(rows, limit, |row| row.number.to_string(), |row| row.into())))
}

/// A revision of a pipeline with its text.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/revisions/{number}",
    operation_id = "get_revision", tag = "pipelines", params(RevisionPath),
    responses((status = 200, body = RevisionText, description = "The revision")))]
pub(super) async fn one(
    State(app): State<App>,
    At(path): At<RevisionPath>,
) -> Result<Json<RevisionText>, Problem> {
    let missing = Problem::revision_not_found(&path.pipeline, &path.number);
    let Ok(number) = path.number.parse() else { return Err(missing) };
    let pipeline = app.pipeline(path.pipeline_path()).await?;
    let found = app.read(move |store| store.revision(&pipeline.id, number)).await?;
    let (revision, source) = found.ok_or(missing)?;
    Ok(Json(RevisionText::of(&revision, source)))
}
