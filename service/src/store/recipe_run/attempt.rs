//! Another attempt at a run that has ended: a new row, and the old one stays as it ended.

use chrono::{DateTime, Utc};

use crate::domain::id::{InstallationId, Login, RecipeRunId};
use crate::store::{Result, Tx, on};

/// A copy of an earlier attempt, to be begun: the same recipe, commit and target.
pub(super) const INSERT_ATTEMPT: &str = "INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, status, is_test, \
    dataset_type, pull_request, feedstock_subdir, attempt, requested_by, installation, git_ref, target, subpath) \
    SELECT recipe_id, bakery_id, feedstock_id, head_sha, version, $2, 'queued', is_test, 'zarr', pull_request, feedstock_subdir, \
    (SELECT MAX(known.attempt) + 1 FROM recipe_run known WHERE known.feedstock_id = earlier.feedstock_id \
    AND known.head_sha = earlier.head_sha AND known.recipe_id = earlier.recipe_id AND known.is_test = earlier.is_test \
    AND (NOT known.is_test OR known.pull_request = earlier.pull_request)), \
    $3, $4, git_ref, target, CASE WHEN is_test THEN NULL ELSE subpath END FROM recipe_run earlier WHERE id = $1 RETURNING id";

/// Queues another attempt at what a run was for.
pub async fn insert_attempt(
    tx: &mut Tx,
    earlier: RecipeRunId,
    by: &Login,
    installation: InstallationId,
    now: DateTime<Utc>,
) -> Result<RecipeRunId> {
    Ok(on!(tx, |c| sqlx::query_scalar(INSERT_ATTEMPT)
        .bind(earlier)
        .bind(now)
        .bind(by)
        .bind(installation)
        .fetch_one(c)
        .await?))
}
