//! What the outside asks of us, once the JSON is gone: one plain struct for each thing a delivery can mean.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{CommentId, DispatchId, GithubRunId, InstallationId, Login, PullNumber, RepoName, Sha};

/// The kinds of events that can ask for anything. The others are kept, and never read.
pub const READ: [&str; 7] = [
    "pull_request",
    "issue_comment",
    "workflow_run",
    "check_run",
    "check_suite",
    "installation",
    "installation_repositories",
];

/// Whether events of this kind can ask for anything.
pub fn is_read(event: &str) -> bool {
    READ.contains(&event)
}

/// A pull request, and the installation through which we may speak about it. The number may be that of an issue, where a command
/// was written on one: GitHub counts both together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// The base repository.
    pub repository: RepoName,
    /// The number there.
    pub number: PullNumber,
    /// The installation that the delivery named.
    pub installation: InstallationId,
}

/// A comment on a pull request or an issue whose first line is addressed to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentCommand {
    /// Where it was said.
    pub pull_request: PullRequest,
    /// The comment.
    pub comment: CommentId,
    /// Who said it.
    pub author: Login,
    /// When, by GitHub's clock, to the second.
    pub created_at: DateTime<Utc>,
    /// The first line as it was created; a later edit does not change what was said.
    pub line: String,
    /// Whether it was said on an issue that is no pull request.
    #[serde(default)]
    pub on_issue: bool,
}

/// Somebody asked for one of our checks again, by the button that GitHub shows beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rerun {
    /// Where.
    pub repository: RepoName,
    /// The installation that the delivery named.
    pub installation: InstallationId,
    /// Who asked.
    pub asked_by: Login,
    /// The commit.
    pub head_sha: Sha,
    /// The key of the check (its `external_id`); none for all checks of the commit.
    pub check: Option<String>,
    /// The App that the check belongs to, when GitHub said so: whoever acts on it knows whether that is us.
    #[serde(default)]
    pub app: Option<u64>,
}

/// Where the App may no longer work, or may work again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationNews {
    /// Which installation.
    pub installation: InstallationId,
    /// Which of its repositories; empty for all that it has.
    pub repositories: Vec<RepoName>,
    /// Why work there has to stop, in GitHub's word; none when it may go on.
    pub stopped: Option<String>,
}

/// News of a workflow run: a hint to look, not a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRunNews {
    /// The name that we gave the dispatch.
    pub dispatch: DispatchId,
    /// GitHub's id, when the news came with one.
    pub github_run: Option<GithubRunId>,
}

/// One thing that a delivery asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Look at a pull request's newest commit.
    Synchronize(PullRequest),
    /// A pull request was closed, merged or not: what waits for it waits no longer.
    Close(PullRequest),
    /// A pull request was merged: see whether a recipe came with it.
    Merge(PullRequest),
    /// Answer a comment.
    Answer(CommentCommand),
    /// Look at a workflow run that we may have dispatched.
    LookAtWorkflowRun(WorkflowRunNews),
    /// Do again what a check stands for.
    Rerun(Rerun),
    /// Stop or go on in an installation.
    Installation(InstallationNews),
}
