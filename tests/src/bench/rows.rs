//! Recipe runs by the thousand.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use crate::db::Engine;

/// How many feedstocks and bakeries the runs are spread over.
pub(super) const FEEDSTOCKS: usize = 100;
pub(super) const BAKERIES: usize = 20;

/// Fills an empty database with so many runs, as spread over states, times and places as real ones.
pub(super) async fn fill(engine: Engine, url: &str, runs: usize) -> Result<()> {
    let (numbers, at) = match engine {
        Engine::Postgres => (
            "(SELECT n FROM generate_series(1, COUNT) n) numbers",
            "TIMESTAMPTZ '2022-03-01 00:00:00+00' + n * INTERVAL '97 seconds'",
        ),
        Engine::Sqlite => (
            "(WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < COUNT) SELECT n FROM up) numbers",
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', 1646092800 + n * 97, 'unixepoch')",
        ),
    };
    let from = |count: usize| numbers.replace("COUNT", &count.to_string());
    let statements = [
        format!(
            "INSERT INTO bakery (region, name, description) SELECT 'eu', 'bakery-' || n, 'for the bench' FROM {}",
            from(BAKERIES)
        ),
        format!(
            "INSERT INTO feedstock (spec, provider) SELECT 'pangeo-forge/' || n || '-feedstock', 'github' FROM {}",
            from(FEEDSTOCKS)
        ),
        format!(
            "INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, \
             is_test, dataset_type, dataset_public_url, message) \
             SELECT 'recipe-' || (n % 500), 1 + n % {BAKERIES}, 1 + n % {FEEDSTOCKS}, '0123456789abcdef0123456789abcdef' || (10000000 + n), '0.0', {at}, \
             CASE WHEN n % 3 = 0 THEN {at} END, CASE WHEN n % 3 = 0 THEN CASE WHEN n % 2 = 0 THEN 'success' ELSE 'failure' END END, \
             CASE WHEN n % 3 = 0 THEN 'completed' ELSE 'queued' END, n % 5 <> 0, 'zarr', \
             CASE WHEN n % 6 = 0 THEN 'https://ncsa.osn.xsede.org/Pangeo/pangeo-forge/recipe-' || n || '.zarr' END, \
             CASE WHEN n % 4 = 0 THEN '{{\"deployment_id\": ' || n || '}}' END FROM {}",
            from(runs)
        ),
        "ANALYZE".to_owned(),
    ];
    match engine {
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await?;
            for statement in statements {
                connection.execute(AssertSqlSafe(statement)).await.context("the rows cannot be made")?;
            }
            connection.close().await?;
        }
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await?;
            for statement in statements {
                connection.execute(AssertSqlSafe(statement)).await.context("the rows cannot be made")?;
            }
            connection.close().await?;
        }
    }
    Ok(())
}
