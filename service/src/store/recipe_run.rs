//! `recipe_run`: one attempt at one recipe. The columns up to `message` are the public API's.

mod attempt;

use chrono::{DateTime, Utc};
use sqlx::types::Json;

pub use attempt::insert_attempt;
pub use list::*;

use super::{Result, StoreError, Tx, on};
use crate::domain::fault::Fault;
use crate::domain::id::{BakeryId, FeedstockId, InstallationId, Login, PullNumber, RecipeRunId, Sha};
use crate::domain::run::{Conclusion, RunState, Status};

macro_rules! columns {
    () => {
        "id, recipe_id, bakery_id, feedstock_id, head_sha, started_at, completed_at, conclusion, status, is_test, \
         dataset_type, dataset_public_url, message, pull_request, feedstock_subdir, attempt, requested_by, installation, git_ref, target, \
         subpath, fault, cancel_asked_at, cancel_asked_by"
    };
}

// Below the columns, which they read by their name.
mod list;
pub mod places;
pub mod public;
pub mod published;

const INSERT: &str = "INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, status, is_test, \
    dataset_type, pull_request, feedstock_subdir, attempt, requested_by, installation, git_ref) \
    VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, 'zarr', $8, $9, $10, $11, $12, $13) RETURNING id";
const GET: &str = concat!("SELECT ", columns!(), " FROM recipe_run WHERE id = $1");
const FIND_WRITER: &str =
    concat!("SELECT ", columns!(), " FROM recipe_run WHERE target = $1 AND status = 'in_progress'");
const FIND_NEXT_WRITER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE target = $1 AND status = 'queued' ORDER BY id LIMIT 1"
);
/// The state that was read is named again: two writers that both read it cannot both leave it.
const SET_STATE: &str = "UPDATE recipe_run SET status = $2, conclusion = $3, started_at = $4, completed_at = $5 \
    WHERE id = $1 AND status = $6";
const SET_DATASET: &str = "UPDATE recipe_run SET dataset_public_url = $2, dataset_type = $3 WHERE id = $1";
const SET_MESSAGE: &str = "UPDATE recipe_run SET message = $2 WHERE id = $1";
const SET_PLACE: &str = "UPDATE recipe_run SET subpath = $2, target = $3 WHERE id = $1";
const SET_REQUESTED: &str = "UPDATE recipe_run SET requested_by = $2, installation = $3 WHERE id = $1";
const SET_FAULT: &str = "UPDATE recipe_run SET fault = $2 WHERE id = $1";
/// The first word counts.
const SET_CANCEL_ASKED: &str = "UPDATE recipe_run SET cancel_asked_at = $2, cancel_asked_by = $3 WHERE id = $1 AND cancel_asked_at IS NULL";

pub(super) const LIST_STATEMENTS: &[&str] = list::STATEMENTS;
pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    attempt::INSERT_ATTEMPT,
    GET,
    FIND_WRITER,
    FIND_NEXT_WRITER,
    SET_STATE,
    SET_DATASET,
    SET_MESSAGE,
    SET_PLACE,
    SET_REQUESTED,
    SET_FAULT,
    SET_CANCEL_ASKED,
];

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
    /// The pull request it tests; for production the one that was merged, or the pull request or issue on which it was asked for.
    pub pull_request: Option<PullNumber>,
    /// The directory of `meta.yaml`.
    pub feedstock_subdir: Option<String>,
    /// Which attempt at its recipe and commit this is, from 1.
    pub attempt: i64,
    /// Who asked for it; none for a merge, and until somebody does.
    pub requested_by: Option<Login>,
    /// The installation through which we speak about it; none in rows of the first version.
    pub installation: Option<InstallationId>,
    /// Where the commit can be fetched: `refs/heads/main`.
    pub git_ref: Option<String>,
    /// The store that it writes, which takes one writer at a time; none for tests, which have each their own.
    pub target: Option<String>,
    /// What `{subpath}` stands for.
    pub subpath: Option<String>,
    /// Why it did not work.
    pub fault: Option<Json<Fault>>,
    /// When somebody asked to stop it.
    pub cancel_asked_at: Option<DateTime<Utc>>,
    /// Who; none when a newer commit did.
    pub cancel_asked_by: Option<Login>,
}

