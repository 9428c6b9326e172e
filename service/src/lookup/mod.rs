//! What is asked of GitHub, Google or an object store on behalf of a reader. It changes nothing, neither there nor here.
//!
//! Anybody may read some of it, and nobody may use up our rate limits: what the public can ask for is kept for a short time, mistakes
//! too, and what is not kept has a budget. No request, no header and no status may enter.

mod budget;
mod cache;
pub mod check_runs;
pub mod deliveries;
pub mod logs;
mod place;
pub mod repr;
pub mod trace;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::github::{self, Retry};
use crate::google;
use budget::Budget;
use cache::Cache;

/// So long an answer from outside serves everybody who asks the same.
const KEPT_FOR: TimeDelta = TimeDelta::seconds(60);
/// So many answers are kept.
const KEPT_MOST: usize = 256;
/// The trace of a run that has ended does not change.
const TRACE_KEPT_FOR: TimeDelta = TimeDelta::minutes(10);
/// Each may hold some megabytes for a moment.
const READS_AT_ONCE: usize = 3;

/// What the reader cannot be given, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is none; the sentence says of what, and why.
    Missing(String),
    /// Whoever was asked did not answer, or not usably; the sentence says who.
    Upstream(String),
    /// Later.
    Busy {
        /// Who wants us to wait.
        detail: String,
        /// For so many seconds.
        seconds: i64,
    },
}

/// A result for a reader.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// What an answer of GitHub that is no success means for a reader. `what` was asked for: "the log".
    fn github(what: &str, error: &github::Error, now: DateTime<Utc>) -> Self {
        match error.retry() {
            Retry::At(until) => Self::Busy {
                detail: format!("GitHub wants no requests at present, so {what} cannot be read."),
                seconds: (until - now).num_seconds().max(1),
            },
            Retry::Later | Retry::Never => Self::Upstream(format!("Could not read {what}. {error}.")),
        }
    }

    fn google(what: &str, error: &google::Error) -> Self {
        Self::Upstream(format!("Could not read {what}. {error}."))
    }
}

/// What was looked up a moment ago, and how much may still be.
pub struct Lookups {
    /// Whole answers by what was asked for.
    lists: Cache<Arc<Vec<Value>>>,
    traces: Cache<Arc<str>>,
    budget: Budget,
    reading: Semaphore,
}

impl Default for Lookups {
    fn default() -> Self {
        Self {
            lists: Cache::new(KEPT_FOR, KEPT_MOST),
            traces: Cache::new(TRACE_KEPT_FOR, KEPT_MOST),
            budget: Budget::default(),
            reading: Semaphore::new(READS_AT_ONCE),
        }
    }
}
