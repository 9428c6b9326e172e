//! The database of the old service, which is only read: its tables are not ours, and always on Postgres. Everything is read from one
//! snapshot, so that a service that still writes there changes nothing between two reads.

use std::collections::BTreeMap;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use super::{Result, StoreError};
use crate::domain::id::RecipeRunId;
use crate::domain::import::{Bakery, Feedstock, OldRun, Repeated};

/// The newest migration of the old service. There will be no other.
const VERSION: &str = "0499cef6b57a";
/// How many runs are held at a time.
const BATCH: i64 = 1_000;

const TEXT: &str = "character varying";
/// What its tables have.
const COLUMNS: [(&str, &[(&str, &str)]); 4] = [
    ("alembic_version", &[("version_num", TEXT)]),
    ("bakery", &[("id", "integer"), ("region", TEXT), ("name", TEXT), ("description", TEXT)]),
    ("feedstock", &[("id", "integer"), ("spec", TEXT), ("provider", TEXT)]),
    (
        "reciperun",
        &[
            ("id", "integer"),
            ("recipe_id", TEXT),
            ("bakery_id", "integer"),
            ("feedstock_id", "integer"),
            ("head_sha", TEXT),
            ("version", TEXT),
            ("started_at", "timestamp without time zone"),
            ("completed_at", "timestamp without time zone"),
            ("conclusion", TEXT),
            ("status", TEXT),
            ("is_test", "boolean"),
            ("dataset_type", TEXT),
            ("dataset_public_url", TEXT),
            ("message", TEXT),
        ],
    ),
];

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const FOUND_COLUMNS: &str = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
    WHERE table_schema = current_schema() AND table_name IN ('alembic_version', 'bakery', 'feedstock', 'reciperun')";
const FOUND_VERSIONS: &str = "SELECT version_num FROM alembic_version ORDER BY 1";
const BAKERIES: &str = "SELECT id::bigint AS id, region, name, description FROM bakery ORDER BY id";
const FEEDSTOCKS: &str = "SELECT id::bigint AS id, spec, provider FROM feedstock ORDER BY id";
/// A time outside the years that everything can hold (Postgres also knows `infinity`) is read as text.
const RUNS: &str = "SELECT id::bigint AS id, recipe_id, bakery_id::bigint AS bakery_id, feedstock_id::bigint AS feedstock_id, head_sha, version, \
    CASE WHEN started_at BETWEEN '0001-01-01' AND '9999-12-31' THEN started_at END AS started_at, \
    CASE WHEN completed_at BETWEEN '0001-01-01' AND '9999-12-31' THEN completed_at END AS completed_at, \
    conclusion, status, is_test, dataset_type, dataset_public_url, message, \
    CASE WHEN started_at NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN 'started_at ' || started_at::text \
    WHEN completed_at NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN 'completed_at ' || completed_at::text END AS unusable_time \
    FROM reciperun WHERE id > $1 ORDER BY id LIMIT $2";
const COUNT_RUNS: &str = "SELECT COUNT(*) FROM reciperun";
const REPEATED: &str = "SELECT recipe_id, head_sha, array_agg(id::bigint ORDER BY id) AS ids FROM reciperun \
    GROUP BY recipe_id, head_sha HAVING COUNT(*) > 1 ORDER BY MIN(id)";
/// The highest id that a table ever gave, also to rows that were deleted since.
const HIGHEST_ID: &str = "SELECT GREATEST(COALESCE(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0), \
    CASE $1 WHEN 'bakery' THEN (SELECT MAX(id) FROM bakery) WHEN 'feedstock' THEN (SELECT MAX(id) FROM feedstock) \
    ELSE (SELECT MAX(id) FROM reciperun) END)::bigint";

/// Every statement, for the test that has a copy of the old database read them.
pub const STATEMENTS: &[&str] =
    &[FOUND_COLUMNS, FOUND_VERSIONS, BAKERIES, FEEDSTOCKS, RUNS, COUNT_RUNS, REPEATED, HIGHEST_ID];

