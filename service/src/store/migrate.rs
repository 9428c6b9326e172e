//! Bringing the schema to what this program needs. One that is newer is lived with, unless it was said that no older program can: then it
//! is not touched (docs/adr/0018).

use std::collections::BTreeSet;

use sqlx::Connection;
use sqlx::migrate::Migrator;

use super::{Result, Store, StoreError, Tx, on};

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

const NO_TIMEOUT: &str = "SET statement_timeout = 0";
/// What is applied, in order.
const APPLIED: &str = "SELECT version, description FROM _sqlx_migrations ORDER BY version";
/// How the name of a migration ends that an older program cannot live with: `0007_drop_old_place_breaking.sql`.
const BREAKING: &str = "breaking";

/// A migration that is applied: its number, and the words of its name.
type Applied = (i64, String);

impl Store {
    fn migrator(&self) -> &'static Migrator {
        match self {
            Self::Sqlite { .. } => &SQLITE,
            Self::Postgres(_) => &POSTGRES,
        }
    }

    /// The version of the schema that this program needs: the number of its last migration.
    pub fn schema_version(&self) -> i64 {
        self.migrator().iter().map(|migration| migration.version).max().unwrap_or_default()
    }

    /// Applies what is missing. Two processes may call it at once: one works, the other waits and finds nothing to do.
    pub async fn migrate(&self) -> Result<()> {
        if !self.unknown(&self.applied().await?)?.is_empty() {
            // sqlx takes no part in what it does not know; all that is known has to be there already.
            return self.check_schema().await;
        }
        let result = match self {
            Self::Sqlite { write, .. } => SQLITE.run(write).await,
            Self::Postgres(pool) => {
                // A migration may take long, and so may waiting for another process that migrates: on a connection of its own.
                let mut connection = pool.acquire().await?.detach();
                sqlx::query(NO_TIMEOUT).execute(&mut connection).await?;
                let result = POSTGRES.run(&mut connection).await;
                connection.close().await?;
                result
            }
        };
        result.map_err(StoreError::Migration)
    }

    /// Fails unless the schema has all that this program was built with, and nothing that breaks it.
    pub async fn check_schema(&self) -> Result<()> {
        let applied = self.applied().await?;
        self.unknown(&applied)?;
        let applied: BTreeSet<i64> = applied.into_iter().map(|(version, _)| version).collect();
        match self.known().difference(&applied).count() {
            0 => Ok(()),
            pending => Err(StoreError::Pending { pending }),
        }
    }

    fn known(&self) -> BTreeSet<i64> {
        self.migrator().iter().map(|migration| migration.version).collect()
    }

    /// What a newer program has applied. Fails where this one cannot live with it.
    fn unknown(&self, applied: &[Applied]) -> Result<Vec<i64>> {
        let known = self.known();
        let unknown = applied.iter().filter(|(version, _)| !known.contains(version));
        unknown
            .map(|(version, name)| match name.rsplit([' ', '_']).next() {
                Some(BREAKING) => Err(StoreError::Newer { found: *version }),
                _ => Ok(*version),
            })
            .collect()
    }

    async fn applied(&self) -> Result<Vec<Applied>> {
        let mut tx = self.read().await?;
        let rows = on!(&mut tx, |c| sqlx::query_as::<_, Applied>(APPLIED).fetch_all(c).await);
        match rows {
            Ok(versions) => Ok(versions),
            // A fresh database has no such table: nothing is applied.
            Err(sqlx::Error::Database(error)) if is_missing_table(&tx, error.as_ref()) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}

fn is_missing_table(tx: &Tx, error: &dyn sqlx::error::DatabaseError) -> bool {
    if tx.is_postgres() {
        error.code().as_deref() == Some("42P01")
    } else {
        error.message().contains("no such table")
    }
}
