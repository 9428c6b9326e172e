//! How the queue stands, for figures.

use chrono::{DateTime, Utc};

use crate::store::{Result, Tx, on};

/// What is not done, by kind and state; an index holds just that.
pub(super) const QUEUE: &str = "SELECT kind, state, COUNT(*) AS jobs, MIN(run_at) AS first_due FROM job WHERE state <> 'done' GROUP BY state, kind";

/// Jobs of one kind in one state.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    /// The kind's word.
    pub kind: String,
    /// `ready`, `running` or `dead`.
    pub state: String,
    /// How many.
    pub jobs: i64,
    /// Since when the first of them is due.
    pub first_due: DateTime<Utc>,
}

/// What waits, runs or was given up.
pub async fn queue(tx: &mut Tx) -> Result<Vec<Waiting>> {
    Ok(on!(tx, |c| sqlx::query_as(QUEUE).fetch_all(c).await?))
}
