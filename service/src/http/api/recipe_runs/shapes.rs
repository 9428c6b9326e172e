//! The bodies of `/recipe_runs/…`, as the document has them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::public::{
    Bakery, DatasetType, Feedstock, NaiveTime, RecipeRun, RecipeRunConclusion, RecipeRunStatus,
};

/// A run with its bakery and its feedstock.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecipeRunReadWithBakeryAndFeedstock)]
pub(in crate::http) struct RunWithPlaces {
    #[serde(flatten)]
    pub(super) run: RecipeRun,
    /// Where it runs.
    pub(super) bakery: Bakery,
    /// Where it comes from.
    pub(super) feedstock: Feedstock,
}

/// What a new run needs.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "it is in the document; a body is read field by field, to tell everything that is wrong"
)]
pub(in crate::http) struct RecipeRunCreate {
    /// The recipe's id in `meta.yaml`.
    recipe_id: String,
    /// Where it runs.
    bakery_id: i64,
    /// Where it comes from.
    feedstock_id: i64,
    /// The commit.
    head_sha: String,
    /// The version of the feedstock; may be empty.
    version: String,
    /// When it was asked for. UTC where it has no offset.
    started_at: NaiveTime,
    /// When it ended.
    completed_at: Option<NaiveTime>,
    /// How it ended; there when, and only when, it is completed.
    conclusion: Option<RecipeRunConclusion>,
    /// How far it is.
    #[schema(default = "queued", nullable = false)]
    status: Option<RecipeRunStatus>,
    /// Whether it is a test.
    #[schema(default = false, nullable = false)]
    is_test: Option<bool>,
    /// The form of its dataset.
    dataset_type: Option<DatasetType>,
    /// Where its dataset can be opened.
    dataset_public_url: Option<String>,
    /// What else is known.
    message: Option<String>,
}

/// What can be changed of a run.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(in crate::http) struct RecipeRunUpdate {
    /// The recipe's id in `meta.yaml`.
    #[schema(nullable = false)]
    recipe_id: Option<String>,
    /// Where it runs.
    #[schema(nullable = false)]
    bakery_id: Option<i64>,
    /// Where it comes from.
    #[schema(nullable = false)]
    feedstock_id: Option<i64>,
    /// The commit.
    #[schema(nullable = false)]
    head_sha: Option<String>,
    /// The version of the feedstock; may be empty.
    #[schema(nullable = false)]
    version: Option<String>,
    /// When it was asked for. UTC where it has no offset.
    #[schema(nullable = false)]
    started_at: Option<NaiveTime>,
    /// When it ended.
    completed_at: Option<NaiveTime>,
    /// How it ended; there when, and only when, it is completed.
    conclusion: Option<RecipeRunConclusion>,
    /// How far it is.
    #[schema(nullable = false)]
    status: Option<RecipeRunStatus>,
    /// Whether it is a test.
    #[schema(nullable = false)]
    is_test: Option<bool>,
    /// The form of its dataset.
    dataset_type: Option<DatasetType>,
    /// Where its dataset can be opened.
    dataset_public_url: Option<String>,
    /// What else is known.
    message: Option<String>,
}
