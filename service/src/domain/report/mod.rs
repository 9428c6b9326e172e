//! Everything that we show on GitHub: the shape of it here, and every sentence of it in the files below, one for each kind of
//! thing. All of it is pure: state goes in, text comes out. Text from a recipe, a comment or a runner is hostile and passes
//! through [`markdown`] on its way.

pub mod cancel;
pub mod check;
pub mod creation;
pub mod markdown;
pub mod obstacle;
pub mod production;
pub mod reply;
pub mod result;
pub mod retry;
pub mod status;
pub mod trouble;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{CommentId, PullNumber, Sha};
use super::run::{Conclusion, Status};

/// What one thing on GitHub should say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "show", rename_all = "snake_case")]
pub enum Content {
    /// A check run on a commit.
    CheckRun(CheckRun),
    /// A comment on a pull request or an issue.
    Comment {
        /// Where.
        pull_request: PullNumber,
        /// Markdown, without our marker.
        body: String,
    },
    /// A comment that should be gone, since a newer one says it better.
    NoComment {
        /// Where.
        pull_request: PullNumber,
    },
    /// A reaction to a comment.
    Reaction {
        /// To which.
        comment: CommentId,
        /// Which.
        reaction: Reaction,
    },
    /// A deployment of a commit, with the newest of its statuses.
    Deployment(Deployment),
}

/// What a deployment should say. Source: <https://docs.github.com/rest/deployments>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The commit.
    pub sha: Sha,
    /// The environment: the recipe's id.
    pub environment: String,
    /// One line about the deployment itself.
    pub description: String,
    /// How it stands.
    pub state: DeploymentState,
    /// One line about how it stands, 140 characters at most.
    pub status: String,
    /// The run's page.
    pub environment_url: String,
    /// The log's page, once there is one.
    pub log_url: Option<String>,
}

/// How a deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Waiting.
    Queued,
    /// Going on.
    InProgress,
    /// The data is there.
    Success,
    /// It did not work.
    Failure,
    /// It was stopped, or another one took its place.
    Inactive,
}

impl DeploymentState {
    /// GitHub's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Inactive => "inactive",
        }
    }
}

/// What a check run should say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRun {
    /// The name in the list of checks.
    pub name: String,
    /// The commit.
    pub head_sha: Sha,
    /// How far it is.
    pub status: Status,
    /// How it ended, once it has.
    pub conclusion: Option<Conclusion>,
    /// When the work began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// The page behind "Details".
    pub details_url: Option<String>,
    /// One line: the state, and who has to act next.
    pub title: String,
    /// Markdown.
    pub summary: String,
    /// More Markdown, folded away by GitHub.
    #[serde(default)]
    pub text: String,
    /// Remarks on lines.
    #[serde(default)]
    pub annotations: Vec<Annotation>,
}

/// A remark on a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// The file, from the repository's root.
    pub path: String,
    /// The first line, from 1.
    pub start_line: u32,
    /// The last line.
    pub end_line: u32,
    /// How bad it is.
    pub annotation_level: AnnotationLevel,
    /// One short line.
    pub title: String,
    /// The remark, 64 KB at most.
    pub message: String,
}

/// How bad the thing that is remarked on is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnnotationLevel {
    /// It stands in the way.
    Failure,
    /// It may be a mistake.
    Warning,
}

/// A reaction that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reaction {
    /// Seen.
    #[serde(rename = "eyes")]
    Eyes,
    /// On its way.
    #[serde(rename = "rocket")]
    Rocket,
    /// No.
    #[serde(rename = "-1")]
    ThumbsDown,
}

impl Reaction {
    /// GitHub's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eyes => "eyes",
            Self::Rocket => "rocket",
            Self::ThumbsDown => "-1",
        }
    }
}

/// A line by which our own comment can be told from all others; a reader of the page does not see it.
pub fn marker(key: &str) -> String {
    format!("<!-- pangeo-forge: {key} -->")
}
