//! The queue as an operator sees it.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use crate::domain::id::{Cause, JobId};
use crate::store::{Result, Tx, on};

const REVIVE: &str = "UPDATE job SET state = 'ready', attempt = 0, run_at = $2, finished_at = NULL WHERE id = $1 AND state = 'dead' \
    AND NOT EXISTS (SELECT 1 FROM job AS twin WHERE twin.dedup_key = job.dedup_key AND twin.state = 'ready')";
const LIST: &str = "SELECT id, kind, lane, state, attempt, run_at, last_error, created_at, finished_at, payload, cause FROM job \
    WHERE (state = $1 OR $1 IS NULL) ORDER BY id DESC LIMIT $2";
const COUNT: &str = "SELECT state, COUNT(*) AS jobs FROM job GROUP BY state";

pub(super) const STATEMENTS: &[&str] = &[REVIVE, LIST, COUNT];

/// A job as an operator sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    /// The row.
    pub id: JobId,
    /// The kind's word.
    pub kind: String,
    /// Its lane.
    pub lane: Option<String>,
    /// `ready`, `running`, `done` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub attempt: i64,
    /// Not before this.
    pub run_at: DateTime<Utc>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it was done or given up.
    pub finished_at: Option<DateTime<Utc>>,
    /// What it is to do, in the words of the version that queued it.
    pub payload: Json<serde_json::Value>,
    /// What it goes back to: a delivery, a message about a Dataflow job, the timer or a command.
    pub cause: Option<Cause>,
}

/// Queues a dead job again with a clean account. Answers false when it is not dead, or when the same work already waits.
pub async fn revive(tx: &mut Tx, id: JobId, now: DateTime<Utc>) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(REVIVE).bind(id).bind(now).execute(c).await?.rows_affected());
    Ok(rows == 1)
}

/// The newest jobs, of one state or of all.
pub async fn list(tx: &mut Tx, state: Option<&str>, limit: i64) -> Result<Vec<Row>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST).bind(state).bind(limit).fetch_all(c).await?))
}

/// How many jobs there are in each state.
pub async fn count_by_state(tx: &mut Tx) -> Result<Vec<(String, i64)>> {
    Ok(on!(tx, |c| sqlx::query_as(COUNT).fetch_all(c).await?))
}
