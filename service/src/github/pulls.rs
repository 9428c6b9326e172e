//! Pull requests: <https://docs.github.com/rest/pulls/pulls>

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::call::{GET_PULL, LIST_FILES, LIST_PULLS};
use super::{Repository, Result};
use crate::domain::id::{Login, PullNumber, Sha};

/// A pull request as it stands.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Whether it can still be merged.
    pub is_open: bool,
    /// Its title.
    pub title: String,
    /// Who opened it.
    pub author: Login,
    /// Its newest commit.
    pub head_sha: Sha,
    /// The branch that it goes to.
    pub base_ref: String,
    /// The default branch of the repository that it goes to.
    pub default_branch: String,
    /// The commit that merged it; none unless it is merged.
    pub merge_commit: Option<Sha>,
    /// The names of its labels.
    pub labels: Vec<String>,
}

/// A pull request as a list tells of it.
#[derive(Debug, Clone)]
pub struct ListedPull {
    /// Its number.
    pub number: PullNumber,
    /// Its newest commit.
    pub head_sha: Sha,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was merged; none unless it was.
    pub merged_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Listed {
    number: PullNumber,
    head: ListedHead,
    updated_at: DateTime<Utc>,
    merged_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct ListedHead {
    sha: Sha,
}

impl From<Listed> for ListedPull {
    fn from(listed: Listed) -> Self {
        let Listed { number, head, updated_at, merged_at } = listed;
        Self { number, head_sha: head.sha, updated_at, merged_at }
    }
}

/// A file that a pull request changes.
#[derive(Debug, Clone, Deserialize)]
pub struct ChangedFile {
    /// Its path, after the change.
    pub filename: String,
    /// GitHub's word: `added`, `modified`, `removed`, `renamed`, `copied`, `changed`, `unchanged`.
    pub status: String,
    /// Its path before a rename.
    pub previous_filename: Option<String>,
}

impl Repository<'_> {
    /// The pull request of that number.
    pub async fn pull(&self, number: PullNumber) -> Result<Pull> {
        #[derive(Deserialize)]
        struct Body {
            state: String,
            title: String,
            user: Option<User>,
            head: Head,
            base: Base,
            #[serde(default)]
            merged: bool,
            merge_commit_sha: Option<Sha>,
            #[serde(default)]
            labels: Vec<Label>,
        }
        #[derive(Deserialize)]
        struct Base {
            #[serde(rename = "ref")]
            name: String,
            repo: BaseRepository,
        }
        #[derive(Deserialize)]
        struct BaseRepository {
            default_branch: String,
        }
        #[derive(Deserialize)]
        struct Label {
            name: String,
        }
        #[derive(Deserialize)]
        struct User {
            login: Login,
        }
        #[derive(Deserialize)]
        struct Head {
            sha: Sha,
        }
        let body: Body = self.get(GET_PULL, &format!("/pulls/{number}")).await?;
        Ok(Pull {
            is_open: body.state == "open",
            title: body.title,
            // A deleted account leaves no user behind; GitHub shows it as `ghost`.
            author: body.user.map_or_else(|| "ghost".into(), |user| user.login),
            head_sha: body.head.sha,
            base_ref: body.base.name,
            default_branch: body.base.repo.default_branch,
            // Before the merge it names a commit that GitHub tried out.
            merge_commit: body.merge_commit_sha.filter(|_| body.merged),
            labels: body.labels.into_iter().map(|label| label.name).collect(),
        })
    }

    /// Every open pull request.
    pub async fn open_pulls(&self) -> Result<Vec<ListedPull>> {
        let page = |page: Vec<Listed>| page.into_iter().map(ListedPull::from).collect();
        self.get_all(LIST_PULLS, "/pulls?state=open", page).await
    }

    /// The closed pull requests that changed since a moment, the latest change first.
    pub async fn closed_pulls_since(&self, since: DateTime<Utc>) -> Result<Vec<ListedPull>> {
        const PER_PAGE: usize = 100;
        let mut all: Vec<ListedPull> = Vec::new();
        for page in 1.. {
            let path =
                format!("/pulls?state=closed&sort=updated&direction=desc&per_page={PER_PAGE}&page={page}");
            let listed: Vec<Listed> = self.get(LIST_PULLS, &path).await?;
            // Whatever stands behind one that is older is older still.
            let is_last =
                listed.len() < PER_PAGE || listed.last().is_some_and(|pull| pull.updated_at < since);
            all.extend(listed.into_iter().map(ListedPull::from).filter(|pull| pull.updated_at >= since));
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Every file that the pull request changes. GitHub lists 3,000 at most.
    pub async fn changed_files(&self, number: PullNumber) -> Result<Vec<ChangedFile>> {
        self.get_all(LIST_FILES, &format!("/pulls/{number}/files"), |page: Vec<ChangedFile>| page).await
    }
}
