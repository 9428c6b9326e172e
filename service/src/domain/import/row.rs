//! The rows, old and ours. Bakeries and feedstocks have the same columns in both.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::domain::id::{BakeryId, FeedstockId, RecipeRunId};

/// A row of `bakery`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Bakery {
    /// The row.
    pub id: BakeryId,
    /// Where it runs.
    pub region: String,
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
}

/// A row of `feedstock`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Feedstock {
    /// The row.
    pub id: FeedstockId,
    /// `owner/name` by convention; nothing checked it.
    pub spec: String,
    /// `github`; nothing checked it.
    pub provider: String,
}

/// A row of the old `reciperun`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OldRun {
    /// The row.
    pub id: RecipeRunId,
    /// The recipe's id in `meta.yaml`.
    pub recipe_id: String,
    /// Where it ran.
    pub bakery_id: BakeryId,
    /// Where it came from.
    pub feedstock_id: FeedstockId,
    /// The commit, or a ref.
    pub head_sha: String,
    /// `0.0` or empty.
    pub version: String,
    /// When it was made or asked for, in UTC; none when `unusable_time` says why.
    pub started_at: Option<NaiveDateTime>,
    /// When it ended, in UTC.
    pub completed_at: Option<NaiveDateTime>,
    /// How it ended; nothing checked the word.
    pub conclusion: Option<String>,
    /// How far it is; nothing checked the word.
    pub status: String,
    /// Whether it was a test.
    pub is_test: bool,
    /// `zarr`, `kerchunk` or `parquet`; nothing checked the word.
    pub dataset_type: Option<String>,
    /// Where the data can be opened.
    pub dataset_public_url: Option<String>,
    /// JSON text by convention; nothing checked it.
    pub message: Option<String>,
    /// A time of the row that is not in the years 1 to 9999: which column, and what it says.
    pub unusable_time: Option<String>,
}

/// Runs of the old service that have their recipe and commit in common.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Repeated {
    /// The recipe.
    pub recipe_id: String,
    /// The commit.
    pub head_sha: String,
    /// Their rows, two at least, in order.
    pub ids: Vec<i64>,
}

/// A row of our `recipe_run` as the import writes it: no pull request, no installation, and so nothing that any job works on.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// The row, under its old id.
    pub id: RecipeRunId,
    /// As it was.
    pub recipe_id: String,
    /// The bakery that stayed.
    pub bakery_id: BakeryId,
    /// The feedstock that stayed.
    pub feedstock_id: FeedstockId,
    /// As it was, a commit or not.
    pub head_sha: String,
    /// As it was.
    pub version: String,
    /// As it was.
    pub started_at: DateTime<Utc>,
    /// As it was, also where the state was changed.
    pub completed_at: Option<DateTime<Utc>>,
    /// One of the eight words, exactly when `status` is `completed`.
    pub conclusion: Option<String>,
    /// `queued` or `completed`.
    pub status: String,
    /// As it was.
    pub is_test: bool,
    /// As it was.
    pub dataset_type: Option<String>,
    /// As it was.
    pub dataset_public_url: Option<String>,
    /// As it was, byte for byte.
    pub message: Option<String>,
}
