//! The lists of recipe runs, each for one use.

use chrono::{DateTime, Utc};

use super::RecipeRun;
use crate::domain::id::{FeedstockId, PullNumber, RecipeRunId, Sha};
use crate::store::{Result, Tx, on};

const LIST_BY_HEAD: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE feedstock_id = $1 AND pull_request = $2 AND head_sha = $3 AND is_test ORDER BY id"
);
const LIST_BY_CONVERSATION: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE feedstock_id = $1 AND pull_request = $2 ORDER BY id"
);
const LIST_PRODUCTION: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE feedstock_id = $1 AND head_sha = $2 AND NOT is_test ORDER BY id"
);
/// The tests of a pull request's earlier heads that wait or go on.
const LIST_OUTDATED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE feedstock_id = $1 AND pull_request = $2 AND head_sha <> $3 AND is_test AND status <> 'completed' ORDER BY id"
);
/// Without those that are only kept: they wait for nobody, and so nothing ends them.
const LIST_OPEN_BY_FEEDSTOCK: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE feedstock_id = $1 AND status <> 'completed' AND (installation IS NOT NULL OR pull_request IS NOT NULL) \
    ORDER BY id"
);
/// Queued runs whose target nobody writes to.
const LIST_FREE_TO_START: &str = "SELECT MIN(id) FROM recipe_run WHERE status = 'queued' AND target IS NOT NULL \
    AND NOT EXISTS (SELECT 1 FROM recipe_run writer WHERE writer.target = recipe_run.target AND writer.status = 'in_progress') \
    GROUP BY target ORDER BY 1 LIMIT 100";
/// Runs that go on for longer than they may, and that no job on Dataflow stands for: those are asked about by their jobs. Without those that
/// are only kept, as above.
const LIST_OVERDUE: &str = "SELECT id FROM recipe_run WHERE status = 'in_progress' \
    AND (installation IS NOT NULL OR pull_request IS NOT NULL) AND ((is_test AND started_at < $1) OR started_at < $2) \
    AND NOT EXISTS (SELECT 1 FROM dataflow_job WHERE dataflow_job.recipe_run_id = recipe_run.id AND dataflow_job.ended_at IS NULL) \
    ORDER BY id LIMIT 100";
const LIST_CANCELLING: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE status = 'in_progress' AND cancel_asked_at < $1 ORDER BY id LIMIT 100"
);

/// The newest attempt at a recipe of a commit.
const FIND_BY_COMMIT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE feedstock_id = $1 AND head_sha = $2 AND recipe_id = $3 ORDER BY id DESC LIMIT 1"
);

pub(super) const STATEMENTS: &[&str] = &[
    LIST_BY_HEAD,
    LIST_BY_CONVERSATION,
    LIST_PRODUCTION,
    LIST_OUTDATED,
    LIST_OPEN_BY_FEEDSTOCK,
    LIST_FREE_TO_START,
    LIST_OVERDUE,
    LIST_CANCELLING,
    FIND_BY_COMMIT,
];

/// Every test of every recipe of one head of one pull request, oldest first.
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

/// Every run, test or production, that is spoken of on a pull request or issue, oldest first.
pub async fn list_by_conversation(
    tx: &mut Tx,
    feedstock: FeedstockId,
    conversation: PullNumber,
) -> Result<Vec<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_BY_CONVERSATION)
        .bind(feedstock)
        .bind(conversation)
        .fetch_all(c)
        .await?))
}

/// Every production run of a commit, oldest first.
pub async fn list_production(tx: &mut Tx, feedstock: FeedstockId, sha: &Sha) -> Result<Vec<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_PRODUCTION).bind(feedstock).bind(sha).fetch_all(c).await?))
}

/// The tests of other heads of a pull request than `head` that have not ended.
pub async fn list_outdated(
    tx: &mut Tx,
    feedstock: FeedstockId,
    pull_request: PullNumber,
    head: &Sha,
) -> Result<Vec<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_OUTDATED)
        .bind(feedstock)
        .bind(pull_request)
        .bind(head)
        .fetch_all(c)
        .await?))
}

/// The runs of a feedstock that have not ended, without those that are only kept ([`RecipeRun::is_only_kept`]).
pub async fn list_open_by_feedstock(tx: &mut Tx, feedstock: FeedstockId) -> Result<Vec<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_OPEN_BY_FEEDSTOCK).bind(feedstock).fetch_all(c).await?))
}

/// For each target that nobody writes to, the run that has waited longest for it; 100 at most.
pub async fn list_free_to_start(tx: &mut Tx) -> Result<Vec<RecipeRunId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_FREE_TO_START).fetch_all(c).await?))
}

/// Tests that were begun before one moment, and other runs before another, that have not ended and whose end nobody would tell.
pub async fn list_overdue(
    tx: &mut Tx,
    tests_before: DateTime<Utc>,
    production_before: DateTime<Utc>,
) -> Result<Vec<RecipeRunId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_OVERDUE)
        .bind(tests_before)
        .bind(production_before)
        .fetch_all(c)
        .await?))
}

/// Runs that somebody asked to stop before a moment and that have not ended, 100 at most.
pub async fn list_cancelling(tx: &mut Tx, asked_before: DateTime<Utc>) -> Result<Vec<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_CANCELLING).bind(asked_before).fetch_all(c).await?))
}

/// The newest attempt at a recipe of a commit, test or not.
pub async fn find_by_commit(
    tx: &mut Tx,
    feedstock: FeedstockId,
    head_sha: &Sha,
    recipe_id: &str,
) -> Result<Option<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_BY_COMMIT)
        .bind(feedstock)
        .bind(head_sha)
        .bind(recipe_id)
        .fetch_optional(c)
        .await?))
}