impl RecipeRun {
    /// Whether the run is only kept, as the imported ones of the old service are: it was never spoken of anywhere through an installation,
    /// so it waits for nobody, and nothing works on it.
    pub fn is_only_kept(&self) -> bool {
        self.installation.is_none() && self.pull_request.is_none()
    }

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
    /// The pull request or issue where it is spoken of.
    pub pull_request: Option<PullNumber>,
    /// The directory of `meta.yaml`.
    pub feedstock_subdir: &'a str,
    /// Whether it is a test.
    pub is_test: bool,
    /// The version in the public API and in paths; empty for a test.
    pub version: &'a str,
    /// Which attempt at its recipe and commit this is, from 1.
    pub attempt: i64,
    /// Who asked for it.
    pub requested_by: Option<&'a Login>,
    /// The installation through which we speak about it.
    pub installation: InstallationId,
    /// Where the commit can be fetched.
    pub git_ref: &'a str,
}

/// Queues a run.
pub async fn insert(tx: &mut Tx, run: NewRecipeRun<'_>, now: DateTime<Utc>) -> Result<RecipeRunId> {
    Ok(on!(tx, |c| sqlx::query_scalar(INSERT)
        .bind(run.recipe_id)
        .bind(run.bakery)
        .bind(run.feedstock)
        .bind(run.head_sha)
        .bind(run.version)
        .bind(now)
        .bind(run.is_test)
        .bind(run.pull_request)
        .bind(run.feedstock_subdir)
        .bind(run.attempt)
        .bind(run.requested_by)
        .bind(run.installation)
        .bind(run.git_ref)
        .fetch_one(c)
        .await?))
}

/// The run of that id, if there is one.
pub async fn find(tx: &mut Tx, id: RecipeRunId) -> Result<Option<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(GET).bind(id).fetch_optional(c).await?))
}

/// The run of that id, which must exist.
pub async fn get(tx: &mut Tx, id: RecipeRunId) -> Result<RecipeRun> {
    Ok(on!(tx, |c| sqlx::query_as(GET).bind(id).fetch_one(c).await?))
}

/// The run that writes to a target now.
pub async fn find_writer(tx: &mut Tx, target: &str) -> Result<Option<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_WRITER).bind(target).fetch_optional(c).await?))
}

/// The run that has waited longest to write to a target.
pub async fn find_next_writer(tx: &mut Tx, target: &str) -> Result<Option<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_NEXT_WRITER).bind(target).fetch_optional(c).await?))
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

/// Says where a run's data goes: what `{subpath}` stands for, and, for production, the target that takes one writer at a time.
pub async fn set_place(tx: &mut Tx, id: RecipeRunId, subpath: &str, target: Option<&str>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_PLACE).bind(id).bind(subpath).bind(target).execute(c).await?.rows_affected());
    Ok(())
}

/// Says who asked for a run, and through which installation we speak about it.
pub async fn set_requested(
    tx: &mut Tx,
    id: RecipeRunId,
    by: &Login,
    installation: InstallationId,
) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_REQUESTED)
        .bind(id)
        .bind(by)
        .bind(installation)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Says why a run did not work.
pub async fn set_fault(tx: &mut Tx, id: RecipeRunId, fault: &Fault) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_FAULT).bind(id).bind(Json(fault)).execute(c).await?.rows_affected());
    Ok(())
}

/// Notes that a run is to be stopped. Answers false when that was noted before.
pub async fn set_cancel_asked(
    tx: &mut Tx,
    id: RecipeRunId,
    by: Option<&Login>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(SET_CANCEL_ASKED)
        .bind(id)
        .bind(now)
        .bind(by)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Says what else is known of a run, as JSON text.
pub async fn set_message(tx: &mut Tx, id: RecipeRunId, message: &str) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_MESSAGE).bind(id).bind(message).execute(c).await?.rows_affected());
    Ok(())
}
