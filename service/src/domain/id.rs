//! Names and numbers that stand for something, each with a type of its own, so that no two can be mixed up.
//!
//! No rules live here but "is this shaped like one".

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )*};
}

number_id! {
    /// A row of `job`.
    JobId;
    /// A row of `feedstock`.
    FeedstockId;
    /// A row of `bakery`.
    BakeryId;
    /// A row of `recipe_run`.
    RecipeRunId;
    /// A row of `workflow_run`.
    WorkflowRunId;
    /// A row of `report`.
    ReportId;
    /// A row of `dataflow_job`.
    DataflowJobId;
    /// A row of `job_event`.
    JobEventId;
    /// A row of `run_event`.
    RunEventId;
    /// A row of `feedstock_creation`.
    FeedstockCreationId;
    /// An installation of the GitHub App.
    InstallationId;
    /// A pull request's number in its repository.
    PullNumber;
    /// GitHub's id of a comment on an issue or pull request.
    CommentId;
    /// GitHub's id of a workflow run.
    GithubRunId;
    /// GitHub's id of one attempt to deliver a webhook; these go beyond 2^53.
    HookAttemptId;
    /// GitHub's id of the thing a report became: a check run, a comment, a reaction.
    GithubObjectId;
}

text_id! {
    /// GitHub's unique id of a webhook delivery (`X-GitHub-Delivery`).
    DeliveryId;
    /// A commit's id, as GitHub writes it.
    Sha;
    /// A user's login name.
    Login;
    /// Our own name for one dispatched workflow run.
    DispatchId;
    /// What a piece of work goes back to: a webhook's delivery, by its id; a message about a Dataflow job, by its source; or the words
    /// `timer` and `cli`.
    Cause;
}

impl Cause {
    /// Nobody told us: the timer found out.
    pub fn timer() -> Self {
        Self("timer".to_owned())
    }

    /// An operator's command.
    pub fn cli() -> Self {
        Self("cli".to_owned())
    }
}

impl From<&DeliveryId> for Cause {
    fn from(delivery: &DeliveryId) -> Self {
        Self(delivery.0.clone())
    }
}

impl Sha {
    /// The first seven digits, as GitHub shows them.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

/// A repository by its full name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String", into = "String")]
#[sqlx(transparent)]
pub struct RepoName(String);

impl RepoName {
    /// Reads `owner/name`. Answers `None` for anything but two non-empty parts of the characters GitHub allows.
    pub fn parse(full_name: &str) -> Option<Self> {
        let legal = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let (owner, name) = full_name.split_once('/')?;
        (legal(owner) && legal(name)).then(|| Self(full_name.to_owned()))
    }

    /// `owner/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// The part after the slash.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for RepoName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a repository name of the form owner/name"))
    }
}

impl From<RepoName> for String {
    fn from(name: RepoName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_name_has_two_legal_parts() {
        let name = RepoName::parse("pangeo-forge/staged-recipes").expect("a plain name");
        assert_eq!((name.owner(), name.name()), ("pangeo-forge", "staged-recipes"));
        for bad in ["", "a", "a/", "/b", "a/b/c", "a/..", "a b/c", "a/b?c"] {
            assert_eq!(RepoName::parse(bad), None, "{bad}");
        }
    }
}
