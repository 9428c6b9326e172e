//! `run_event`: the timelines of the runs. Rows are only added, each in the transaction that changed what it tells of.
//!
//! Readers go on after the last id that they saw, so no line of a run may appear below one that was read. On Postgres ids are given before
//! the commit, in any order: whoever adds a line to a run therefore holds the run's row until then.

use chrono::{DateTime, Utc};

use super::{Result, Tx, on};
use crate::domain::id::{Cause, RecipeRunId, RunEventId};
use crate::domain::timeline::Kind;

pub(super) const HOLD_RUN: &str = "SELECT id FROM recipe_run WHERE id = $1 FOR NO KEY UPDATE";
/// Of a run that was removed there is no timeline either.
const INSERT: &str = "INSERT INTO run_event (recipe_run_id, at, kind, reason, cause) \
    SELECT id, $2, $3, $4, $5 FROM recipe_run WHERE id = $1";
const LIST_AFTER: &str = "SELECT id, at, kind, reason, cause FROM run_event WHERE recipe_run_id = $1 AND id > $2 ORDER BY id LIMIT $3";
const FIND_NEWEST: &str =
    "SELECT id, at, kind, reason, cause FROM run_event WHERE recipe_run_id = $1 ORDER BY id DESC LIMIT 1";
const MAX_ID: &str = "SELECT MAX(id) FROM run_event";
const LIST_RUNS_AFTER: &str = "SELECT id, recipe_run_id FROM run_event WHERE id > $1 ORDER BY id";

pub(super) const STATEMENTS: &[&str] = &[INSERT, LIST_AFTER, FIND_NEWEST, MAX_ID, LIST_RUNS_AFTER];

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RunEvent {
    /// The row; later lines of a run have higher ones.
    pub id: RunEventId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What, in a word of [`crate::domain::timeline::Kind`] or of a newer version.
    pub kind: String,
    /// What, in a sentence.
    pub reason: String,
    /// What it goes back to.
    pub cause: Option<Cause>,
}

/// Keeps everybody else from changing a run until the transaction ends. On SQLite whoever writes is alone anyway.
pub(super) async fn hold(tx: &mut Tx, run: RecipeRunId) -> Result<()> {
    if tx.is_postgres() {
        on!(tx, |c| sqlx::query(HOLD_RUN).bind(run).execute(c).await?.rows_affected());
    }
    Ok(())
}

/// Adds a line to the timeline of a run. Everybody can read the reason: nothing secret may be left in it.
pub async fn insert(
    tx: &mut Tx,
    run: RecipeRunId,
    kind: Kind,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    hold(tx, run).await?;
    let cause = tx.cause().cloned();
    on!(tx, |c| sqlx::query(INSERT)
        .bind(run)
        .bind(at)
        .bind(kind.as_str())
        .bind(reason)
        .bind(cause)
        .execute(c)
        .await?
        .rows_affected());
    tx.tell(run);
    Ok(())
}

/// The lines of a run after one of them, in their order; `limit` at most.
pub async fn list_after(
    tx: &mut Tx,
    run: RecipeRunId,
    after: RunEventId,
    limit: i64,
) -> Result<Vec<RunEvent>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_AFTER).bind(run).bind(after).bind(limit).fetch_all(c).await?))
}

/// The newest line of a run.
pub async fn find_newest(tx: &mut Tx, run: RecipeRunId) -> Result<Option<RunEvent>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_NEWEST).bind(run).fetch_optional(c).await?))
}

/// The highest id of all lines; 0 where there are none.
pub async fn max_id(tx: &mut Tx) -> Result<RunEventId> {
    let id: Option<RunEventId> = on!(tx, |c| sqlx::query_scalar(MAX_ID).fetch_one(c).await?);
    Ok(id.unwrap_or(RunEventId(0)))
}

/// The lines with a higher id, of all runs, each with its run.
pub async fn list_runs_after(tx: &mut Tx, after: RunEventId) -> Result<Vec<(RunEventId, RecipeRunId)>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_RUNS_AFTER).bind(after).fetch_all(c).await?))
}
