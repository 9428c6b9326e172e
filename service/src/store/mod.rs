//! The database: one SQL text for SQLite and Postgres.
//!
//! Only [`Tx`] has queries, and each table has a file with its row, its statements and the functions that run them. Time comes in
//! as an argument, every timestamp is UTC, JSON is text on one side and `JSONB` on the other, and the few texts that must differ
//! are pairs in one constant. No GitHub, no rules and no `await` on anything but the database may enter.

pub mod api_key;
pub mod bakery;
pub mod dataflow_job;
pub mod delivery;
mod error;
pub mod feedstock;
pub mod feedstock_creation;
pub mod import;
pub mod job;
pub mod job_event;
pub mod log_access;
mod migrate;
pub mod old_service;
pub mod page;
pub mod pull_request_head;
pub mod recipe_run;
pub mod redelivery;
pub mod report;
pub mod run_event;
pub mod stopped_place;
mod tx;
pub mod watermark;
pub mod workflow_run;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

pub use error::{Result, StoreError};
pub use tx::Tx;

pub(crate) use tx::on;
use tx::{Connection, Lease};

/// How long a caller waits for a connection before the database counts as down. Below the two seconds within which a webhook
/// must be refused.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1500);
/// As many as a small machine has processors: each connection keeps a cache and a heap of its own, and more of them read no faster.
const SQLITE_READERS: u32 = 2;
const POSTGRES_CONNECTIONS: u32 = 12;

/// An open database.
#[derive(Debug, Clone)]
pub enum Store {
    /// SQLite in WAL mode: one writer, since it has one anyway and a queue here is fairer than its busy handler, and some readers.
    Sqlite {
        /// The one connection that writes.
        write: SqlitePool,
        /// The connections that only read.
        read: SqlitePool,
        /// The file.
        path: Arc<Path>,
    },
    /// Postgres.
    Postgres(PgPool),
}

impl Store {
    /// Opens `sqlite:…`, `postgres:…` or `postgresql:…`. A SQLite file that is not there is made.
    pub async fn open(url: &str) -> Result<Self> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Self::open_sqlite(url).await,
            Some("postgres" | "postgresql") => {
                // A server that has gone silent in the middle of a statement must not hold a worker, or the door, for ever.
                let options = PgConnectOptions::from_str(url)
                    .map_err(|error| StoreError::address(&error))?
                    .options([("statement_timeout", "10s"), ("idle_in_transaction_session_timeout", "30s")]);
                let pool = PgPoolOptions::new()
                    .max_connections(POSTGRES_CONNECTIONS)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .connect_with(options)
                    .await?;
                Ok(Self::Postgres(pool))
            }
            _ => Err(StoreError::Address("it must start with sqlite:, postgres: or postgresql:".into())),
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self> {
        // `synchronous=FULL`: an answered delivery must survive a power cut, not only a crash.
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::address(&error))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(ACQUIRE_TIMEOUT)
            .foreign_keys(true)
            // Negative: in KiB, of each connection. The file is in the system's cache anyway.
            .pragma("cache_size", "-512");
        let pool = |size| SqlitePoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE_TIMEOUT);
        let path = options.get_filename().into();
        let write = pool(1).connect_with(options.clone()).await?;
        let read = pool(SQLITE_READERS).connect_with(options).await?;
        Ok(Self::Sqlite { write, read, path })
    }

    /// A transaction that only reads.
    pub async fn read(&self) -> Result<Tx> {
        Ok(Tx::new(match self {
            Self::Sqlite { read, .. } => Connection::Sqlite(Lease::Transaction(read.begin().await?)),
            Self::Postgres(pool) => Connection::Postgres(Lease::Transaction(pool.begin().await?)),
        }))
    }

    /// A connection for one statement that only reads: a transaction around it would cost two more round trips and give nothing. What
    /// several statements read through it may differ by what was written in between.
    pub async fn glance(&self) -> Result<Tx> {
        Ok(Tx::new(match self {
            Self::Sqlite { read, .. } => Connection::Sqlite(Lease::Bare(read.acquire().await?)),
            Self::Postgres(pool) => Connection::Postgres(Lease::Bare(pool.acquire().await?)),
        }))
    }

    /// A transaction that writes. On SQLite it takes the writer's lock at once: one that reads first and writes later fails when
    /// another has written in between, whatever the busy timeout says.
    pub async fn write(&self) -> Result<Tx> {
        Ok(Tx::new(match self {
            Self::Sqlite { write, .. } => {
                Connection::Sqlite(Lease::Transaction(write.begin_with("BEGIN IMMEDIATE").await?))
            }
            Self::Postgres(pool) => Connection::Postgres(Lease::Transaction(pool.begin().await?)),
        }))
    }

    /// Makes this process the only worker on a SQLite file, until the lock is dropped or the process ends in whatever way. Answers `None`
    /// for Postgres, where several may work.
    pub fn work_alone(&self) -> Result<Option<File>> {
        let Self::Sqlite { path, .. } = self else { return Ok(None) };
        // Beside the database, not on it: SQLite takes locks of its own there.
        let lock = path.with_extension("lock");
        let unusable = |error: std::io::Error| StoreError::Address(format!("{}: {error}", lock.display()));
        let file = File::options().create(true).truncate(false).write(true).open(&lock).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::NotAlone { path: path.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Every statement of every table, for the test that has both databases read them: `(postgres only, text)`.
pub fn statements() -> impl Iterator<Item = (Engine, &'static str)> {
    [
        api_key::STATEMENTS,
        bakery::STATEMENTS,
        dataflow_job::STATEMENTS,
        delivery::STATEMENTS,
        feedstock::STATEMENTS,
        feedstock_creation::STATEMENTS,
        import::STATEMENTS,
        job::STATEMENTS,
        job::OPERATOR_STATEMENTS,
        job_event::STATEMENTS,
        log_access::STATEMENTS,
        pull_request_head::STATEMENTS,
        recipe_run::STATEMENTS,
        recipe_run::LIST_STATEMENTS,
        recipe_run::places::STATEMENTS,
        recipe_run::public::STATEMENTS,
        recipe_run::published::STATEMENTS,
        redelivery::STATEMENTS,
        report::STATEMENTS,
        run_event::STATEMENTS,
        stopped_place::STATEMENTS,
        watermark::STATEMENTS,
        workflow_run::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .map(|text| (Engine::Both, *text))
    .chain([
        (Engine::Sqlite, job::CLAIM_SQLITE),
        (Engine::Postgres, job::CLAIM_POSTGRES),
        (Engine::Sqlite, import::CLEAR_HIGHEST_SQLITE),
        (Engine::Sqlite, import::SET_HIGHEST_SQLITE),
        (Engine::Postgres, import::LOCK_POSTGRES),
        (Engine::Postgres, run_event::HOLD_RUN),
    ])
}

/// Which database a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Both read the same text.
    Both,
    /// SQLite only.
    Sqlite,
    /// Postgres only.
    Postgres,
}
