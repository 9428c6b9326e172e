//! What `pfo import` writes, and what it compares with: rows of `bakery`, `feedstock` and `recipe_run` under ids that are given.

use sqlx::AssertSqlSafe;

use super::{Result, Tx, on};
use crate::domain::id::RecipeRunId;
use crate::domain::import::{Bakery, Feedstock, Run, Tables};

/// Nobody else writes there from now on; readers go on.
pub(super) const LOCK_POSTGRES: &str = "LOCK TABLE bakery, feedstock, recipe_run IN EXCLUSIVE MODE";
const COUNT_BAKERIES: &str = "SELECT COUNT(*) FROM bakery";
const COUNT_FEEDSTOCKS: &str = "SELECT COUNT(*) FROM feedstock";
const COUNT_RUNS: &str = "SELECT COUNT(*) FROM recipe_run";
const BAKERIES: &str = "SELECT id, region, name, description FROM bakery ORDER BY id";
const FEEDSTOCKS: &str = "SELECT id, spec, provider FROM feedstock ORDER BY id";
const RUNS: &str = "SELECT id, recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, \
    is_test, dataset_type, dataset_public_url, message FROM recipe_run WHERE id BETWEEN $1 AND $2 ORDER BY id";
const INSERT_BAKERY: &str = "INSERT INTO bakery (id, region, name, description) VALUES ($1, $2, $3, $4)";
const INSERT_FEEDSTOCK: &str = "INSERT INTO feedstock (id, spec, provider) VALUES ($1, $2, $3)";
const INSERT_RUN: &str = "INSERT INTO recipe_run (id, recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, \
    conclusion, status, is_test, dataset_type, dataset_public_url, message) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
/// SQLite notes the highest id of a table with its first row.
pub(super) const CLEAR_HIGHEST_SQLITE: &str = "DELETE FROM sqlite_sequence WHERE name = $1";
pub(super) const SET_HIGHEST_SQLITE: &str = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";

pub(super) const STATEMENTS: &[&str] = &[
    COUNT_BAKERIES,
    COUNT_FEEDSTOCKS,
    COUNT_RUNS,
    BAKERIES,
    FEEDSTOCKS,
    RUNS,
    INSERT_BAKERY,
    INSERT_FEEDSTOCK,
    INSERT_RUN,
];

/// Keeps everybody else from writing to the three tables until the transaction ends. On SQLite a transaction that writes does so anyway.
pub async fn lock(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        on!(tx, |c| sqlx::query(LOCK_POSTGRES).execute(c).await?.rows_affected());
    }
    Ok(())
}

/// How many rows each table has.
pub async fn count(tx: &mut Tx) -> Result<Tables<i64>> {
    Ok(Tables {
        bakery: on!(tx, |c| sqlx::query_scalar(COUNT_BAKERIES).fetch_one(c).await?),
        feedstock: on!(tx, |c| sqlx::query_scalar(COUNT_FEEDSTOCKS).fetch_one(c).await?),
        reciperun: on!(tx, |c| sqlx::query_scalar(COUNT_RUNS).fetch_one(c).await?),
    })
}

/// Every bakery, in the order of the ids.
pub async fn bakeries(tx: &mut Tx) -> Result<Vec<Bakery>> {
    Ok(on!(tx, |c| sqlx::query_as(BAKERIES).fetch_all(c).await?))
}

/// Every feedstock, in the order of the ids.
pub async fn feedstocks(tx: &mut Tx) -> Result<Vec<Feedstock>> {
    Ok(on!(tx, |c| sqlx::query_as(FEEDSTOCKS).fetch_all(c).await?))
}

/// The runs with ids from `first` to `last`, in their order.
pub async fn runs(tx: &mut Tx, first: RecipeRunId, last: RecipeRunId) -> Result<Vec<Run>> {
    Ok(on!(tx, |c| sqlx::query_as(RUNS).bind(first).bind(last).fetch_all(c).await?))
}

/// Writes a bakery under its id.
pub async fn insert_bakery(tx: &mut Tx, bakery: &Bakery) -> Result<()> {
    on!(tx, |c| sqlx::query(INSERT_BAKERY)
        .bind(bakery.id)
        .bind(&bakery.region)
        .bind(&bakery.name)
        .bind(&bakery.description)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Writes a feedstock under its id.
pub async fn insert_feedstock(tx: &mut Tx, feedstock: &Feedstock) -> Result<()> {
    on!(tx, |c| sqlx::query(INSERT_FEEDSTOCK)
        .bind(feedstock.id)
        .bind(&feedstock.spec)
        .bind(&feedstock.provider)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Writes a run under its id.
pub async fn insert_run(tx: &mut Tx, run: &Run) -> Result<()> {
    on!(tx, |c| sqlx::query(INSERT_RUN)
        .bind(run.id)
        .bind(&run.recipe_id)
        .bind(run.bakery_id)
        .bind(run.feedstock_id)
        .bind(&run.head_sha)
        .bind(&run.version)
        .bind(run.started_at)
        .bind(run.completed_at)
        .bind(&run.conclusion)
        .bind(&run.status)
        .bind(run.is_test)
        .bind(&run.dataset_type)
        .bind(&run.dataset_public_url)
        .bind(&run.message)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Lets each table go on counting after the highest id that was given for it.
pub async fn count_on_from(tx: &mut Tx, highest: &Tables<i64>) -> Result<()> {
    for (table, highest) in
        [("bakery", highest.bakery), ("feedstock", highest.feedstock), ("recipe_run", highest.reciperun)]
    {
        if tx.is_postgres() {
            // `setval` would outlive a transaction that is rolled back. This does not, and takes no parameters: a name from the list above
            // and a number are put into the text.
            let next = highest + 1;
            let restart = format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH {next}");
            on!(tx, |c| sqlx::query(AssertSqlSafe(restart)).execute(c).await?.rows_affected());
        } else {
            on!(tx, |c| sqlx::query(CLEAR_HIGHEST_SQLITE).bind(table).execute(c).await?.rows_affected());
            on!(tx, |c| sqlx::query(SET_HIGHEST_SQLITE)
                .bind(table)
                .bind(highest)
                .execute(c)
                .await?
                .rows_affected());
        }
    }
    Ok(())
}
