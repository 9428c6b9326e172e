//! Recipe runs as the public API has them.

use futures_util::TryStreamExt;

use super::super::page::{Column, Kind, Table};
use crate::domain::id::RecipeRunId;
use crate::domain::public::{Dataset, RecipeRun};
use crate::domain::timeline::reports_of;
use crate::store::{Result, Tx, on, report, run_event};

/// How far a run can be.
pub const STATUS: &[&str] = &["queued", "in_progress", "completed"];
/// How a run can end.
pub const CONCLUSION: &[&str] =
    &["action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"];
/// The forms of datasets.
pub const DATASET_TYPE: &[&str] = &["zarr", "kerchunk", "parquet"];

/// The table, in the order of the API's fields.
pub static TABLE: Table = Table::new(
    "recipe_run",
    &[
        Column { name: "recipe_id", kind: Kind::Text, nullable: false },
        Column { name: "bakery_id", kind: Kind::Integer, nullable: false },
        Column { name: "feedstock_id", kind: Kind::Integer, nullable: false },
        Column { name: "head_sha", kind: Kind::Text, nullable: false },
        Column { name: "version", kind: Kind::Text, nullable: false },
        Column { name: "started_at", kind: Kind::Time, nullable: false },
        Column { name: "completed_at", kind: Kind::Time, nullable: true },
        Column { name: "conclusion", kind: Kind::Word(CONCLUSION), nullable: true },
        Column { name: "status", kind: Kind::Word(STATUS), nullable: false },
        Column { name: "is_test", kind: Kind::Bool, nullable: false },
        Column { name: "dataset_type", kind: Kind::Word(DATASET_TYPE), nullable: true },
        Column { name: "dataset_public_url", kind: Kind::Text, nullable: true },
        Column { name: "message", kind: Kind::LongText, nullable: true },
        Column { name: "id", kind: Kind::Integer, nullable: false },
    ],
);

macro_rules! columns {
    () => {
        "recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, is_test, dataset_type, \
         dataset_public_url, message, id"
    };
}

/// Binds what is told of a run, in the order of the columns; its id is not told.
macro_rules! told {
    ($query:expr, $run:expr) => {
        $query
            .bind(&$run.recipe_id)
            .bind($run.bakery_id)
            .bind($run.feedstock_id)
            .bind(&$run.head_sha)
            .bind(&$run.version)
            .bind($run.started_at)
            .bind($run.completed_at)
            .bind(&$run.conclusion)
            .bind(&$run.status)
            .bind($run.is_test)
            .bind(&$run.dataset_type)
            .bind(&$run.dataset_public_url)
            .bind(&$run.message)
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM recipe_run WHERE id = $1");
/// Runs of the service itself; all others are only kept for whoever follows them.
const IS_OURS: &str = "SELECT EXISTS (SELECT 1 FROM recipe_run WHERE id = $1 AND (installation IS NOT NULL OR pull_request IS NOT NULL))";
const LIST_BY_BAKERY: &str =
    concat!("SELECT ", columns!(), " FROM recipe_run WHERE bakery_id = $1 ORDER BY id");
const LIST_BY_FEEDSTOCK: &str =
    concat!("SELECT ", columns!(), " FROM recipe_run WHERE feedstock_id = $1 ORDER BY id");
const INSERT: &str = "INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, \
    status, is_test, dataset_type, dataset_public_url, message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id";
const UPDATE: &str = "UPDATE recipe_run SET recipe_id = $1, bakery_id = $2, feedstock_id = $3, head_sha = $4, version = $5, started_at = $6, \
    completed_at = $7, conclusion = $8, status = $9, is_test = $10, dataset_type = $11, dataset_public_url = $12, message = $13 WHERE id = $14";
const DELETE: &str = "DELETE FROM recipe_run WHERE id = $1";
/// What belongs to a run, from the leaves on.
const DELETE_CHILDREN: [&str; 4] = [
    "DELETE FROM run_event WHERE recipe_run_id = $1",
    "DELETE FROM job_event WHERE dataflow_job_id IN (SELECT id FROM dataflow_job WHERE recipe_run_id = $1)",
    "DELETE FROM dataflow_job WHERE recipe_run_id = $1",
    "DELETE FROM workflow_run WHERE recipe_run_id = $1",
];
const IS_WORKED_ON: &str = "SELECT EXISTS (SELECT 1 FROM workflow_run WHERE recipe_run_id = $1 AND state <> 'concluded') \
    OR EXISTS (SELECT 1 FROM dataflow_job WHERE recipe_run_id = $1 AND ended_at IS NULL) \
    OR EXISTS (SELECT 1 FROM recipe_run WHERE id = $1 AND status = 'in_progress' AND (installation IS NOT NULL OR pull_request IS NOT NULL))";
const COUNT: &str = "SELECT COUNT(*) FROM recipe_run";
const COUNT_DATASETS: &str = "SELECT COUNT(*) FROM recipe_run WHERE dataset_public_url IS NOT NULL";
const COUNT_PUBLISHED: &str = "SELECT COUNT(*) FROM recipe_run WHERE dataset_public_url IS NOT NULL AND NOT is_test \
    AND status = 'completed' AND conclusion = 'success'";
const LIST_DATASETS: &str = "SELECT id, recipe_id, feedstock_id, dataset_type, dataset_public_url, is_test FROM recipe_run \
    WHERE feedstock_id = $1 AND dataset_public_url IS NOT NULL AND status = 'completed' AND conclusion = 'success' \
    AND ($2 OR NOT is_test) AND ($3 OR is_test) ORDER BY id";

pub(in crate::store) const STATEMENTS: &[&str] = &[
    FIND,
    IS_OURS,
    LIST_BY_BAKERY,
    LIST_BY_FEEDSTOCK,
    INSERT,
    UPDATE,
    DELETE,
    DELETE_CHILDREN[0],
    DELETE_CHILDREN[1],
    DELETE_CHILDREN[2],
    DELETE_CHILDREN[3],
    IS_WORKED_ON,
    COUNT,
    COUNT_DATASETS,
    COUNT_PUBLISHED,
    LIST_DATASETS,
];

/// The run of that id, if there is one.
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(id).fetch_optional(c).await?))
}

