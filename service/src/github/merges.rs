//! Pull requests of our own, from proposal to merge, and the authors of others': <https://docs.github.com/rest/pulls/pulls>

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::call::{CREATE_PULL, LIST_COMMITS, LIST_PULLS, MERGE_PULL};
use super::{Repository, Result, encode};
use crate::domain::id::{Login, PullNumber, Sha};

/// A pull request in a list.
#[derive(Debug, Clone)]
pub struct PullOfBranch {
    /// Its number.
    pub number: PullNumber,
    /// Who opened it.
    pub author: Login,
    /// Whether it can still be merged.
    pub is_open: bool,
    /// Whether it was.
    pub is_merged: bool,
}

#[derive(Deserialize)]
struct Account {
    login: Login,
    #[serde(rename = "type", default)]
    kind: String,
}

impl Repository<'_> {
    /// The pull requests that ever came from a branch of this repository, newest first.
    pub async fn pulls_from(&self, branch: &str) -> Result<Vec<PullOfBranch>> {
        #[derive(Deserialize)]
        struct Body {
            number: PullNumber,
            state: String,
            user: Option<Account>,
            merged_at: Option<DateTime<Utc>>,
        }
        let path = format!("/pulls?state=all&head={}:{}", self.name.owner(), encode(branch));
        let all = self.get_all(LIST_PULLS, &path, |page: Vec<Body>| page).await?;
        let listed = all.into_iter().map(|body| PullOfBranch {
            number: body.number,
            author: body.user.map_or_else(|| "ghost".into(), |user| user.login),
            is_open: body.state == "open",
            is_merged: body.merged_at.is_some(),
        });
        Ok(listed.collect())
    }

    /// Proposes a branch. GitHub refuses a second open pull request from it.
    pub async fn create_pull(&self, branch: &str, base: &str, title: &str, text: &str) -> Result<PullNumber> {
        #[derive(Deserialize)]
        struct Made {
            number: PullNumber,
        }
        let body = json!({ "title": title, "head": branch, "base": base, "body": text });
        let made: Made = self.send(CREATE_PULL, "/pulls", Some(&body)).await?.json(CREATE_PULL)?;
        Ok(made.number)
    }

    /// Merges a pull request, if its newest commit is this one.
    pub async fn merge_pull(&self, number: PullNumber, head: &Sha) -> Result<()> {
        let path = format!("/pulls/{number}/merge");
        self.send(MERGE_PULL, &path, Some(&json!({ "sha": head }))).await.map(drop)
    }

    /// The authors of a pull request's commits, of which GitHub lists 250 at most: an account, and whether it is a bot's; none for an
    /// author without one.
    pub async fn authors(&self, number: PullNumber) -> Result<Vec<Option<(Login, bool)>>> {
        #[derive(Deserialize)]
        struct Body {
            author: Option<Author>,
        }
        /// GitHub writes `{}` for somebody it does not know.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Author {
            Known(Account),
            Unknown {},
        }
        let path = format!("/pulls/{number}/commits");
        let all = self.get_all(LIST_COMMITS, &path, |page: Vec<Body>| page).await?;
        let authors = all.into_iter().map(|body| match body.author {
            Some(Author::Known(account)) => Some((account.login, account.kind == "Bot")),
            Some(Author::Unknown {}) | None => None,
        });
        Ok(authors.collect())
    }
}
