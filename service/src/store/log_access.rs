//! `log_access`: who read which logs. Rows are only added.

use chrono::{DateTime, Utc};

use super::{Result, Tx, on};
use crate::domain::id::RecipeRunId;

const INSERT: &str = "INSERT INTO log_access (at, api_key, recipe_run_id, source) VALUES ($1, $2, $3, $4)";
const LIST: &str = "SELECT at, api_key, recipe_run_id, source FROM log_access ORDER BY id DESC LIMIT $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, LIST];

/// One reading.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LogAccess {
    /// When.
    pub at: DateTime<Utc>,
    /// The name of the key that was shown.
    pub api_key: String,
    /// The run whose log it was.
    pub recipe_run_id: RecipeRunId,
    /// Which of its logs.
    pub source: String,
}

/// Notes that a log is about to be read.
pub async fn insert(tx: &mut Tx, access: &LogAccess) -> Result<()> {
    on!(tx, |c| sqlx::query(INSERT)
        .bind(access.at)
        .bind(&access.api_key)
        .bind(access.recipe_run_id)
        .bind(&access.source)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// The newest readings, newest first.
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<LogAccess>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST).bind(limit).fetch_all(c).await?))
}
