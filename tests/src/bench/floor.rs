//! `bench floor`: what reading the same rows costs at least: axum, sqlx and `serde_json`, and nothing else.

use std::str::FromStr;

use anyhow::{Result, bail};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use clap::Args;
use orchestrator::domain::public::{Bakery, Dataset, Feedstock, RecipeRun};
use serde::Serialize;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, FromRow, PgPool, SqlitePool, postgres::PgRow, sqlite::SqliteRow};
use tokio::net::TcpListener;

const RUN: &str = "SELECT recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, is_test, \
    dataset_type, dataset_public_url, message, id FROM recipe_run";

/// The bare program.
#[derive(Debug, Args)]
pub struct Floor {
    /// The database.
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
}

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A run with its places, a bakery or a feedstock with its runs.
#[derive(Serialize)]
struct With<T: Serialize, M: Serialize> {
    #[serde(flatten)]
    row: T,
    #[serde(flatten)]
    more: M,
}

#[derive(Serialize)]
struct Runs {
    recipe_runs: Vec<RecipeRun>,
}

#[derive(Serialize)]
struct Places {
    bakery: Bakery,
    feedstock: Feedstock,
}

#[derive(Serialize)]
struct Count {
    count: i64,
}

impl Floor {
    /// Serves until it is killed; says its address in a line of JSON, as the service does.
    pub async fn run(self) -> Result<()> {
        let pool = match self.database_url.split_once(':') {
            Some(("sqlite", _)) => {
                let options = SqliteConnectOptions::from_str(&self.database_url)?.read_only(true);
                Pool::Sqlite(SqlitePoolOptions::new().max_connections(4).connect_with(options).await?)
            }
            Some(_) => {
                Pool::Postgres(PgPoolOptions::new().max_connections(12).connect(&self.database_url).await?)
            }
            None => bail!("no address of a database"),
        };
        let router = Router::new()
            .route("/recipe_runs/", get(list_runs))
            .route("/recipe_runs/{id}", get(run))
            .route("/bakeries/", get(list_bakeries))
            .route("/bakeries/{id}", get(bakery))
            .route("/feedstocks/", get(list_feedstocks))
            .route("/feedstocks/{id}", get(feedstock))
            .route("/feedstocks/{id}/datasets", get(datasets))
            .route("/stats/recipe_runs", get(count_runs))
            .route("/stats/datasets", get(count_datasets))
            .with_state(pool);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("{}", serde_json::json!({ "address": listener.local_addr()?.to_string() }));
        axum::serve(listener, router).await?;
        Ok(())
    }
}

impl Pool {
    async fn all<R>(&self, statement: String, id: Option<i64>) -> Vec<R>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let rows = match (self, id) {
            (Self::Sqlite(pool), None) => sqlx::query_as(AssertSqlSafe(statement)).fetch_all(pool).await,
            (Self::Sqlite(pool), Some(id)) => {
                sqlx::query_as(AssertSqlSafe(statement)).bind(id).fetch_all(pool).await
            }
            (Self::Postgres(pool), None) => sqlx::query_as(AssertSqlSafe(statement)).fetch_all(pool).await,
            (Self::Postgres(pool), Some(id)) => {
                sqlx::query_as(AssertSqlSafe(statement)).bind(id).fetch_all(pool).await
            }
        };
        rows.unwrap_or_default()
    }

    async fn one<R>(&self, statement: String, id: i64) -> Option<R>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        self.all(statement, Some(id)).await.pop()
    }

    async fn count(&self, statement: &'static str) -> Json<Count> {
        let count = match self {
            Self::Sqlite(pool) => sqlx::query_scalar(statement).fetch_one(pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(statement).fetch_one(pool).await,
        };
        Json(Count { count: count.unwrap_or_default() })
    }
}

async fn list_runs(State(pool): State<Pool>) -> Json<Vec<RecipeRun>> {
    Json(pool.all(format!("{RUN} ORDER BY id LIMIT 101"), None).await)
}

async fn run(State(pool): State<Pool>, Path(id): Path<i64>) -> Json<Option<With<RecipeRun, Places>>> {
    let Some(row) = pool.one::<RecipeRun>(format!("{RUN} WHERE id = $1"), id).await else {
        return Json(None);
    };
    let bakery = pool
        .one("SELECT region, name, description, id FROM bakery WHERE id = $1".into(), row.bakery_id)
        .await;
    let feedstock =
        pool.one("SELECT spec, provider, id FROM feedstock WHERE id = $1".into(), row.feedstock_id).await;
    Json(bakery.zip(feedstock).map(|(bakery, feedstock)| With { row, more: Places { bakery, feedstock } }))
}

async fn list_bakeries(State(pool): State<Pool>) -> Json<Vec<Bakery>> {
    Json(
        pool.all("SELECT region, name, description, id FROM bakery ORDER BY id LIMIT 101".into(), None).await,
    )
}

async fn bakery(State(pool): State<Pool>, Path(id): Path<i64>) -> Json<Option<With<Bakery, Runs>>> {
    let row =
        pool.one::<Bakery>("SELECT region, name, description, id FROM bakery WHERE id = $1".into(), id).await;
    let recipe_runs = pool.all(format!("{RUN} WHERE bakery_id = $1 ORDER BY id"), Some(id)).await;
    Json(row.map(|row| With { row, more: Runs { recipe_runs } }))
}

async fn list_feedstocks(State(pool): State<Pool>) -> Json<Vec<Feedstock>> {
    Json(pool.all("SELECT spec, provider, id FROM feedstock ORDER BY id LIMIT 101".into(), None).await)
}

async fn feedstock(State(pool): State<Pool>, Path(id): Path<i64>) -> Json<Option<With<Feedstock, Runs>>> {
    let row =
        pool.one::<Feedstock>("SELECT spec, provider, id FROM feedstock WHERE id = $1".into(), id).await;
    let recipe_runs = pool.all(format!("{RUN} WHERE feedstock_id = $1 ORDER BY id"), Some(id)).await;
    Json(row.map(|row| With { row, more: Runs { recipe_runs } }))
}

async fn datasets(State(pool): State<Pool>, Path(id): Path<i64>) -> Json<Vec<Dataset>> {
    let statement = "SELECT id, recipe_id, feedstock_id, dataset_type, dataset_public_url, is_test FROM recipe_run WHERE feedstock_id = $1 \
        AND dataset_public_url IS NOT NULL AND status = 'completed' AND conclusion = 'success' ORDER BY id";
    Json(pool.all(statement.into(), Some(id)).await)
}

async fn count_runs(State(pool): State<Pool>) -> Json<Count> {
    pool.count("SELECT COUNT(*) FROM recipe_run").await
}

async fn count_datasets(State(pool): State<Pool>) -> Json<Count> {
    pool.count("SELECT COUNT(*) FROM recipe_run WHERE dataset_public_url IS NOT NULL").await
}
