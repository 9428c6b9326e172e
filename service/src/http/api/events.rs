//! `/recipe_runs/{id}/events`: the timeline of a run, as a page of JSON and as a stream that goes on.

mod parameters;
mod stream;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{ACCEPT, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::RecipeRunId;
use crate::domain::run::{RunState, message_word};
use crate::domain::timeline::{self, Standing, Waiting, Workflow};
use crate::http::Shared;
use crate::http::problem::Problem;
use crate::store::recipe_run::RecipeRun;
use crate::store::run_event::RunEvent;
use crate::store::{self, Tx};
use parameters::Parameters;

/// One thing that happened to a run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunEvent)]
pub(in crate::http) struct Line {
    /// The later, the higher.
    id: i64,
    /// When it happened, in UTC.
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    /// What, in a word.
    kind: String,
    /// What, in a sentence.
    reason: String,
    /// What it goes back to: the id of a delivery of GitHub, the source of a message about a Dataflow job, or `timer`.
    cause: Option<String>,
}

impl From<RunEvent> for Line {
    fn from(event: RunEvent) -> Self {
        let RunEvent { id, at, kind, reason, cause } = event;
        Self { id: id.0, at, kind, reason, cause: cause.map(|cause| cause.0) }
    }
}

/// What a run waits for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunWaiting)]
pub(in crate::http) struct Awaited {
    /// What for, in words.
    r#for: String,
    /// Since when, in UTC.
    #[schema(value_type = String, format = DateTime)]
    since: DateTime<Utc>,
    /// When it is given up, if it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<DateTime<Utc>>,
}

impl From<Waiting> for Awaited {
    fn from(waiting: Waiting) -> Self {
        Self { r#for: waiting.what, since: waiting.since, until: waiting.until }
    }
}

/// A page of what happened to a run, and what it waits for now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunTimeline)]
pub(in crate::http) struct Timeline {
    /// In the order in which it was written down.
    events: Vec<Line>,
    /// None when nothing more will happen.
    waiting: Option<Awaited>,
}

/// What happened to a run, with `Accept: text/event-stream` as a stream that goes on with what happens. That stream has the ids, kinds and
/// events of the page; it ends with an event `end` when nothing more will happen, and whoever connects again after that is answered 204.
#[utoipa::path(get, path = "/recipe_runs/{id}/events", operation_id = "list_events_recipe_runs__id__events_get", tag = "recipe_run",
    params(
        ("id" = i64, Path, description = "The recipe run."),
        ("after" = Option<i64>, Query, minimum = 0, description = "Only what came after the event of this id."),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100, description = "How many events of a page, at most; 100 where nothing is said. A stream has them all."),
        ("last_event_id" = Option<i64>, Query, minimum = 0, description = "The same as the header `Last-Event-ID`, for clients that cannot set it."),
        ("Last-Event-ID" = Option<i64>, Header, minimum = 0, description = "Of a stream, the last event that was read; in place of `after`."),
    ),
    responses(
        (status = 200, description = "What happened.", content((Timeline = "application/json"), (String = "text/event-stream"))),
        (status = 204, description = "Of a stream: everything was read, and nothing more will happen."),
        (status = 404, description = "There is no such run."),
        (status = 422, description = "A parameter cannot be used."),
        (status = 503, description = "The database does not answer, or too many listen."),
    ))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wants_stream = parameters::accepts_stream(&headers);
    let parameters = Parameters::read(id.ok(), query.as_deref(), &headers, wants_stream)?;
    let mut tx = shared.app.store.read().await.map_err(|error| Problem::database(&error))?;
    let run =
        store::recipe_run::find(&mut tx, parameters.run).await.map_err(|error| Problem::database(&error))?;
    let run = run.ok_or_else(|| Problem::Missing("recipe run not found".into()))?;
    let answer = if wants_stream {
        drop(tx);
        stream::open(&shared.app, run.id, parameters.after).await?
    } else {
        let page = page(&mut tx, &run, &parameters).await.map_err(|error| Problem::database(&error))?;
        Json(page).into_response()
    };
    Ok(([(VARY, ACCEPT.as_str())], answer).into_response())
}

async fn page(tx: &mut Tx, run: &RecipeRun, parameters: &Parameters) -> store::Result<Timeline> {
    let standing = standing(tx, run).await?;
    let events = store::run_event::list_after(tx, run.id, parameters.after, parameters.limit).await?;
    Ok(Timeline {
        events: events.into_iter().map(Line::from).collect(),
        waiting: timeline::waiting(&standing).map(Awaited::from),
    })
}

async fn standing(tx: &mut Tx, run: &RecipeRun) -> store::Result<Standing> {
    let state = run.state()?;
    let writer = match &run.target {
        Some(target) if state == RunState::Queued => store::recipe_run::find_writer(tx, target).await?,
        _ => None,
    };
    let workflow = store::workflow_run::find_by_recipe_run(tx, run.id).await?;
    Ok(Standing {
        recipe_id: run.recipe_id.clone(),
        is_test: run.is_test,
        is_only_kept: run.is_only_kept(),
        state,
        started_at: run.started_at,
        completed_at: run.completed_at,
        writer: writer.map(|writer| (writer.id, writer.started_at)),
        cancel_asked: run.cancel_asked_at.map(|at| (at, run.cancel_asked_by.clone())),
        workflow: workflow.map(|workflow| Workflow {
            asked_at: workflow.created_at,
            dispatched_at: workflow.dispatched_at,
            running_at: workflow.running_at,
            concluded_at: workflow.concluded_at,
        }),
        job_id: message_word(run.message.as_deref(), "job_id"),
        is_unreported: is_unreported(tx, run.id).await?,
    })
}

/// Whether GitHub is still to show something of a run.
async fn is_unreported(tx: &mut Tx, run: RecipeRunId) -> store::Result<bool> {
    store::report::is_any_unpublished(tx, &timeline::reports_of(run)).await
}

/// Whether nothing more will happen to a run. What is read after this is all that there will be.
async fn is_over(tx: &mut Tx, run: RecipeRunId) -> store::Result<bool> {
    let run = store::recipe_run::get(tx, run).await?;
    Ok(matches!(run.state()?, RunState::Completed(_)) && !is_unreported(tx, run.id).await?)
}

/// Everything was read, and nothing more will happen: a client of the stream that gets this does not come again.
fn nothing_more() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