/// A snapshot of the old database.
#[derive(Debug)]
pub struct OldService {
    connection: PgConnection,
}

impl OldService {
    /// Opens `postgres:…` or `postgresql:…` and looks whether it is the old service's database, as its last version left it. The address
    /// may hold a password, and no error repeats it.
    pub async fn open(url: &str) -> Result<Self> {
        if !matches!(url.split_once(':'), Some(("postgres" | "postgresql", _))) {
            let why =
                "the old service's database is on Postgres: it must start with postgres: or postgresql:";
            return Err(StoreError::Address(why.into()));
        }
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::address(&error))?
            .options([("statement_timeout", "60s"), ("default_transaction_read_only", "on")]);
        let connection = PgConnection::connect_with(&options).await?;
        let mut old = Self { connection };
        sqlx::query(SNAPSHOT).execute(&mut old.connection).await?;
        old.check_schema().await?;
        Ok(old)
    }

    async fn check_schema(&mut self) -> Result<()> {
        let found: Vec<(String, String, String)> =
            sqlx::query_as(FOUND_COLUMNS).fetch_all(&mut self.connection).await?;
        let mut tables: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for (table, column, data_type) in &found {
            tables.entry(table).or_default().insert(column, data_type);
        }
        let mut wrong = Vec::new();
        for (table, columns) in COLUMNS {
            let Some(found) = tables.get(table) else {
                wrong.push(format!("there is no table {table} that may be read"));
                continue;
            };
            for (column, expected) in columns {
                match found.get(column) {
                    None => wrong.push(format!("{table} has no column {column}")),
                    Some(found) if found != expected => {
                        wrong.push(format!("{table}.{column} is {found} and not {expected}"));
                    }
                    Some(_) => {}
                }
            }
        }
        if !wrong.is_empty() {
            return Err(StoreError::NotTheOldService { what: wrong.join("; ") });
        }
        let versions: Vec<String> =
            sqlx::query_scalar(FOUND_VERSIONS).fetch_all(&mut self.connection).await?;
        if versions != [VERSION] {
            let what = format!("its schema version is {versions:?} and not {VERSION:?}");
            return Err(StoreError::NotTheOldService { what });
        }
        Ok(())
    }

    /// Every bakery, in the order of its ids.
    pub async fn bakeries(&mut self) -> Result<Vec<Bakery>> {
        Ok(sqlx::query_as(BAKERIES).fetch_all(&mut self.connection).await?)
    }

    /// Every feedstock, in the order of its ids.
    pub async fn feedstocks(&mut self) -> Result<Vec<Feedstock>> {
        Ok(sqlx::query_as(FEEDSTOCKS).fetch_all(&mut self.connection).await?)
    }

    /// The next runs after `id`, in the order of their ids; none at the end.
    pub async fn runs_after(&mut self, id: RecipeRunId) -> Result<Vec<OldRun>> {
        Ok(sqlx::query_as(RUNS).bind(id).bind(BATCH).fetch_all(&mut self.connection).await?)
    }

    /// How many runs there are.
    pub async fn count_runs(&mut self) -> Result<i64> {
        Ok(sqlx::query_scalar(COUNT_RUNS).fetch_one(&mut self.connection).await?)
    }

    /// The runs that have recipe and commit in common with others.
    pub async fn repeated(&mut self) -> Result<Vec<Repeated>> {
        Ok(sqlx::query_as(REPEATED).fetch_all(&mut self.connection).await?)
    }

    /// The highest id that the table (`bakery`, `feedstock`, `reciperun`) ever gave to a row; 0 when it never had any.
    pub async fn highest_id(&mut self, table: &str) -> Result<i64> {
        let highest: Option<i64> =
            sqlx::query_scalar(HIGHEST_ID).bind(table).fetch_one(&mut self.connection).await?;
        Ok(highest.unwrap_or(0))
    }

    /// Ends the snapshot.
    pub async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}
