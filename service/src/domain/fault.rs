//! The closed list of what can go wrong with a run that somebody has to be told. A fault is a *result*: it ends as a red check
//! with a sentence that says what to do, never as a failed job.

use runner_contract::{Failure, FailureClass};

use super::id::Sha;

/// Why a workflow run did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The action ran the recipe and saw it fail.
    Runner(Failure),
    /// The workflow run ended without leaving a result.
    NoOutcome {
        /// GitHub's conclusion of the run.
        conclusion: String,
    },
    /// The workflow run left a result that cannot be believed.
    BadOutcome {
        /// What is wrong with it.
        why: String,
    },
    /// GitHub would not start the workflow.
    DispatchRefused {
        /// GitHub's words.
        why: String,
    },
    /// The workflow run waited too long for a machine.
    NotStarted {
        /// How long, in minutes.
        minutes: i64,
    },
    /// The workflow run took too long.
    TimedOut {
        /// How long, in minutes.
        minutes: i64,
    },
    /// Somebody stopped the workflow run.
    Cancelled,
    /// There is a newer commit.
    Replaced {
        /// The newer head.
        by: Sha,
    },
    /// We gave up.
    Ours {
        /// What failed, without a secret.
        what: String,
    },
}

impl Fault {
    /// Whose side the cause lies on.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Runner(failure) => failure.class,
            Self::NotStarted { .. } | Self::TimedOut { .. } => FailureClass::TimedOut,
            Self::NoOutcome { .. }
            | Self::BadOutcome { .. }
            | Self::DispatchRefused { .. }
            | Self::Cancelled
            | Self::Replaced { .. }
            | Self::Ours { .. } => FailureClass::Service,
        }
    }
}
