//! `feedstock_creation`: merged recipes on their way to a repository of their own, one row for each merged pull request.
//!
//! ```text
//!   open ──▶ done
//!    ▲ │
//!    │ └──it cannot go on by itself──▶ blocked ──an operator──▶ abandoned
//!    └───────────an operator──────────────┘
//! ```

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::{Result, Tx, on};
use crate::domain::command::PullRequest;
use crate::domain::creation::Progress;
use crate::domain::id::{FeedstockCreationId, InstallationId, PullNumber, RepoName};

macro_rules! columns {
    () => {
        "id, repository, pull_request, installation, directory, feedstock, state, progress, problem, created_at, updated_at"
    };
}

const INSERT: &str = "INSERT INTO feedstock_creation (repository, pull_request, installation, directory, feedstock, state, progress, \
    created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $7) ON CONFLICT (repository, pull_request) DO NOTHING";
const FIND: &str =
    concat!("SELECT ", columns!(), " FROM feedstock_creation WHERE repository = $1 AND pull_request = $2");
const GET: &str = concat!("SELECT ", columns!(), " FROM feedstock_creation WHERE id = $1");
const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM feedstock_creation WHERE (state = $1 OR $1 IS NULL) ORDER BY id DESC LIMIT $2"
);
const LIST_FORGOTTEN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM feedstock_creation WHERE state = 'open' AND updated_at < $1 ORDER BY id LIMIT 100"
);
const SET_PROGRESS: &str = "UPDATE feedstock_creation SET progress = $2, updated_at = $3 WHERE id = $1";
const SET_STATE: &str =
    "UPDATE feedstock_creation SET state = $3, problem = $4, updated_at = $5 WHERE id = $1 AND state = $2";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, GET, LIST, LIST_FORGOTTEN, SET_PROGRESS, SET_STATE];

/// A merged recipe on its way to a repository of its own.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FeedstockCreation {
    /// The row.
    pub id: FeedstockCreationId,
    /// Where the recipe was merged.
    pub repository: RepoName,
    /// By which pull request.
    pub pull_request: PullNumber,
    /// The installation through which we speak.
    pub installation: InstallationId,
    /// The recipe's directory, without `recipes/`.
    pub directory: String,
    /// The repository that it becomes.
    pub feedstock: RepoName,
    /// `open`, `blocked`, `done` or `abandoned`.
    pub state: String,
    /// How far it has come.
    pub progress: Json<Progress>,
    /// Why it cannot go on, as people read it.
    pub problem: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it last moved, or was last looked at.
    pub updated_at: DateTime<Utc>,
}

impl FeedstockCreation {
    /// The merged pull request.
    pub fn merged(&self) -> PullRequest {
        PullRequest {
            repository: self.repository.clone(),
            number: self.pull_request,
            installation: self.installation,
        }
    }

    /// Whether it is to go on.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

/// Notes that a creation begins, unless that is noted.
pub async fn insert(
    tx: &mut Tx,
    merged: &PullRequest,
    directory: &str,
    feedstock: &RepoName,
    progress: &Progress,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(tx, |c| sqlx::query(INSERT)
        .bind(&merged.repository)
        .bind(merged.number)
        .bind(merged.installation)
        .bind(directory)
        .bind(feedstock)
        .bind(Json(progress))
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// The creation that a merged pull request began.
pub async fn find(
    tx: &mut Tx,
    repository: &RepoName,
    pull_request: PullNumber,
) -> Result<Option<FeedstockCreation>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(repository).bind(pull_request).fetch_optional(c).await?))
}

/// The creation of that id.
pub async fn get(tx: &mut Tx, id: FeedstockCreationId) -> Result<Option<FeedstockCreation>> {
    Ok(on!(tx, |c| sqlx::query_as(GET).bind(id).fetch_optional(c).await?))
}

/// The newest creations, of one state or of all.
pub async fn list(tx: &mut Tx, state: Option<&str>, limit: i64) -> Result<Vec<FeedstockCreation>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST).bind(state).bind(limit).fetch_all(c).await?))
}

/// Open creations that nothing moved since before `before`, 100 at most.
pub async fn list_forgotten(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<FeedstockCreation>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_FORGOTTEN).bind(before).fetch_all(c).await?))
}

/// Notes how far it has come, and that somebody sees to it.
pub async fn set_progress(
    tx: &mut Tx,
    id: FeedstockCreationId,
    progress: &Progress,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_PROGRESS)
        .bind(id)
        .bind(Json(progress))
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Moves it from one state to another. Answers false when it is not in the first.
pub async fn set_state(
    tx: &mut Tx,
    id: FeedstockCreationId,
    (from, to): (&str, &str),
    problem: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(SET_STATE)
        .bind(id)
        .bind(from)
        .bind(to)
        .bind(problem)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}
