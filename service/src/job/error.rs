//! Why a job did not finish, and when it may be tried again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::github::{self, Retry};
use crate::google;
use crate::store::StoreError;

/// A result of a job.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a job did not finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may work on a later attempt, after the usual wait or the one named.
    #[error("{why}")]
    Retry {
        /// What failed.
        why: String,
        /// How long to wait, when the usual wait is wrong.
        after: Option<TimeDelta>,
    },
    /// GitHub named a time; the attempt does not count.
    #[error("{why}")]
    Wait {
        /// GitHub's words.
        why: String,
        /// Not before this.
        until: DateTime<Utc>,
    },
    /// It will not work.
    #[error("{0}")]
    Fail(String),
    /// Another worker has the job by now, and nothing that this one still had to write was written.
    #[error("the lease was lost")]
    LeaseLost,
}

impl Error {
    /// An error after which to look again soon.
    pub fn look_again(why: impl Into<String>, after: TimeDelta) -> Self {
        Self::Retry { why: why.into(), after: Some(after) }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Inconsistent { .. } => Self::Fail(error.to_string()),
            _ => Self::Retry { why: error.to_string(), after: None },
        }
    }
}

impl From<github::Error> for Error {
    fn from(error: github::Error) -> Self {
        match error.retry() {
            Retry::Never => Self::Fail(error.to_string()),
            Retry::Later => Self::Retry { why: error.to_string(), after: None },
            Retry::At(until) => Self::Wait { why: error.to_string(), until },
        }
    }
}

impl From<google::Error> for Error {
    fn from(error: google::Error) -> Self {
        match error.retry() {
            google::Retry::Never => Self::Fail(error.to_string()),
            google::Retry::Later => Self::Retry { why: error.to_string(), after: None },
        }
    }
}
