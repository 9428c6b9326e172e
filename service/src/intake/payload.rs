//! The fields that we read from GitHub's webhook payloads, and no others. Each may be missing: GitHub leaves objects out for
//! deleted users and forks, and other versions of it send other things.
//! <https://docs.github.com/webhooks/webhook-events-and-payloads>

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::id::{CommentId, GithubRunId, InstallationId, Login, PullNumber};

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
pub(super) struct Installation {
    pub(super) id: Option<InstallationId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequest {
    pub(super) number: Option<PullNumber>,
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