/// The same for whoever is going to change it: nobody else does until the transaction ends.
pub async fn find_to_change(tx: &mut Tx, id: i64) -> Result<Option<RecipeRun>> {
    run_event::hold(tx, RecipeRunId(id)).await?;
    find(tx, id).await
}

/// Whether the service itself carries this run out, or has.
pub async fn is_ours(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(on!(tx, |c| sqlx::query_scalar(IS_OURS).bind(id).fetch_one(c).await?))
}

/// Shows every run on a bakery as it is read, oldest first.
pub async fn each_by_bakery(tx: &mut Tx, bakery: i64, show: impl FnMut(RecipeRun)) -> Result<()> {
    each(tx, LIST_BY_BAKERY, bakery, show).await
}

/// Shows every run of a feedstock as it is read, oldest first.
pub async fn each_by_feedstock(tx: &mut Tx, feedstock: i64, show: impl FnMut(RecipeRun)) -> Result<()> {
    each(tx, LIST_BY_FEEDSTOCK, feedstock, show).await
}

async fn each(tx: &mut Tx, statement: &'static str, of: i64, mut show: impl FnMut(RecipeRun)) -> Result<()> {
    on!(tx, |c| {
        let mut rows = sqlx::query_as(statement).bind(of).fetch(c);
        while let Some(run) = rows.try_next().await? {
            show(run);
        }
    });
    Ok(())
}

/// Writes a row as it is told, but for its id, which is new and answered.
pub async fn insert(tx: &mut Tx, run: &RecipeRun) -> Result<i64> {
    Ok(on!(tx, |c| told!(sqlx::query_scalar(INSERT), run).fetch_one(c).await?))
}

/// Writes every column of the row of that id.
pub async fn update(tx: &mut Tx, run: &RecipeRun) -> Result<()> {
    on!(tx, |c| told!(sqlx::query(UPDATE), run).bind(run.id).execute(c).await?.rows_affected());
    Ok(())
}

/// Whether a workflow run or a Dataflow job of this run has not ended, or GitHub is still to show how it stands.
pub async fn is_worked_on(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(on!(tx, |c| sqlx::query_scalar(IS_WORKED_ON).bind(id).fetch_one(c).await?)
        || report::is_any_unpublished(tx, &reports_of(RecipeRunId(id))).await?)
}

/// Removes a run with all that belongs to it alone. Who listens to it is to be told.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    for statement in DELETE_CHILDREN.into_iter().chain([DELETE]) {
        on!(tx, |c| sqlx::query(statement).bind(id).execute(c).await?.rows_affected());
    }
    tx.tell(RecipeRunId(id));
    Ok(())
}

/// How many there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    Ok(on!(tx, |c| sqlx::query_scalar(COUNT).fetch_one(c).await?))
}

/// How many runs have a dataset: all that name one, or only the production runs that succeeded.
pub async fn count_datasets(tx: &mut Tx, only_published: bool) -> Result<i64> {
    let statement = if only_published { COUNT_PUBLISHED } else { COUNT_DATASETS };
    Ok(on!(tx, |c| sqlx::query_scalar(statement).fetch_one(c).await?))
}

/// The datasets that successful runs of a feedstock have made: of tests, of production, or of both.
pub async fn list_datasets(
    tx: &mut Tx,
    feedstock: i64,
    tests: bool,
    production: bool,
) -> Result<Vec<Dataset>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_DATASETS)
        .bind(feedstock)
        .bind(tests)
        .bind(production)
        .fetch_all(c)
        .await?))
}
