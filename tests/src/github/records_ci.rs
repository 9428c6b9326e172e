//! The things that tell how a commit does: check runs and deployments. Plain data, as in [`super::records`].

use chrono::{DateTime, Utc};

use super::git::Sha;

/// A check run. All of them belong to the App under test.
#[derive(Debug, Clone)]
pub struct CheckRun {
    /// Its id.
    pub id: u64,
    /// The commit it judges.
    pub head_sha: Sha,
    /// Its name.
    pub name: String,
    /// The App's own key.
    pub external_id: Option<String>,
    /// Where the App says more.
    pub details_url: Option<String>,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// Set once completed.
    pub conclusion: Option<String>,
    /// When the check began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// The headline.
    pub title: Option<String>,
    /// The first text.
    pub summary: Option<String>,
    /// The second text.
    pub text: Option<String>,
    /// Remarks on lines; grow with each update.
    pub annotations: Vec<serde_json::Value>,
}

/// A deployment.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Its id.
    pub id: u64,
    /// The commit that is deployed.
    pub sha: Sha,
    /// The branch, tag or commit that was named.
    pub git_ref: String,
    /// What is done: `deploy` unless said otherwise.
    pub task: String,
    /// Where to.
    pub environment: String,
    /// One sentence.
    pub description: Option<String>,
    /// The App's own data.
    pub payload: serde_json::Value,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Oldest first.
    pub statuses: Vec<DeploymentStatus>,
}

/// How a deployment goes.
#[derive(Debug, Clone)]
pub struct DeploymentStatus {
    /// Its id.
    pub id: u64,
    /// `success`, `failure`, `in_progress` …
    pub state: String,
    /// One sentence.
    pub description: Option<String>,
    /// Where the log is.
    pub log_url: Option<String>,
    /// Where the result is.
    pub environment_url: Option<String>,
    /// When it was said.
    pub created_at: DateTime<Utc>,
}
