//! The timeline of a run: everything that can happen to it, each with its word and its sentence. Whoever changes a run writes the line
//! that tells of it in the same transaction, so that a line never stands for what did not happen.
//!
//! Anybody may read a timeline. Words from outside go through `line` on their way; nothing else of what a recipe or a server said is
//! taken up.

mod waiting;

use chrono::{DateTime, Utc};
use runner_contract::RunResult;
use serde::{Deserialize, Serialize};

pub use waiting::{Standing, Waiting, Workflow, waiting};

use super::dataflow::JobState;
use super::fault::Fault;
use super::id::{GithubRunId, Login, PullNumber, RecipeRunId, Sha};
use super::report::markdown::line;
use super::report::trouble::{conclusion, told};
use super::report::{Content, production, result};
use super::run::{Conclusion, words};

words! {
    /// What happened, in a word.
    Kind {
        /// GitHub told us of what the next lines follow from.
        Delivery = "delivery",
        /// The run was made.
        Queued = "queued",
        /// Somebody who may has asked for it.
        Asked = "asked",
        /// Somebody asked for something, and it was not done.
        Refused = "refused",
        /// Another run has to end first.
        Waiting = "waiting",
        /// Nobody else writes to its place from here on.
        Writing = "writing",
        /// A workflow run is to carry it out.
        DispatchAsked = "dispatch_asked",
        /// GitHub has that workflow run.
        Dispatched = "dispatched",
        /// A machine works on it.
        Running = "running",
        /// The workflow run has ended, and what it left was read.
        Outcome = "outcome",
        /// The bakery has taken the job.
        Submitted = "submitted",
        /// The job on Dataflow stands otherwise than before.
        JobState = "job_state",
        /// Somebody asked to stop it.
        CancelAsked = "cancel_asked",
        /// It ended well.
        Succeeded = "succeeded",
        /// It did not work.
        Failed = "failed",
        /// It was stopped, or another one took its place.
        Cancelled = "cancelled",
        /// It was given up after a time.
        TimedOut = "timed_out",
        /// It will not be asked for any more.
        Skipped = "skipped",
        /// Whoever follows it says how it stands.
        Told = "told",
        /// GitHub shows how it stands.
        Reported = "reported",
        /// GitHub will never show how it stood.
        NotReported = "not_reported",
    }
}

