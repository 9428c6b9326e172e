//! The closed list of what can go wrong with a run that somebody has to be told. A fault is a *result*: it ends as a red check
//! with a sentence that says what to do, never as a failed job.

use runner_contract::{Failure, FailureClass};
use serde::{Deserialize, Serialize};

use super::id::{Login, Sha};

/// Why a run did not do what was asked. Kept with the run, so that what is shown of it can be written again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
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
    /// Somebody stopped it.
    Cancelled {
        /// Who, when it was by a word to us; on GitHub's and Google's own pages others may.
        by: Option<Login>,
    },
    /// The Dataflow job ended otherwise than well.
    Dataflow {
        /// Dataflow's word for how: `JOB_STATE_FAILED`.
        state: String,
        /// The job's id, or its name where the id is not known.
        job: String,
    },
    /// The pull request was closed before anybody asked for it.
    Closed,
    /// The App may no longer work in the repository.
    Stopped {
        /// GitHub's word for why: `suspend`, `deleted`, `removed`.
        why: String,
    },
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
            Self::Dataflow { .. } => FailureClass::Recipe,
            Self::NoOutcome { .. }
            | Self::BadOutcome { .. }
            | Self::DispatchRefused { .. }
            | Self::Cancelled { .. }
            | Self::Closed
            | Self::Stopped { .. }
            | Self::Replaced { .. }
            | Self::Ours { .. } => FailureClass::Service,
        }
    }
}
