//! `recipe_run`: one attempt at one recipe. The columns up to `message` are the public API's.

use chrono::{DateTime, Utc};

use super::{Result, StoreError, Tx, on};
use crate::domain::id::{BakeryId, FeedstockId, PullNumber, RecipeRunId, Sha};
use crate::domain::run::{Conclusion, RunState, Status};

macro_rules! columns {
    () => {
        "id, recipe_id, bakery_id, feedstock_id, head_sha, started_at, completed_at, conclusion, status, is_test, \
         dataset_type, dataset_public_url, message, pull_request, feedstock_subdir"
    };
}

const INSERT: &str = "INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, status, is_test, \
    dataset_type, pull_request, feedstock_subdir) VALUES ($1, $2, $3, $4, '', $5, 'queued', $6, 'zarr', $7, $8) RETURNING id";
const GET: &str = concat!("SELECT ", columns!(), " FROM recipe_run WHERE id = $1");
const LIST_BY_HEAD: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE feedstock_id = $1 AND pull_request = $2 AND head_sha = $3 ORDER BY id"
);
/// The state that was read is named again: two writers that both read it cannot both leave it.
const SET_STATE: &str = "UPDATE recipe_run SET status = $2, conclusion = $3, started_at = $4, completed_at = $5 \
    WHERE id = $1 AND status = $6";
const SET_DATASET: &str = "UPDATE recipe_run SET dataset_public_url = $2, dataset_type = $3 WHERE id = $1";
const SET_MESSAGE: &str = "UPDATE recipe_run SET message = $2 WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, GET, LIST_BY_HEAD, SET_STATE, SET_DATASET, SET_MESSAGE];

/// One attempt at one recipe.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RecipeRun {
    /// The row.
    pub id: RecipeRunId,
    /// The recipe's id in `meta.yaml`.
    pub recipe_id: String,
    /// Where it runs.
    pub bakery_id: BakeryId,
    /// Where it comes from.
    pub feedstock_id: FeedstockId,
    /// The commit.
    pub head_sha: Sha,
    /// When it was asked for; until then, when it was queued.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    conclusion: Option<String>,
    status: String,
    /// Whether it is a test on a pull request.
    pub is_test: bool,
    /// `zarr`, `kerchunk` or `parquet`.
    pub dataset_type: Option<String>,
    /// Where the data can be opened.
    pub dataset_public_url: Option<String>,
    /// JSON text with what else is known: `job_name`, `job_id`, `trace`.
    pub message: Option<String>,
    /// The pull request it tests.
    pub pull_request: Option<PullNumber>,
    /// The directory of `meta.yaml`.
    pub feedstock_subdir: Option<String>,
}

impl RecipeRun {
    /// Where the run stands.
    pub fn state(&self) -> Result<RunState> {
        let conclusion = self.conclusion.as_deref().map(Conclusion::parse);
        match (Status::parse(&self.status), conclusion) {
            (Some(Status::Queued), None) => Ok(RunState::Queued),
            (Some(Status::InProgress), None) => Ok(RunState::InProgress),
            (Some(Status::Completed), Some(Some(conclusion))) => Ok(RunState::Completed(conclusion)),
            _ => {
                let what = format!("status {:?} with conclusion {:?}", self.status, self.conclusion);
                Err(StoreError::inconsistent("recipe_run", self.id, what))
            }
        }
    }
}

/// A run that is about to be queued.
#[derive(Debug, Clone, Copy)]
pub struct NewRecipeRun<'a> {
    /// The recipe's id in `meta.yaml`.
    pub recipe_id: &'a str,
    /// Where it will run.
    pub bakery: BakeryId,
    /// Where it comes from.
    pub feedstock: FeedstockId,
    /// The commit.
    pub head_sha: &'a Sha,
    /// The pull request it tests; `None` for production.
    pub pull_request: Option<PullNumber>,
    /// The directory of `meta.yaml`.
    pub feedstock_subdir: &'a str,
}

/// Queues a run.
pub async fn insert(tx: &mut Tx, run: NewRecipeRun<'_>, now: DateTime<Utc>) -> Result<RecipeRunId> {
    Ok(on!(tx, |c| sqlx::query_scalar(INSERT)
        .bind(run.recipe_id)
        .bind(run.bakery)
        .bind(run.feedstock)
        .bind(run.head_sha)
        .bind(now)
        .bind(run.pull_request.is_some())
        .bind(run.pull_request)
        .bind(run.feedstock_subdir)
        .fetch_one(c)
        .await?))
}

/// The run of that id, which must exist.
pub async fn get(tx: &mut Tx, id: RecipeRunId) -> Result<RecipeRun> {
    Ok(on!(tx, |c| sqlx::query_as(GET).bind(id).fetch_one(c).await?))
}

/// Every attempt at every recipe of one head of one pull request, oldest first.
pub async fn list_by_head(
    tx: &mut Tx,
    feedstock: FeedstockId,
    pull_request: PullNumber,
    head_sha: &Sha,
) -> Result<Vec<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_BY_HEAD)
        .bind(feedstock)
        .bind(pull_request)
        .bind(head_sha)
        .fetch_all(c)
        .await?))
}

/// Moves a run from the state in which it was read to the next. Answers false when somebody else moved it first.
pub async fn set_state(tx: &mut Tx, run: &RecipeRun, next: RunState, now: DateTime<Utc>) -> Result<bool> {
    let (status, conclusion) = next.columns();
    let started_at = if status == Status::InProgress { now } else { run.started_at };
    let completed_at = (status == Status::Completed).then_some(now);
    let rows = on!(tx, |c| sqlx::query(SET_STATE)
        .bind(run.id)
        .bind(status.as_str())
        .bind(conclusion.map(Conclusion::as_str))
        .bind(started_at)
        .bind(completed_at)
        .bind(&run.status)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Says where a run's data is.
pub async fn set_dataset(tx: &mut Tx, id: RecipeRunId, url: Option<&str>, dataset_type: &str) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_DATASET)
        .bind(id)
        .bind(url)
        .bind(dataset_type)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Says what else is known of a run, as JSON text.
pub async fn set_message(tx: &mut Tx, id: RecipeRunId, message: &str) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_MESSAGE).bind(id).bind(message).execute(c).await?.rows_affected());
    Ok(())
}
