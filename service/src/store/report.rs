//! `report`: what GitHub should show, and how much of it GitHub is known to show.
//!
//! The key is the report's natural name and is written where it can be read back from GitHub: the check run's `external_id`, a
//! hidden marker in the comment. `attempted_at` is set before the first create, so that a create whose answer was lost is looked for.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::{Result, Tx, on};
use crate::domain::id::{GithubObjectId, InstallationId, RepoName, ReportId};
use crate::domain::report::Content;

macro_rules! columns {
    () => {
        "id, key, slot, repository, installation, content, version, published_version, attempted_at, github_id, undeliverable"
    };
}

const INSERT: &str = "INSERT INTO report (key, slot, repository, installation, content, version, published_version, updated_at) \
    VALUES ($1, $2, $3, $4, $5, 1, 0, $6) RETURNING id";
const FIND: &str = concat!("SELECT ", columns!(), " FROM report WHERE key = $1");
const GET: &str = concat!("SELECT ", columns!(), " FROM report WHERE id = $1");
const LIST_BY_SLOT: &str =
    concat!("SELECT ", columns!(), " FROM report WHERE slot = $1 AND key <> $2 ORDER BY id");
const SET_CONTENT: &str = "UPDATE report SET content = $2, installation = $3, version = version + 1, undeliverable = NULL, updated_at = $4 WHERE id = $1";
const SET_ATTEMPTED: &str = "UPDATE report SET attempted_at = $2 WHERE id = $1";
const SET_GITHUB_ID: &str = "UPDATE report SET github_id = $2 WHERE id = $1";
const SET_PUBLISHED: &str =
    "UPDATE report SET published_version = $2 WHERE id = $1 AND published_version < $2";
const SET_UNDELIVERABLE: &str = "UPDATE report SET undeliverable = $2 WHERE id = $1";
/// Of a whole installation where no repository is named.
const SET_ALL_UNDELIVERABLE: &str = "UPDATE report SET undeliverable = $3 WHERE installation = $1 AND (repository = $2 OR $2 IS NULL) \
    AND published_version < version AND undeliverable IS NULL RETURNING id";
const SET_DELIVERABLE: &str = "UPDATE report SET undeliverable = NULL WHERE installation = $1 AND (repository = $2 OR $2 IS NULL) \
    AND published_version < version AND undeliverable IS NOT NULL AND updated_at >= $3 RETURNING id";
const IS_ANY_UNPUBLISHED: &str = "SELECT EXISTS (SELECT 1 FROM report WHERE key IN ($1, $2, $3) AND published_version < version AND undeliverable IS NULL)";
const LIST_UNPUBLISHED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM report WHERE published_version < version AND undeliverable IS NULL AND updated_at < $1 ORDER BY id LIMIT 100"
);

pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    GET,
    LIST_BY_SLOT,
    SET_CONTENT,
    SET_ATTEMPTED,
    SET_GITHUB_ID,
    SET_PUBLISHED,
    SET_UNDELIVERABLE,
    SET_ALL_UNDELIVERABLE,
    SET_DELIVERABLE,
    IS_ANY_UNPUBLISHED,
    LIST_UNPUBLISHED,
];

/// What one thing on GitHub should say.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Report {
    /// The row.
    pub id: ReportId,
    /// Its natural name.
    pub key: String,
    /// Of all reports of one slot only the newest stays up.
    pub slot: Option<String>,
    /// The repository it is shown in.
    pub repository: RepoName,
    /// The installation through which we speak there.
    pub installation: InstallationId,
    /// What it should say.
    pub content: Json<Content>,
    /// Counts the changes of `content`.
    pub version: i64,
    /// The version that GitHub shows; 0 for nothing yet.
    pub published_version: i64,
    /// When a create was last sent.
    pub attempted_at: Option<DateTime<Utc>>,
    /// GitHub's id of what the report became.
    pub github_id: Option<GithubObjectId>,
    /// Why it can never be shown.
    pub undeliverable: Option<String>,
}

