//! Comments on pull requests, which GitHub keeps as comments on issues, and reactions to them:
//! <https://docs.github.com/rest/issues/comments>, <https://docs.github.com/rest/reactions/reactions>

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::json;

use super::call::{
    CREATE_COMMENT, CREATE_REACTION, DELETE_COMMENT, GET_COMMENT, LIST_COMMENTS, UPDATE_COMMENT,
};
use super::{Repository, Result};
use crate::domain::id::{CommentId, GithubObjectId, Login, PullNumber};
use crate::domain::report::Reaction;

/// A comment as it stands.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its id.
    pub id: GithubObjectId,
    /// Who wrote it.
    pub author: Login,
    /// Its text.
    pub body: String,
}

#[derive(Deserialize)]
struct Told {
    id: GithubObjectId,
    user: Option<User>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct User {
    login: Login,
}

impl From<Told> for Comment {
    fn from(told: Told) -> Self {
        let author = told.user.map_or_else(|| "ghost".into(), |user| user.login);
        Self { id: told.id, author, body: told.body.unwrap_or_default() }
    }
}

impl Repository<'_> {
    /// Whether a comment is still there.
    pub async fn comment_exists(&self, id: CommentId) -> Result<bool> {
        match self.get::<serde::de::IgnoredAny>(GET_COMMENT, &format!("/issues/comments/{id}")).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes a comment. GitHub writes another one each time it is asked.
    pub async fn create_comment(&self, number: PullNumber, body: &str) -> Result<GithubObjectId> {
        let path = format!("/issues/{number}/comments");
        let comment: Told =
            self.send(CREATE_COMMENT, &path, Some(&json!({ "body": body }))).await?.json(CREATE_COMMENT)?;
        Ok(comment.id)
    }

    /// Changes a comment.
    pub async fn update_comment(&self, id: GithubObjectId, body: &str) -> Result<()> {
        self.send(UPDATE_COMMENT, &format!("/issues/comments/{id}"), Some(&json!({ "body": body })))
            .await
            .map(drop)
    }

    /// Takes a comment away; one that is gone is gone.
    pub async fn delete_comment(&self, id: GithubObjectId) -> Result<()> {
        match self.send(DELETE_COMMENT, &format!("/issues/comments/{id}"), None::<&()>).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The comments of a pull request that were written or changed since a moment.
    pub async fn comments_since(&self, number: PullNumber, since: DateTime<Utc>) -> Result<Vec<Comment>> {
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let path = format!("/issues/{number}/comments?since={since}");
        self.get_all(LIST_COMMENTS, &path, |page: Vec<Told>| page.into_iter().map(Comment::from).collect())
            .await
    }

    /// Reacts to a comment. Asked again, GitHub answers with the reaction that is there.
    pub async fn react(&self, comment: CommentId, reaction: Reaction) -> Result<GithubObjectId> {
        let path = format!("/issues/comments/{comment}/reactions");
        let made: Told = self
            .send(CREATE_REACTION, &path, Some(&json!({ "content": reaction })))
            .await?
            .json(CREATE_REACTION)?;
        Ok(made.id)
    }
}
