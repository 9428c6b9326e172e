//! Bringing the schema to what this program needs, and refusing to touch one that is newer.

use std::collections::BTreeSet;

use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};

use super::{Result, Store, StoreError, Tx, on};

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

const NO_TIMEOUT: &str = "SET statement_timeout = 0";
/// The versions that are applied, in order.
const APPLIED: &str = "SELECT version FROM _sqlx_migrations ORDER BY version";

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
        result.map_err(|error| match error {
            MigrateError::VersionMissing(found) => StoreError::Newer { found },
            other => StoreError::Migration(other),
        })
    }

    /// Fails unless the schema is exactly the one this program was built with.
    pub async fn check_schema(&self) -> Result<()> {
        let known: BTreeSet<i64> = self.migrator().iter().map(|migration| migration.version).collect();
        let applied: BTreeSet<i64> = self.applied().await?.into_iter().collect();
        if let Some(found) = applied.difference(&known).next() {
            return Err(StoreError::Newer { found: *found });
        }
        match known.difference(&applied).count() {
            0 => Ok(()),
            pending => Err(StoreError::Pending { pending }),
        }
    }

    async fn applied(&self) -> Result<Vec<i64>> {
        let mut tx = self.read().await?;
        let rows = on!(&mut tx, |c| sqlx::query_scalar::<_, i64>(APPLIED).fetch_all(c).await);
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