/// Says what GitHub should show under a key. Answers the report when that is news.
pub async fn set(
    tx: &mut Tx,
    key: &str,
    slot: Option<&str>,
    (repository, installation): (&RepoName, InstallationId),
    content: &Content,
    now: DateTime<Utc>,
) -> Result<Option<ReportId>> {
    let Some(known) = find(tx, key).await? else {
        return Ok(Some(on!(tx, |c| sqlx::query_scalar(INSERT)
            .bind(key)
            .bind(slot)
            .bind(repository)
            .bind(installation)
            .bind(Json(content))
            .bind(now)
            .fetch_one(c)
            .await?)));
    };
    if known.content.0 == *content {
        return Ok(None);
    }
    set_content(tx, known.id, installation, content, now).await?;
    Ok(Some(known.id))
}

/// Changes what a report should say.
pub async fn set_content(
    tx: &mut Tx,
    id: ReportId,
    installation: InstallationId,
    content: &Content,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_CONTENT)
        .bind(id)
        .bind(Json(content))
        .bind(installation)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// The report of that key.
pub async fn find(tx: &mut Tx, key: &str) -> Result<Option<Report>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(key).fetch_optional(c).await?))
}

/// The report of that id, which must exist.
pub async fn get(tx: &mut Tx, id: ReportId) -> Result<Report> {
    Ok(on!(tx, |c| sqlx::query_as(GET).bind(id).fetch_one(c).await?))
}

/// The other reports of a slot, oldest first.
pub async fn list_others_in_slot(tx: &mut Tx, slot: &str, key: &str) -> Result<Vec<Report>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_BY_SLOT).bind(slot).bind(key).fetch_all(c).await?))
}

/// Notes that a create is about to be sent.
pub async fn set_attempted(tx: &mut Tx, id: ReportId, now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_ATTEMPTED).bind(id).bind(now).execute(c).await?.rows_affected());
    Ok(())
}

/// Notes what the report became on GitHub.
pub async fn set_github_id(tx: &mut Tx, id: ReportId, github_id: GithubObjectId) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_GITHUB_ID).bind(id).bind(github_id).execute(c).await?.rows_affected());
    Ok(())
}

/// Notes which version GitHub shows; never an older one than is noted.
pub async fn set_published(tx: &mut Tx, id: ReportId, version: i64) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_PUBLISHED).bind(id).bind(version).execute(c).await?.rows_affected());
    Ok(())
}

/// Notes for everything of an installation, or of one repository in it, that GitHub does not show yet, why it will not. Answers what that is.
pub async fn set_all_undeliverable(
    tx: &mut Tx,
    installation: InstallationId,
    repository: Option<&RepoName>,
    why: &str,
) -> Result<Vec<ReportId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(SET_ALL_UNDELIVERABLE)
        .bind(installation)
        .bind(repository)
        .bind(why)
        .fetch_all(c)
        .await?))
}

/// Whether GitHub is still to show anything of these keys.
pub async fn is_any_unpublished(tx: &mut Tx, keys: &[String; 3]) -> Result<bool> {
    let [a, b, d] = keys;
    Ok(on!(tx, |c| sqlx::query_scalar(IS_ANY_UNPUBLISHED).bind(a).bind(b).bind(d).fetch_one(c).await?))
}

/// Takes that back for what was changed since a moment; answers what can be shown now.
pub async fn set_deliverable(
    tx: &mut Tx,
    installation: InstallationId,
    repository: Option<&RepoName>,
    since: DateTime<Utc>,
) -> Result<Vec<ReportId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(SET_DELIVERABLE)
        .bind(installation)
        .bind(repository)
        .bind(since)
        .fetch_all(c)
        .await?))
}

/// Notes why GitHub will never show it.
pub async fn set_undeliverable(tx: &mut Tx, id: ReportId, why: &str) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_UNDELIVERABLE).bind(id).bind(why).execute(c).await?.rows_affected());
    Ok(())
}

/// Reports that GitHub does not show as they should be, changed before `before`, 100 at most.
pub async fn list_unpublished(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<Report>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_UNPUBLISHED).bind(before).fetch_all(c).await?))
}
