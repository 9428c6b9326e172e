//! The database by itself: one text for two engines, migrations that neither loses nor damages anything, and a queue that gives every
//! job to one worker.

mod copies;
mod queue;
mod schema;

use harness::db::{Engine, TestDb};
use orchestrator::store::Store;
use sqlx::AssertSqlSafe;

/// A migrated database of its own, with its store.
pub(crate) async fn fresh(engine: Engine) -> (TestDb, Store) {
    let db = TestDb::create(engine).await.unwrap();
    let store = Store::open(&db.url).await.unwrap();
    (db, store)
}

/// Closes and removes it.
pub(crate) async fn remove(db: TestDb, store: Store) {
    store.close().await;
    db.remove().await.unwrap();
}

/// Runs statements that only a test has a use for.
pub(crate) async fn execute(store: &Store, statements: &str) {
    let statements = AssertSqlSafe(statements.to_owned());
    match store {
        Store::Sqlite { write, .. } => _ = sqlx::raw_sql(statements).execute(write).await.unwrap(),
        Store::Postgres(pool) => _ = sqlx::raw_sql(statements).execute(pool).await.unwrap(),
    }
}

/// Reads rows of three words.
async fn words(store: &Store, sqlite: &'static str, postgres: &'static str) -> Vec<(String, String, String)> {
    match store {
        Store::Sqlite { read, .. } => sqlx::query_as(sqlite).fetch_all(read).await.unwrap(),
        Store::Postgres(pool) => sqlx::query_as(postgres).fetch_all(pool).await.unwrap(),
    }
}
