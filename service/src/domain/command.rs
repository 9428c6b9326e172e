//! What the outside asks of us, once the JSON is gone: one plain struct for each thing a delivery can mean.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{CommentId, DispatchId, GithubRunId, InstallationId, Login, PullNumber, RepoName};

/// Whether events of this kind can ask for anything. The others are kept, and never read.
pub fn is_read(event: &str) -> bool {
    matches!(event, "pull_request" | "issue_comment" | "workflow_run")
}

/// A pull request, and the installation through which we may speak about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// The base repository.
    pub repository: RepoName,
    /// The number there.
    pub number: PullNumber,
    /// The installation that the delivery named.
    pub installation: InstallationId,
}

/// A comment on a pull request whose first line is addressed to us.
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
    /// Answer a comment.
    Answer(CommentCommand),
    /// Look at a workflow run that we may have dispatched.
    LookAtWorkflowRun(WorkflowRunNews),
}
