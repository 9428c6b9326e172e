//! The fields that we read from GitHub's webhook payloads, and no others. Each may be missing: GitHub leaves objects out for
//! deleted users and forks, and other versions of it send other things.
//! <https://docs.github.com/webhooks/webhook-events-and-payloads>

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::id::{CommentId, GithubRunId, InstallationId, Login, PullNumber, Sha};

/// Any payload.
#[derive(Debug, Deserialize)]
pub(super) struct Payload {
    action: Option<String>,
    pub(super) repository: Option<Repository>,
    pub(super) installation: Option<Installation>,
    pub(super) pull_request: Option<PullRequest>,
    pub(super) issue: Option<Issue>,
    pub(super) comment: Option<Comment>,
    pub(super) workflow_run: Option<WorkflowRun>,
    pub(super) check_run: Option<Check>,
    pub(super) check_suite: Option<Check>,
    pub(super) sender: Option<User>,
    /// With `labeled` and `unlabeled`.
    pub(super) label: Option<Label>,
    /// With `installation_repositories`.
    #[serde(default)]
    pub(super) repositories_added: Vec<Repository>,
    /// The same.
    #[serde(default)]
    pub(super) repositories_removed: Vec<Repository>,
}

impl Payload {
    pub(super) fn action(&self) -> &str {
        self.action.as_deref().unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) full_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Label {
    pub(super) name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Installation {
    pub(super) id: Option<InstallationId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequest {
    pub(super) number: Option<PullNumber>,
    /// Told when it is closed.
    pub(super) merged: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) number: Option<PullNumber>,
    /// Only a pull request's issue has it.
    pub(super) pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: Option<CommentId>,
    pub(super) body: Option<String>,
    pub(super) user: Option<User>,
    pub(super) created_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: Login,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WorkflowRun {
    pub(super) id: Option<GithubRunId>,
    pub(super) event: Option<String>,
    pub(super) display_title: Option<String>,
}

/// A check run, or a whole suite of them.
#[derive(Debug, Deserialize)]
pub(super) struct Check {
    /// Only a check run has it.
    pub(super) external_id: Option<String>,
    pub(super) head_sha: Option<Sha>,
    pub(super) app: Option<App>,
}

#[derive(Debug, Deserialize)]
pub(super) struct App {
    pub(super) id: Option<u64>,
}
