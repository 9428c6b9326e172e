//! An open transaction: the connection that it is on, and what the work that it writes goes back to.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Postgres, Sqlite, Transaction};

use super::Result;
use crate::domain::id::{Cause, RecipeRunId};

/// An open transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx {
    pub(super) connection: Connection,
    cause: Option<Cause>,
    told: Vec<RecipeRunId>,
}

/// The connection of a driver.
#[derive(Debug)]
pub(super) enum Connection {
    /// To SQLite.
    Sqlite(Lease<Sqlite>),
    /// To Postgres.
    Postgres(Lease<Postgres>),
}

/// A connection for as long as it is needed.
#[derive(Debug)]
pub(super) enum Lease<DB: Database> {
    /// With a transaction around everything.
    Transaction(Transaction<'static, DB>),
    /// Without: each statement stands for itself.
    Bare(PoolConnection<DB>),
}

impl<DB: Database> Deref for Lease<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Transaction(transaction) => transaction,
            Self::Bare(connection) => connection,
        }
    }
}

impl<DB: Database> DerefMut for Lease<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Transaction(transaction) => transaction,
            Self::Bare(connection) => connection,
        }
    }
}

impl<DB: Database> Lease<DB> {
    async fn commit(self) -> std::result::Result<(), sqlx::Error> {
        match self {
            Self::Transaction(transaction) => transaction.commit().await,
            Self::Bare(_) => Ok(()),
        }
    }
}

/// Runs one body on whichever database the transaction is open on.
macro_rules! on {
    ($tx:expr, |$connection:ident| $body:expr) => {
        match &mut $tx.connection {
            $crate::store::tx::Connection::Sqlite(lease) => {
                let $connection = &mut **lease;
                $body
            }
            $crate::store::tx::Connection::Postgres(lease) => {
                let $connection = &mut **lease;
                $body
            }
        }
    };
}
pub(crate) use on;

impl Tx {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, cause: None, told: Vec::new() }
    }

    /// Says what the work goes back to that is written from here on: its jobs and the lines of its timelines carry it.
    #[must_use]
    pub fn because_of(mut self, cause: Option<Cause>) -> Self {
        self.cause = cause;
        self
    }

    /// What the work goes back to; none where nobody said.
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    /// Notes that something was added to the timeline of a run.
    pub(super) fn tell(&mut self, run: RecipeRunId) {
        self.told.push(run);
    }

    /// The runs whose timelines it has added to, for whoever has to wake their readers after the commit.
    pub fn told(&self) -> &[RecipeRunId] {
        &self.told
    }

    /// Makes the transaction's changes last.
    pub async fn commit(self) -> Result<()> {
        match self.connection {
            Connection::Sqlite(lease) => lease.commit().await?,
            Connection::Postgres(lease) => lease.commit().await?,
        }
        Ok(())
    }

    /// Whether this is Postgres, for the statements whose text must differ.
    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.connection, Connection::Postgres(_))
    }

    /// Asks the database to read a statement without running it.
    pub async fn prepare(&mut self, statement: &'static str) -> Result<()> {
        use sqlx::{Executor, SqlSafeStr};
        on!(self, |c| c.prepare(statement.into_sql_str()).await.map(drop)?);
        Ok(())
    }
}
