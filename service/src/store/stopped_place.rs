//! `stopped_place`: where we may not work at present. A row with an empty repository stands for the whole installation.

use chrono::{DateTime, Utc};

use super::{Result, Tx, on};
use crate::domain::id::{InstallationId, RepoName};

const INSERT: &str = "INSERT INTO stopped_place (installation, repository, reason, since) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (installation, repository) DO UPDATE SET reason = excluded.reason";
const DELETE: &str = "DELETE FROM stopped_place WHERE installation = $1 AND repository = $2 RETURNING since";
/// Why all of an installation, or one repository of it, is stopped; what holds for all of it comes first.
const REASON: &str = "SELECT reason FROM stopped_place WHERE installation = $1 AND (repository = '' OR repository = $2) \
    ORDER BY repository LIMIT 1";
const LIST: &str = "SELECT installation, repository FROM stopped_place ORDER BY installation, repository";

pub(super) const STATEMENTS: &[&str] = &[INSERT, DELETE, REASON, LIST];

fn column(repository: Option<&RepoName>) -> &str {
    repository.map_or("", RepoName::as_str)
}

/// Notes that work has to stop in an installation, or in one repository of it. Since when is told by the first note.
pub async fn stop(
    tx: &mut Tx,
    installation: InstallationId,
    repository: Option<&RepoName>,
    reason: &str,
    since: DateTime<Utc>,
) -> Result<()> {
    on!(tx, |c| sqlx::query(INSERT)
        .bind(installation)
        .bind(column(repository))
        .bind(reason)
        .bind(since)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Notes that work may go on. Answers since when it had been stopped; none if it was not.
pub async fn go_on(
    tx: &mut Tx,
    installation: InstallationId,
    repository: Option<&RepoName>,
) -> Result<Option<DateTime<Utc>>> {
    Ok(on!(tx, |c| sqlx::query_scalar(DELETE)
        .bind(installation)
        .bind(column(repository))
        .fetch_optional(c)
        .await?))
}

/// Why we may not work in an installation, or in one repository of it.
pub async fn reason(
    tx: &mut Tx,
    installation: InstallationId,
    repository: Option<&RepoName>,
) -> Result<Option<String>> {
    Ok(on!(tx, |c| sqlx::query_scalar(REASON)
        .bind(installation)
        .bind(column(repository))
        .fetch_optional(c)
        .await?))
}

/// Every stopped place; the repository is none for a whole installation.
pub async fn list(tx: &mut Tx) -> Result<Vec<(InstallationId, Option<RepoName>)>> {
    let rows: Vec<(InstallationId, String)> = on!(tx, |c| sqlx::query_as(LIST).fetch_all(c).await?);
    Ok(rows.into_iter().map(|(installation, name)| (installation, RepoName::parse(&name))).collect())
}
