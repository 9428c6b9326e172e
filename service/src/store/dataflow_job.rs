//! `dataflow_job`: the jobs that were handed to Dataflow, one for a run. The row is there before the job is: its name is ours, so that
//! news can be faster than the answer that tells the id.

use chrono::{DateTime, Utc};
use runner_contract::Store;
use sqlx::types::Json;

use super::{Result, Tx, on};
use crate::domain::dataflow::{JobState, Known, News};
use crate::domain::id::{DataflowJobId, RecipeRunId};

macro_rules! columns {
    () => {
        "id, recipe_run_id, project, location, name, job_id, state, state_at, stores, heard_at, ended_at"
    };
}

const INSERT: &str = "INSERT INTO dataflow_job (recipe_run_id, project, location, name, state, heard_at) \
    VALUES ($1, $2, $3, $4, 'JOB_STATE_UNKNOWN', $5) RETURNING id";
const GET: &str = concat!("SELECT ", columns!(), " FROM dataflow_job WHERE id = $1");
const FIND_BY_RUN: &str = concat!("SELECT ", columns!(), " FROM dataflow_job WHERE recipe_run_id = $1");

const LIST_BY_JOB: &str =
    concat!("SELECT ", columns!(), " FROM dataflow_job WHERE job_id = $1 AND location = $2 ORDER BY id");
const FIND_BY_NAME: &str = concat!("SELECT ", columns!(), " FROM dataflow_job WHERE name = $1");
/// The job's own word for its place counts more than a bakery's file, but an id is never replaced by another one here.
const SET_TOLD: &str = "UPDATE dataflow_job SET job_id = $2, location = $3, \
    project = CASE WHEN project = '' THEN $4 ELSE project END, heard_at = $5 WHERE id = $1 AND job_id IS NULL";
const SET_SUBMITTED: &str =
    "UPDATE dataflow_job SET job_id = COALESCE(job_id, $2), stores = $3, heard_at = $4 WHERE id = $1";
/// What was read is named again, and time only goes on: of two workers that heard different news at once, one has to look again.
const SET_STATE: &str = "UPDATE dataflow_job SET state = $2, state_at = $3, ended_at = $4, heard_at = $5 \
    WHERE id = $1 AND state = $6 AND (state_at IS NULL OR state_at <= $3)";
const SET_FOLLOWED: &str = "UPDATE dataflow_job SET job_id = $2, state = 'JOB_STATE_UNKNOWN', state_at = NULL, heard_at = $3 \
    WHERE id = $1 AND state = $4 AND ended_at IS NULL";
const SET_HEARD: &str = "UPDATE dataflow_job SET heard_at = $2 WHERE id = $1";
const SET_ENDED: &str =
    "UPDATE dataflow_job SET ended_at = $2, heard_at = $2 WHERE id = $1 AND ended_at IS NULL";
/// Jobs that have not ended and were silent for long; for less where somebody waits for the job to be cancelled.
const LIST_SILENT: &str = "SELECT job.id FROM dataflow_job job JOIN recipe_run run ON run.id = job.recipe_run_id \
    WHERE job.ended_at IS NULL AND (job.heard_at < $1 OR (job.heard_at < $2 AND job.job_id IS NOT NULL AND run.status = 'in_progress' \
    AND run.cancel_asked_at IS NOT NULL)) ORDER BY job.heard_at LIMIT 100";
/// Runs that go on for longer than they may, and of which Dataflow has a job.
const LIST_OVERDUE: &str = "SELECT job.id FROM dataflow_job job JOIN recipe_run run ON run.id = job.recipe_run_id \
    WHERE run.status = 'in_progress' AND job.job_id IS NOT NULL AND ((run.is_test AND run.started_at < $1) \
    OR (NOT run.is_test AND run.started_at < $2)) ORDER BY job.id LIMIT 100";
/// Jobs that ended a while ago, whose runs go on with nothing that could end them.
const LIST_UNCONCLUDED: &str = "SELECT job.id FROM dataflow_job job JOIN recipe_run run ON run.id = job.recipe_run_id \
    WHERE job.ended_at < $1 AND run.status = 'in_progress' AND NOT EXISTS (SELECT 1 FROM workflow_run workflow \
    WHERE workflow.recipe_run_id = run.id AND workflow.state <> 'concluded') ORDER BY job.id LIMIT 100";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    GET,
    FIND_BY_RUN,
    LIST_BY_JOB,
    FIND_BY_NAME,
    SET_TOLD,
    SET_SUBMITTED,
    SET_STATE,
    SET_FOLLOWED,
    SET_HEARD,
    SET_ENDED,
    LIST_SILENT,
    LIST_OVERDUE,
    LIST_UNCONCLUDED,
];

