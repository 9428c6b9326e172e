//! `job_event`: what was told of jobs on Dataflow, as it came. An event about a job that is not known (yet) is parked: it has no
//! `dataflow_job_id` and no note.

use chrono::{DateTime, Utc};

use super::{Result, Tx, on};
use crate::domain::dataflow::{JobState, News};
use crate::domain::id::{DataflowJobId, JobEventId};

const INSERT: &str = "INSERT INTO job_event (source, project, location, job_id, job_name, state, state_at, replaced_by, received_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (source) DO NOTHING RETURNING id";
const FIND: &str = "SELECT id, source, project, location, job_id, job_name, state, state_at, replaced_by, received_at, dataflow_job_id, note \
    FROM job_event WHERE id = $1";
const LIST_PARKED: &str = "SELECT id FROM job_event WHERE dataflow_job_id IS NULL AND note IS NULL \
    AND (job_name = $1 OR (job_id = $2 AND location = $3)) ORDER BY state_at, id LIMIT 100";
/// Parked events whose job has become known since: who made it known did not see them.
const LIST_MATCHABLE: &str = "SELECT event.id FROM job_event event WHERE event.dataflow_job_id IS NULL AND event.note IS NULL \
    AND event.received_at < $1 AND EXISTS (SELECT 1 FROM dataflow_job job WHERE job.job_id = event.job_id AND job.location = event.location) \
    ORDER BY event.id LIMIT 100";
const SET_NOTE: &str = "UPDATE job_event SET dataflow_job_id = $2, note = $3 WHERE id = $1";
const SET_UNMATCHED: &str = "UPDATE job_event SET note = 'unmatched' WHERE dataflow_job_id IS NULL AND note IS NULL AND received_at < $1";
const LIST: &str = "SELECT id, source, project, location, job_id, job_name, state, state_at, replaced_by, received_at, dataflow_job_id, note \
    FROM job_event ORDER BY id DESC LIMIT $1";
const DELETE_OLD: &str = "DELETE FROM job_event WHERE id IN (SELECT id FROM job_event WHERE received_at < $1 ORDER BY received_at LIMIT $2)";

pub(super) const STATEMENTS: &[&str] =
    &[INSERT, FIND, LIST_PARKED, LIST_MATCHABLE, SET_NOTE, SET_UNMATCHED, LIST, DELETE_OLD];

/// One thing that was told of a job.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct JobEvent {
    /// The row.
    pub id: JobEventId,
    /// By which a second copy is known.
    pub source: String,
    /// The project, by name or number.
    pub project: String,
    /// The region.
    pub location: String,
    /// Dataflow's id of the job.
    pub job_id: String,
    /// The job's name; may be empty.
    pub job_name: String,
    /// Dataflow's word for how it stands.
    pub state: String,
    /// Since when, by Dataflow's clock.
    pub state_at: DateTime<Utc>,
    /// The job that it goes on as.
    pub replaced_by: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// The job that it is about, once it was found.
    pub dataflow_job_id: Option<DataflowJobId>,
    /// What became of it.
    pub note: Option<String>,
}

impl JobEvent {
    /// What it tells; none in a word that this version does not know.
    pub fn news(&self) -> Option<News> {
        let state = JobState::parse(&self.state)?;
        Some(News { state, at: self.state_at, replaced_by: self.replaced_by.clone() })
    }
}

/// An event that is about to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewJobEvent<'a> {
    /// By which a second copy is known.
    pub source: &'a str,
    /// The project, by name or number.
    pub project: &'a str,
    /// The region.
    pub location: &'a str,
    /// Dataflow's id of the job.
    pub job_id: &'a str,
    /// The job's name.
    pub job_name: &'a str,
    /// What it tells.
    pub news: &'a News,
}

/// Keeps an event. Answers none for one that is here already.
pub async fn insert(tx: &mut Tx, event: NewJobEvent<'_>, now: DateTime<Utc>) -> Result<Option<JobEventId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(INSERT)
        .bind(event.source)
        .bind(event.project)
        .bind(event.location)
        .bind(event.job_id)
        .bind(event.job_name)
        .bind(event.news.state.as_str())
        .bind(event.news.at)
        .bind(&event.news.replaced_by)
        .bind(now)
        .fetch_optional(c)
        .await?))
}

/// The event of that id.
pub async fn find(tx: &mut Tx, id: JobEventId) -> Result<Option<JobEvent>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(id).fetch_optional(c).await?))
}

/// The parked events about a job, oldest news first; 100 at most.
pub async fn list_parked(tx: &mut Tx, name: &str, job_id: &str, location: &str) -> Result<Vec<JobEventId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_PARKED)
        .bind(name)
        .bind(job_id)
        .bind(location)
        .fetch_all(c)
        .await?))
}

/// Events that came before a moment, are still parked, and need not be; 100 at most.
pub async fn list_matchable(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<JobEventId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_MATCHABLE).bind(before).fetch_all(c).await?))
}

/// Says what became of an event, and which job it is about.
pub async fn set_note(tx: &mut Tx, id: JobEventId, job: Option<DataflowJobId>, note: &str) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_NOTE).bind(id).bind(job).bind(note).execute(c).await?.rows_affected());
    Ok(())
}

/// Gives up on events that were parked before a moment; answers how many they were.
pub async fn set_unmatched(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(SET_UNMATCHED).bind(before).execute(c).await?.rows_affected()))
}

/// The newest events.
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<JobEvent>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST).bind(limit).fetch_all(c).await?))
}

/// Removes events received before `before`, `limit` at most; answers how many went.
pub async fn delete_old(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(DELETE_OLD).bind(before).bind(limit).execute(c).await?.rows_affected()))
}
