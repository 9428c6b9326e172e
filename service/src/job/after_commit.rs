//! What is counted of a job's changes, once they last: a transaction that is rolled back has changed nothing.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::metrics::Metrics;
use crate::store::recipe_run::RecipeRun;

/// A change that is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    /// A recipe run began.
    RunStarted { stage: &'static str },
    /// A recipe run ended, so long after its start; none where it had not begun.
    RunEnded { stage: &'static str, conclusion: &'static str, took: Option<Duration> },
}

/// The changes of the transaction that is open.
#[derive(Debug, Default)]
pub(super) struct AfterCommit(Mutex<Vec<Change>>);

impl AfterCommit {
    /// Remembers a change until the commit.
    pub(super) fn note(&self, change: Change) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    /// Counts what was remembered. For right after the commit.
    pub(super) fn count(&self, metrics: &Metrics) {
        for change in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            match change {
                Change::RunStarted { stage } => metrics.run_started(stage),
                Change::RunEnded { stage, conclusion, took } => metrics.run_ended(stage, conclusion, took),
            }
        }
    }
}

/// Which of its two lives a run has.
pub(super) fn stage(run: &RecipeRun) -> &'static str {
    if run.is_test { "test" } else { "production" }
}
