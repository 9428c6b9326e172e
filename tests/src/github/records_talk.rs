//! What people talk about: pull requests, issues, comments and reactions. Plain data, as in [`super::records`].

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::git::Sha;

/// A pull request.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Its id, which is not its number.
    pub id: u64,
    /// Its number in the repository.
    pub number: u64,
    /// The account that opened it.
    pub author: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// The repository that the branch is in, by full name.
    pub head_repo: String,
    /// The branch to be merged.
    pub head_branch: String,
    /// The tip of that branch; stays what it was once the pull request is closed.
    pub head_sha: Sha,
    /// The branch to merge into.
    pub base_branch: String,
    /// The tip of the base branch when the pull request was opened.
    pub base_sha: Sha,
    /// Neither closed nor merged.
    pub open: bool,
    /// The commit that merged it.
    pub merge_commit: Option<Sha>,
    /// Marked as not ready.
    pub draft: bool,
    /// Only people with write access may comment.
    pub locked: bool,
    /// Names of labels.
    pub labels: BTreeSet<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// An issue that is no pull request.
#[derive(Debug, Clone)]
pub struct Issue {
    /// Its id, which is not its number.
    pub id: u64,
    /// Its number in the repository.
    pub number: u64,
    /// The account that opened it.
    pub author: String,
    /// Its title.
    pub title: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

/// A comment on a pull request or an issue.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its id.
    pub id: u64,
    /// The number of the pull request or issue.
    pub number: u64,
    /// The account that wrote it.
    pub author: String,
    /// Its text.
    pub body: String,
    /// Written through the App.
    pub by_app: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// In the order they came.
    pub reactions: Vec<Reaction>,
}

/// A reaction to a comment.
#[derive(Debug, Clone)]
pub struct Reaction {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub user: String,
    /// GitHub's word for the picture: `eyes`, `rocket`, `+1` …
    pub content: String,
    /// When it came.
    pub created_at: DateTime<Utc>,
}
