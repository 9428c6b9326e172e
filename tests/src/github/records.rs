//! The things in the world: the App, accounts, repositories.
//!
//! Plain data. What changes them is in the routes and the verbs, what shows them is in [`super::render`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::actions::WorkflowRun;
use super::git::Sha;
use super::records_ci::{CheckRun, Deployment};
use super::records_talk::{Comment, Issue, Pull};

/// How far a permission reaches; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// See it.
    Read,
    /// Change it.
    Write,
}

impl Access {
    /// Reads GitHub's word for it; `admin` counts as write.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "write" | "admin" => Some(Self::Write),
            _ => None,
        }
    }

    /// GitHub's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Permission names with what they allow.
pub type Permissions = BTreeMap<String, Access>;

/// What a person may do in a repository; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing, not even reading a private repository.
    None,
    /// Read.
    Read,
    /// Sort issues.
    Triage,
    /// Push.
    Write,
    /// Push and change some settings.
    Maintain,
    /// Everything.
    Admin,
}

impl Role {
    /// The `role_name` of GitHub's answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// The older `permission` field, which knows four words only.
    pub fn legacy(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read | Self::Triage => "read",
            Self::Write | Self::Maintain => "write",
            Self::Admin => "admin",
        }
    }
}

/// The App under test, as it is registered.
#[derive(Debug, Clone)]
pub struct AppRecord {
    /// The App's id, the issuer of its tokens.
    pub id: u64,
    /// The other name its tokens may be issued under.
    pub client_id: String,
    /// The short name; `<slug>[bot]` is the account it acts as.
    pub slug: String,
    /// What the App may do where it is installed.
    pub permissions: Permissions,
    /// The webhook events that the App subscribed to.
    pub events: BTreeSet<String>,
    /// Its webhook, as `GET /app/hook/config` tells.
    pub hook: HookSettings,
}

/// The App's webhook. What is none is not set, and left out of the answer.
#[derive(Debug, Clone)]
pub struct HookSettings {
    /// Where webhooks go. Nothing is sent there.
    pub url: Option<String>,
    /// `json` or `form`.
    pub content_type: Option<String>,
    /// Nobody looks at the receiver's certificate.
    pub insecure_ssl: bool,
    /// Deliveries are signed.
    pub has_secret: bool,
}

/// The App on one account.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Its id.
    pub id: u64,
    /// The account's login.
    pub account: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when its owner lets it do nothing.
    pub suspended_at: Option<DateTime<Utc>>,
    /// What the account agreed to, where that is not what the App asks for by now.
    pub permissions: Option<Permissions>,
    /// The repositories it covers, by full name.
    pub repositories: BTreeSet<String>,
}

/// What an installation token was made for.
#[derive(Debug, Clone)]
pub struct TokenGrant {
    /// The installation that it acts for.
    pub installation: u64,
    /// The repositories it reaches, by full name.
    pub repositories: BTreeSet<String>,
    /// Whether it was not narrowed to some of the installation's repositories.
    pub is_whole: bool,
    /// What it may do there.
    pub permissions: Permissions,
    /// The moment it stops working.
    pub expires_at: DateTime<Utc>,
}

/// An account.
#[derive(Debug, Clone)]
pub struct User {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub login: String,
    /// `User`, `Organization` or `Bot`.
    pub kind: &'static str,
}

/// A repository.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Its id.
    pub id: u64,
    /// The account it belongs to.
    pub owner: String,
    /// Its short name.
    pub name: String,
    /// One line about it.
    pub description: Option<String>,
    /// The request that made it, where a route did.
    pub made_with: serde_json::Value,
    /// Hidden from people without a role.
    pub private: bool,
    /// The branch that pull requests aim at.
    pub default_branch: String,
    /// The full name of the repository that this one is a fork of.
    pub fork_of: Option<String>,
    /// The full name that all repositories which share their objects have in common.
    pub network: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who may do more than everybody.
    pub roles: BTreeMap<String, Role>,
    /// Branch names and their tips.
    pub branches: BTreeMap<String, Sha>,
    /// Pull requests by number.
    pub pulls: BTreeMap<u64, Pull>,
    /// Issues by number; pull requests share their numbers.
    pub issues: BTreeMap<u64, Issue>,
    /// Comments on pull requests and issues by id.
    pub comments: BTreeMap<u64, Comment>,
    /// Check runs by id.
    pub check_runs: BTreeMap<u64, CheckRun>,
    /// Workflow runs by id.
    pub workflow_runs: BTreeMap<u64, WorkflowRun>,
    /// Deployments by id.
    pub deployments: BTreeMap<u64, Deployment>,
}

impl Repository {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Whether a pull request or an issue has this number.
    pub fn has_conversation(&self, number: u64) -> bool {
        self.pulls.contains_key(&number) || self.issues.contains_key(&number)
    }

    /// The next number of a pull request or an issue.
    pub fn next_number(&self) -> u64 {
        let last = self.pulls.keys().chain(self.issues.keys()).max();
        last.map_or(1, |last| last + 1)
    }

    /// What `login` may do here. Everybody reads what is public; the owner may do everything.
    pub fn role(&self, login: &str) -> Role {
        let given = if login == self.owner { Some(Role::Admin) } else { self.roles.get(login).copied() };
        given.unwrap_or(if self.private { Role::None } else { Role::Read })
    }
}
