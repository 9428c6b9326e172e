//! `workflow_run`: every GitHub Actions run that we asked for.
//!
//! ```text
//!   pending ──the dispatch is known to have worked──▶ dispatched ──▶ running ──▶ concluded
//! ```
//! `attempted_at` is set before the request goes out. A row that is `pending` with it set may or may not have a run on GitHub, and
//! is looked for before anything is sent again.

mod row;

use chrono::{DateTime, Utc};
use runner_contract::Outcome;
use sqlx::types::Json;

pub use row::{Context, NewWorkflowRun, WorkflowRun};

use super::{Result, Tx, on};
use crate::domain::id::{
    DispatchId, FeedstockId, GithubRunId, Login, PullNumber, RecipeRunId, WorkflowRunId,
};

macro_rules! columns {
    () => {
        "id, dispatch_id, feedstock_id, pull_request, recipe_run_id, installation, request, context, state, looks, attempted_at, \
         github_id, html_url, created_at, dispatched_at, running_at, concluded_at, stop_asked_by"
    };
}

const INSERT: &str = "INSERT INTO workflow_run (dispatch_id, feedstock_id, pull_request, recipe_run_id, installation, request, \
    context, state, looks, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 0, $8) RETURNING id";
const GET: &str = concat!("SELECT ", columns!(), " FROM workflow_run WHERE id = $1");
const FIND_BY_DISPATCH: &str = concat!("SELECT ", columns!(), " FROM workflow_run WHERE dispatch_id = $1");
const FIND_OPEN_EXPANSION: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM workflow_run WHERE feedstock_id = $1 AND pull_request = $2 AND recipe_run_id IS NULL ORDER BY id DESC LIMIT 1"
);
const FIND_BY_RECIPE_RUN: &str =
    concat!("SELECT ", columns!(), " FROM workflow_run WHERE recipe_run_id = $1 ORDER BY id DESC LIMIT 1");
const LIST_OPEN_EXPANSIONS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM workflow_run WHERE feedstock_id = $1 AND pull_request = $2 AND recipe_run_id IS NULL AND state <> 'concluded' ORDER BY id"
);
const LIST_OPEN: &str =
    concat!("SELECT ", columns!(), " FROM workflow_run WHERE state <> 'concluded' ORDER BY id");
const LIST_PENDING: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM workflow_run WHERE state = 'pending' AND created_at < $1 ORDER BY id LIMIT 100"
);
const LIST_SILENT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM workflow_run WHERE state IN ('dispatched', 'running') AND checked_at < $1 LIMIT 100"
);
const SET_ATTEMPTED: &str =
    "UPDATE workflow_run SET attempted_at = $2, looks = 0 WHERE id = $1 AND state = 'pending'";
/// Only while it is certain that nothing was sent.
const SET_WITHDRAWN: &str = "UPDATE workflow_run SET state = 'concluded', concluded_at = $2 \
    WHERE id = $1 AND state = 'pending' AND attempted_at IS NULL";
/// The first word counts. Also without a name this holds the row: who learns of the run's id meanwhile sees that it is to stop.
const SET_STOP_ASKED: &str = "UPDATE workflow_run SET stop_asked_by = COALESCE(stop_asked_by, $2) WHERE id = $1 AND state <> 'concluded'";
const SET_LOOKS: &str = "UPDATE workflow_run SET looks = $2 WHERE id = $1";
const SET_DISPATCHED: &str = "UPDATE workflow_run SET state = 'dispatched', github_id = $2, html_url = $3, dispatched_at = $4, \
    checked_at = $4 WHERE id = $1 AND state = 'pending'";
const SET_RUNNING: &str =
    "UPDATE workflow_run SET state = 'running', running_at = $2 WHERE id = $1 AND state = 'dispatched'";
const SET_HTML_URL: &str = "UPDATE workflow_run SET html_url = $2 WHERE id = $1";
const SET_CHECKED: &str = "UPDATE workflow_run SET checked_at = $2 WHERE id = $1";
const SET_CONCLUDED: &str = "UPDATE workflow_run SET state = 'concluded', concluded_at = $2, outcome = $3 WHERE id = $1 AND state <> 'concluded'";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    GET,
    FIND_BY_DISPATCH,
    FIND_OPEN_EXPANSION,
    FIND_BY_RECIPE_RUN,
    LIST_OPEN_EXPANSIONS,
    LIST_OPEN,
    LIST_PENDING,
    LIST_SILENT,
    SET_ATTEMPTED,
    SET_WITHDRAWN,
    SET_STOP_ASKED,
    SET_LOOKS,
    SET_DISPATCHED,
    SET_RUNNING,
    SET_HTML_URL,
    SET_CHECKED,
    SET_CONCLUDED,
];

/// Records a run to be dispatched.
pub async fn insert(tx: &mut Tx, run: NewWorkflowRun<'_>, now: DateTime<Utc>) -> Result<WorkflowRunId> {
    Ok(on!(tx, |c| sqlx::query_scalar(INSERT)
        .bind(&run.request.dispatch_id)
        .bind(run.feedstock)
        .bind(run.pull_request)
        .bind(run.recipe_run)
        .bind(run.installation)
        .bind(Json(run.request))
        .bind(Json(run.context))
        .bind(now)
        .fetch_one(c)
        .await?))
}

