//! What can go wrong with the database, in the words of whoever has to act.

use std::fmt;

/// A result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failure of the database, or of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database's address cannot be understood. The address itself may hold a password and is not repeated.
    #[error("the database address cannot be used: {0}")]
    Address(String),
    /// The database refused or could not be reached.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema is newer than this program, in a way that it cannot live with.
    #[error(
        "the database has migration {found}, which this program cannot live with; it was written by a newer version: run that one"
    )]
    Newer {
        /// The version that is not known here.
        found: i64,
    },
    /// The schema is older than this program needs.
    #[error("{pending} migrations are not applied; run `pfo migrate` first")]
    Pending {
        /// How many are missing.
        pending: usize,
    },
    /// What was to be imported is not the old service's database.
    #[error("this is not the old service's database as its last version left it: {what}")]
    NotTheOldService {
        /// What it lacks.
        what: String,
    },
    /// Another process works on this SQLite file.
    #[error("another `pfo serve` works on {path}; several need Postgres")]
    NotAlone {
        /// The file.
        path: String,
    },
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Migration(sqlx::migrate::MigrateError),
    /// A row holds what no version of this program writes.
    #[error("{table} {id}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What is wrong with it.
        what: String,
    },
}

impl StoreError {
    pub(super) fn address(error: &sqlx::Error) -> Self {
        // sqlx puts no password into these messages: they name the part that cannot be read.
        Self::Address(error.to_string())
    }

    pub(super) fn inconsistent(table: &'static str, id: impl fmt::Display, what: impl Into<String>) -> Self {
        Self::Inconsistent { table, id: id.to_string(), what: what.into() }
    }

    /// Whether other rows refer to the row, or it refers to one that is not there.
    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_foreign_key_violation())
    }

    /// Whether a unique index refused the row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}