/// A job on Dataflow, as far as it is known.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DataflowJob {
    /// The row.
    pub id: DataflowJobId,
    /// The run that it does.
    pub recipe_run_id: RecipeRunId,
    /// The Google Cloud project; empty where the bakery's file does not say.
    pub project: String,
    /// The region.
    pub location: String,
    /// The name that we gave it.
    pub name: String,
    /// Dataflow's id, once known.
    pub job_id: Option<String>,
    /// Dataflow's word for how it stands: `JOB_STATE_RUNNING`.
    pub state: String,
    /// Since when it stands so, by Dataflow's clock.
    pub state_at: Option<DateTime<Utc>>,
    /// The stores that the recipe's text names.
    pub stores: Option<Json<Vec<Store>>>,
    /// When anything was last heard of it.
    pub heard_at: DateTime<Utc>,
    /// When it was known to have ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl DataflowJob {
    /// What is known of how it stands.
    pub fn known(&self) -> Known {
        Known { state: JobState::parse(&self.state).unwrap_or(JobState::Unknown), at: self.state_at }
    }
}

/// Notes that a job will be handed to Dataflow under this name.
pub async fn insert(
    tx: &mut Tx,
    run: RecipeRunId,
    (project, location): (&str, &str),
    name: &str,
    now: DateTime<Utc>,
) -> Result<DataflowJobId> {
    Ok(on!(tx, |c| sqlx::query_scalar(INSERT)
        .bind(run)
        .bind(project)
        .bind(location)
        .bind(name)
        .bind(now)
        .fetch_one(c)
        .await?))
}

/// The job of that id, which must exist.
pub async fn get(tx: &mut Tx, id: DataflowJobId) -> Result<DataflowJob> {
    Ok(on!(tx, |c| sqlx::query_as(GET).bind(id).fetch_one(c).await?))
}

/// The job that does a run.
pub async fn find_by_run(tx: &mut Tx, run: RecipeRunId) -> Result<Option<DataflowJob>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_BY_RUN).bind(run).fetch_optional(c).await?))
}

/// The jobs that have this id in a region, in whatever project.
pub async fn list_by_job(tx: &mut Tx, job_id: &str, location: &str) -> Result<Vec<DataflowJob>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_BY_JOB).bind(job_id).bind(location).fetch_all(c).await?))
}

/// The job that we named so.
pub async fn find_by_name(tx: &mut Tx, name: &str) -> Result<Option<DataflowJob>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_BY_NAME).bind(name).fetch_optional(c).await?))
}

/// Notes the id and the place of a job whose id was not known, as Google told them.
pub async fn set_told(
    tx: &mut Tx,
    id: DataflowJobId,
    job_id: &str,
    (project, location): (&str, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_TOLD)
        .bind(id)
        .bind(job_id)
        .bind(location)
        .bind(project)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Notes what the workflow run told of the job that it handed over. An id that Google has told counts more.
pub async fn set_submitted(
    tx: &mut Tx,
    id: DataflowJobId,
    job_id: &str,
    stores: &[Store],
    now: DateTime<Utc>,
) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_SUBMITTED)
        .bind(id)
        .bind(job_id)
        .bind(Json(stores))
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Moves a job to the state that was told. Answers false when other news was faster.
pub async fn set_state(
    tx: &mut Tx,
    job: &DataflowJob,
    news: &News,
    ended: bool,
    now: DateTime<Utc>,
) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(SET_STATE)
        .bind(job.id)
        .bind(news.state.as_str())
        .bind(news.at)
        .bind(ended.then_some(now))
        .bind(now)
        .bind(&job.state)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Goes on with the job that took over. Answers false when other news was faster.
pub async fn set_followed(tx: &mut Tx, job: &DataflowJob, next: &str, now: DateTime<Utc>) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(SET_FOLLOWED)
        .bind(job.id)
        .bind(next)
        .bind(now)
        .bind(&job.state)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Notes that something was heard of a job, or that it was asked about.
pub async fn set_heard(tx: &mut Tx, id: DataflowJobId, now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_HEARD).bind(id).bind(now).execute(c).await?.rows_affected());
    Ok(())
}

/// Notes that nothing more will be heard of a job.
pub async fn set_ended(tx: &mut Tx, id: DataflowJobId, now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_ENDED).bind(id).bind(now).execute(c).await?.rows_affected());
    Ok(())
}

/// Jobs that were last heard of before `since`, or before `cancelled_since` where they are to be cancelled; 100 at most.
pub async fn list_silent(
    tx: &mut Tx,
    since: DateTime<Utc>,
    cancelled_since: DateTime<Utc>,
) -> Result<Vec<DataflowJobId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_SILENT).bind(since).bind(cancelled_since).fetch_all(c).await?))
}

/// The jobs of tests that began before one moment and of production runs that began before another and have not ended; 100 at most.
pub async fn list_overdue(
    tx: &mut Tx,
    tests_before: DateTime<Utc>,
    production_before: DateTime<Utc>,
) -> Result<Vec<DataflowJobId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_OVERDUE)
        .bind(tests_before)
        .bind(production_before)
        .fetch_all(c)
        .await?))
}

/// Jobs that ended before a moment and whose runs were left open; 100 at most.
pub async fn list_unconcluded(tx: &mut Tx, ended_before: DateTime<Utc>) -> Result<Vec<DataflowJobId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_UNCONCLUDED).bind(ended_before).fetch_all(c).await?))
}
