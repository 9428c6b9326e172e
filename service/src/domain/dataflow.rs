//! How a job on Dataflow stands, and what follows from news of it. News comes late, twice and in any order, from messages and from
//! questions alike; the state machine here makes one story of it.

pub mod limits;
mod message;
mod names;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::Deserialize;

pub use message::{Message, Unusable, read_form, read_message};
pub use names::{is_job_id, is_name_of, names_of, project_fits};

use super::fault::Fault;
use super::id::Login;

macro_rules! states {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// How a job stands, in Dataflow's words and in the order of a job's life:
        /// <https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.jobs#jobstate>
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum JobState {
            $($(#[$doc])* $variant,)*
        }

        impl JobState {
            /// Every state there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Dataflow's word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the word; `None` for any other.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

states! {
    /// Nothing is known.
    Unknown = "JOB_STATE_UNKNOWN",
    /// Waits for a place.
    Queued = "JOB_STATE_QUEUED",
    /// Was accepted, and waits for its workers.
    Pending = "JOB_STATE_PENDING",
    /// Was made and not begun.
    Stopped = "JOB_STATE_STOPPED",
    /// Runs.
    Running = "JOB_STATE_RUNNING",
    /// Reads nothing new, and finishes what it has.
    Draining = "JOB_STATE_DRAINING",
    /// Is about to be cancelled.
    Cancelling = "JOB_STATE_CANCELLING",
    /// Has ended and puts its things away.
    CleaningUp = "JOB_STATE_RESOURCE_CLEANING_UP",
    /// Did all of it.
    Done = "JOB_STATE_DONE",
    /// Failed.
    Failed = "JOB_STATE_FAILED",
    /// Was cancelled.
    Cancelled = "JOB_STATE_CANCELLED",
    /// Goes on as another job.
    Updated = "JOB_STATE_UPDATED",
    /// Was drained.
    Drained = "JOB_STATE_DRAINED",
}

impl JobState {
    /// Whether the job stays so for ever.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled | Self::Updated | Self::Drained)
    }

    /// Whether the job still works, and nobody has told it to stop.
    pub fn can_be_cancelled(self) -> bool {
        !self.is_terminal() && self != Self::Cancelling
    }
}

/// A job as the API and the messages that are made of it write it, as far as we read it. Some fields are missing in some states.
/// <https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.jobs#Job>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobRecord {
    /// Dataflow's id.
    pub id: String,
    /// The project, by name or by number.
    #[serde(default)]
    pub project_id: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// The region.
    #[serde(default)]
    pub location: String,
    /// How it stands.
    pub current_state: String,
    /// Since when.
    pub current_state_time: Option<DateTime<Utc>>,
    /// When it was made.
    pub create_time: Option<DateTime<Utc>>,
    /// The job that it goes on as.
    pub replaced_by_job_id: Option<String>,
}

impl JobRecord {
    /// The news that it is; none in a word that we do not know. Without a time it is as of when it was heard.
    pub fn news(&self, heard_at: DateTime<Utc>) -> Option<News> {
        Some(News {
            state: JobState::parse(&self.current_state)?,
            at: self.current_state_time.unwrap_or(heard_at),
            replaced_by: self.replaced_by_job_id.clone().filter(|id| is_job_id(id)),
        })
    }
}

/// What was told of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// How it stands.
    pub state: JobState,
    /// Since when, by Dataflow's clock.
    pub at: DateTime<Utc>,
    /// The job that it goes on as.
    pub replaced_by: Option<String>,
}

/// What is recorded of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// How it stood.
    pub state: JobState,
    /// Since when, by Dataflow's clock; none before the first news.
    pub at: Option<DateTime<Utc>>,
}

/// What follows from news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing, for this reason.
    Stays(Stays),
    /// The job stands otherwise now.
    Moves,
    /// The job goes on as another one, which is not named yet: ask.
    Asks,
    /// The job goes on as this one.
    Follows(String),
    /// The job has ended, in the state that was told.
    Ends,
}

/// Why news changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// It is what is known.
    Same,
    /// Something newer is known.
    Older,
    /// The job has ended.
    Ended,
}

impl Known {
    /// What follows from news. Time goes forward only, and a terminal state is never left; that a job goes on as another one is no end,
    /// and its name may be told later.
    pub fn after(self, news: &News) -> Step {
        if self.state == JobState::Updated && news.state == JobState::Updated {
            return match &news.replaced_by {
                Some(next) => Step::Follows(next.clone()),
                None => Step::Stays(Stays::Same),
            };
        }
        if self.state.is_terminal() {
            return Step::Stays(if news.state == self.state { Stays::Same } else { Stays::Ended });
        }
        match self.at {
            Some(at) if news.at < at => return Step::Stays(Stays::Older),
            _ if news.state == self.state => return Step::Stays(Stays::Same),
            // Of two states of one moment the later in a job's life is the newer, whichever is heard first.
            Some(at) if news.at == at && news.state < self.state => {
                return Step::Stays(Stays::Older);
            }
            _ => {}
        }
        match (news.state, &news.replaced_by) {
            (JobState::Updated, Some(next)) => Step::Follows(next.clone()),
            (JobState::Updated, None) => Step::Asks,
            (state, _) if state.is_terminal() => Step::Ends,
            _ => Step::Moves,
        }
    }
}

/// What the end of a job is to its run: none for a success. `asked_by` is whoever asked us to cancel the run.
pub fn fault_of(state: JobState, job: &str, asked_by: Option<&Login>) -> Option<Fault> {
    match (state, asked_by) {
        (JobState::Done, _) => None,
        (JobState::Cancelled | JobState::Drained, Some(by)) => {
            Some(Fault::Cancelled { by: Some(by.clone()) })
        }
        _ => Some(Fault::Dataflow { state: state.as_str().to_owned(), job: job.to_owned() }),
    }
}