/// Why there is a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// Its recipe was found at the head of a pull request.
    Proposed(PullNumber, &'a Sha),
    /// Its recipe was merged.
    Merged(PullNumber, &'a Sha),
    /// It was named in a comment.
    Named(PullNumber, &'a Sha),
    /// An earlier attempt has ended; this is the attempt of that number.
    Again(RecipeRunId),
}

/// Why what was asked for was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// Who asked may not.
    Role {
        /// The role that GitHub says they have.
        role: &'a str,
        /// The least that is needed.
        needed: &'a str,
    },
    /// It was asked so many hours ago.
    Late(i64),
    /// The pull request is closed.
    Closed,
    /// Who asked had not been shown this commit.
    NotShown,
}

/// What happened to a run.
#[derive(Debug, Clone, Copy)]
pub enum Happening<'a> {
    /// GitHub delivered an event of this name.
    Delivered(&'a str),
    /// The run was made.
    Queued(Origin<'a>),
    /// Somebody who may has asked for it.
    Asked(&'a Login),
    /// Somebody asked in vain.
    Refused {
        /// The command's first word.
        command: &'a str,
        /// Who.
        by: &'a Login,
        /// Why.
        why: Refusal<'a>,
    },
    /// It waits for another run, which writes now, or will first.
    Waits(RecipeRunId),
    /// Nobody else writes to its place from here on.
    Writes,
    /// A workflow run is to carry it out, under this name.
    DispatchAsked(&'a str),
    /// GitHub has the workflow run.
    Dispatched(GithubRunId),
    /// A machine works on it.
    Running,
    /// The workflow run has ended.
    Ended(&'a std::result::Result<RunResult, Fault>),
    /// The bakery has taken the job, by this id.
    Submitted(&'a str),
    /// The job stands so since then, by Dataflow's clock.
    Job(JobState, DateTime<Utc>),
    /// The job goes on as the one of this id.
    JobReplaced(&'a str),
    /// Somebody asked to stop it.
    CancelAsked(&'a Login),
    /// It worked.
    Succeeded,
    /// It did not.
    Failed(&'a Fault),
    /// Whoever follows it says through the API how it stands: its status, and its conclusion when it is over.
    Told(&'a str, Option<&'a str>),
    /// GitHub shows this.
    Reported(&'a Content),
    /// GitHub will not show this, for a reason that GitHub or we gave.
    NotReported(&'a Content, &'a str),
}

impl Happening<'_> {
    /// Its word.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Delivered(_) => Kind::Delivery,
            Self::Queued(_) => Kind::Queued,
            Self::Asked(_) => Kind::Asked,
            Self::Refused { .. } => Kind::Refused,
            Self::Waits(_) => Kind::Waiting,
            Self::Writes => Kind::Writing,
            Self::DispatchAsked(_) => Kind::DispatchAsked,
            Self::Dispatched(_) => Kind::Dispatched,
            Self::Running => Kind::Running,
            Self::Ended(_) => Kind::Outcome,
            Self::Submitted(_) => Kind::Submitted,
            Self::Job(..) | Self::JobReplaced(_) => Kind::JobState,
            Self::CancelAsked(_) => Kind::CancelAsked,
            Self::Succeeded => Kind::Succeeded,
            Self::Failed(fault) => match conclusion(fault) {
                Conclusion::Cancelled => Kind::Cancelled,
                Conclusion::TimedOut => Kind::TimedOut,
                Conclusion::Skipped => Kind::Skipped,
                _ => Kind::Failed,
            },
            Self::Told(..) => Kind::Told,
            Self::Reported(_) => Kind::Reported,
            Self::NotReported(..) => Kind::NotReported,
        }
    }

    /// Its sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::Delivered(event) => format!("GitHub told us of it by the event {}", line(event)),
            Self::Queued(origin) => origin.sentence(),
            Self::Asked(by) => format!("Asked for by @{}, who may by GitHub's word", line(by.as_str())),
            Self::Refused { command, by, why } => {
                format!("{command} by @{} was refused: {}", line(by.as_str()), why.sentence())
            }
            Self::Waits(writer) => {
                format!("Waits for recipe run {writer}, which comes first at the same place")
            }
            Self::Writes => "No other run writes to its place from here on".into(),
            Self::DispatchAsked(dispatch) => {
                format!("GitHub Actions is asked to carry it out, under the name {dispatch}")
            }
            Self::Dispatched(run) => format!("GitHub Actions has it as workflow run {run}"),
            Self::Running => "A machine of GitHub Actions works on it".into(),
            Self::Ended(Ok(RunResult::Baked { stores, .. })) => match stores.len() {
                1 => "The workflow run has ended and tells of one store".into(),
                several => format!("The workflow run has ended and tells of {several} stores"),
            },
            Self::Ended(Ok(RunResult::Submitted { .. })) => {
                "The workflow run has ended and tells that it handed a job over".into()
            }
            Self::Ended(Ok(RunResult::Failed(failure))) => {
                format!("The workflow run has ended and tells of a failure: {}", line(&failure.error))
            }
            Self::Ended(Ok(RunResult::Expanded { .. })) => {
                "The workflow run has ended with an answer to something else".into()
            }
            Self::Ended(Err(fault)) => told(fault).headline,
            Self::Submitted(job) => format!("The bakery has taken it as the job {}", line(job)),
            Self::Job(state, since) => {
                let since = since.format("%Y-%m-%dT%H:%M:%SZ");
                format!("The job {}: {} since {since}", in_words(*state), state.as_str())
            }
            Self::JobReplaced(next) => format!("The job goes on as {}: JOB_STATE_UPDATED", line(next)),
            Self::CancelAsked(by) => format!("@{} asked to stop it", line(by.as_str())),
            Self::Succeeded => "The data is written".into(),
            Self::Failed(fault) => told(fault).headline,
            Self::Told(status, None) => format!("The API was told that it is {status}"),
            Self::Told(status, Some(end)) => format!("The API was told that it is {status}: {end}"),
            Self::Reported(content) => format!("GitHub shows {}", shown(content)),
            Self::NotReported(content, why) => {
                format!("GitHub will not show {}: {}", shown(content), line(why))
            }
        }
    }
}

impl Origin<'_> {
    fn sentence(self) -> String {
        match self {
            Self::Proposed(number, sha) => {
                format!("Pull request #{number} brings its recipe, at {}", sha.short())
            }
            Self::Merged(number, sha) => format!("Pull request #{number} was merged, as {}", sha.short()),
            Self::Named(number, sha) => {
                format!("A comment on #{number} named its recipe, which is at {}", sha.short())
            }
            Self::Again(earlier) => format!("Another attempt at what recipe run {earlier} was for"),
        }
    }
}

impl Refusal<'_> {
    fn sentence(self) -> String {
        match self {
            Self::Role { role, needed } => {
                format!("the role {} is less than {needed}, which it needs", line(role))
            }
            Self::Late(hours) => format!("it was come to {hours} hours later"),
            Self::Closed => "the pull request is closed".into(),
            Self::NotShown => "the commit had not been shown when it was written".into(),
        }
    }
}

fn in_words(state: JobState) -> &'static str {
    match state {
        JobState::Unknown => "stands in a way that Dataflow does not say",
        JobState::Queued | JobState::Pending | JobState::Stopped => "waits to begin",
        JobState::Running => "runs",
        JobState::Draining => "finishes what it has read",
        JobState::Cancelling => "is being cancelled",
        JobState::CleaningUp => "puts its things away",
        JobState::Done => "did all of it",
        JobState::Failed => "failed",
        JobState::Cancelled => "was cancelled",
        JobState::Updated => "goes on as another one",
        JobState::Drained => "was drained",
    }
}

fn shown(content: &Content) -> String {
    match content {
        Content::CheckRun(check) => format!("a check: {}", line(&check.title)),
        Content::Comment { pull_request, .. } => format!("a comment on #{pull_request}"),
        Content::NoComment { pull_request } => {
            format!("a newer comment on #{pull_request} in place of the one about this run")
        }
        Content::Deployment(deployment) => {
            format!("a deployment, {}: {}", deployment.state.as_str(), line(&deployment.status))
        }
        Content::Reaction { .. } => "a reaction".into(),
    }
}

/// The run that a report is about, by its key; none for what is about several, or about no run.
pub fn run_of_report(key: &str) -> Option<RecipeRunId> {
    let run = result::run_of(key.strip_suffix("/result").unwrap_or(key));
    run.or_else(|| production::run_of(key))
}

/// The keys of everything that GitHub shows of one run alone.
pub fn reports_of(run: RecipeRunId) -> [String; 3] {
    [result::check_key(run), result::comment_key(run), production::deployment_key(run)]
}
