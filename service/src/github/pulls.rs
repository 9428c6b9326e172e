//! Pull requests: <https://docs.github.com/rest/pulls/pulls>

use serde::Deserialize;

use super::call::{GET_PULL, LIST_FILES};
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
        })
    }

    /// Every file that the pull request changes. GitHub lists 3,000 at most.
    pub async fn changed_files(&self, number: PullNumber) -> Result<Vec<ChangedFile>> {
        self.get_all(LIST_FILES, &format!("/pulls/{number}/files"), |page: Vec<ChangedFile>| page).await
    }
}