/// The run of that id, which must exist.
pub async fn get(tx: &mut Tx, id: WorkflowRunId) -> Result<WorkflowRun> {
    Ok(on!(tx, |c| sqlx::query_as(GET).bind(id).fetch_one(c).await?))
}

/// The run that was given this name.
pub async fn find_by_dispatch(tx: &mut Tx, dispatch: &DispatchId) -> Result<Option<WorkflowRun>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_BY_DISPATCH).bind(dispatch).fetch_optional(c).await?))
}

/// The newest run that carries out a recipe run.
pub async fn find_by_recipe_run(tx: &mut Tx, recipe_run: RecipeRunId) -> Result<Option<WorkflowRun>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_BY_RECIPE_RUN).bind(recipe_run).fetch_optional(c).await?))
}

/// The `expand-meta` runs for a pull request that have not ended, of whatever head.
pub async fn list_open_expansions(
    tx: &mut Tx,
    feedstock: FeedstockId,
    pull_request: PullNumber,
) -> Result<Vec<WorkflowRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_OPEN_EXPANSIONS)
        .bind(feedstock)
        .bind(pull_request)
        .fetch_all(c)
        .await?))
}

/// Every run that has not ended.
pub async fn list_open(tx: &mut Tx) -> Result<Vec<WorkflowRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_OPEN).fetch_all(c).await?))
}

/// Runs asked for before a moment that GitHub is not known to have, 100 at most.
pub async fn list_pending(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<WorkflowRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_PENDING).bind(before).fetch_all(c).await?))
}

/// The newest `expand-meta` run for a pull request, of whatever head and state.
pub async fn find_expansion(
    tx: &mut Tx,
    feedstock: FeedstockId,
    pull_request: PullNumber,
) -> Result<Option<WorkflowRun>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_OPEN_EXPANSION)
        .bind(feedstock)
        .bind(pull_request)
        .fetch_optional(c)
        .await?))
}

/// Open runs that were last looked at before `since`, 100 at most.
pub async fn list_silent(tx: &mut Tx, since: DateTime<Utc>) -> Result<Vec<WorkflowRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_SILENT).bind(since).fetch_all(c).await?))
}

/// Notes that a dispatch is about to be sent. Answers false when it must not be: somebody withdrew the run meanwhile.
pub async fn set_attempted(tx: &mut Tx, id: WorkflowRunId, now: DateTime<Utc>) -> Result<bool> {
    Ok(on!(tx, |c| sqlx::query(SET_ATTEMPTED).bind(id).bind(now).execute(c).await?.rows_affected()) == 1)
}

/// Ends a run of which nothing was sent to GitHub. Answers false when that is not certain.
pub async fn set_withdrawn(tx: &mut Tx, id: WorkflowRunId, now: DateTime<Utc>) -> Result<bool> {
    Ok(on!(tx, |c| sqlx::query(SET_WITHDRAWN).bind(id).bind(now).execute(c).await?.rows_affected()) == 1)
}

/// Notes that a run is to be stopped, and who said so.
pub async fn set_stop_asked(tx: &mut Tx, id: WorkflowRunId, by: Option<&Login>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_STOP_ASKED).bind(id).bind(by).execute(c).await?.rows_affected());
    Ok(())
}

/// Notes how often the run was looked for in vain.
pub async fn set_looks(tx: &mut Tx, id: WorkflowRunId, looks: i64) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_LOOKS).bind(id).bind(looks).execute(c).await?.rows_affected());
    Ok(())
}

/// Notes that GitHub has the run. Answers false when that was known.
pub async fn set_dispatched(
    tx: &mut Tx,
    id: WorkflowRunId,
    github_id: GithubRunId,
    html_url: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(SET_DISPATCHED)
        .bind(id)
        .bind(github_id)
        .bind(html_url)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Notes that GitHub has begun the run. Answers false when that was known.
pub async fn set_running(tx: &mut Tx, id: WorkflowRunId, now: DateTime<Utc>) -> Result<bool> {
    Ok(on!(tx, |c| sqlx::query(SET_RUNNING).bind(id).bind(now).execute(c).await?.rows_affected()) == 1)
}

/// Notes where the run's page is.
pub async fn set_html_url(tx: &mut Tx, id: WorkflowRunId, html_url: &str) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_HTML_URL).bind(id).bind(html_url).execute(c).await?.rows_affected());
    Ok(())
}

/// Notes that GitHub was asked about the run.
pub async fn set_checked(tx: &mut Tx, id: WorkflowRunId, now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_CHECKED).bind(id).bind(now).execute(c).await?.rows_affected());
    Ok(())
}

/// Ends the run. Answers false when it had ended: whoever asks second must not report again.
pub async fn set_concluded(
    tx: &mut Tx,
    id: WorkflowRunId,
    outcome: Option<&Outcome>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(SET_CONCLUDED)
        .bind(id)
        .bind(now)
        .bind(outcome.map(Json))
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}
