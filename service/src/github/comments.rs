//! Comments on pull requests, which GitHub keeps as comments on issues, and reactions to them:
//! <https://docs.github.com/rest/issues/comments>, <https://docs.github.com/rest/reactions/reactions>

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::json;

use super::call::{
    CREATE_COMMENT, CREATE_REACTION, DELETE_COMMENT, GET_COMMENT, LIST_ALL_COMMENTS, LIST_COMMENTS,
    UPDATE_COMMENT,
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

/// A comment as a list of all comments in a repository tells of it.
#[derive(Debug, Clone)]
pub struct RepositoryComment {
    /// Its id.
    pub id: CommentId,
    /// The number of the pull request or issue that it stands on.
    pub number: PullNumber,
    /// Whether that is an issue and no pull request.
    pub on_issue: bool,
    /// Who wrote it; none where the account is gone.
    pub author: Option<Login>,
    /// GitHub's word for what the author is: `User`, `Bot`.
    pub author_kind: Option<String>,
    /// Its text.
    pub body: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
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

    /// The comments on all pull requests and issues that were written or changed since a moment, oldest first.
    pub async fn all_comments_since(&self, since: DateTime<Utc>) -> Result<Vec<RepositoryComment>> {
        #[derive(Deserialize)]
        struct Listed {
            id: CommentId,
            body: Option<String>,
            user: Option<Author>,
            created_at: DateTime<Utc>,
            issue_url: String,
            html_url: String,
        }
        #[derive(Deserialize)]
        struct Author {
            login: Login,
            #[serde(rename = "type")]
            kind: Option<String>,
        }
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let path = format!("/issues/comments?since={since}");
        let listed = self.get_all(LIST_ALL_COMMENTS, &path, |page: Vec<Listed>| page).await?;
        let comments = listed.into_iter().filter_map(|listed| {
            // The list names neither the number nor the kind of what the comment stands on, but by the addresses of it.
            let number = listed.issue_url.rsplit('/').next()?.parse().ok()?;
            let (author, author_kind) = listed.user.map(|user| (user.login, user.kind)).unzip();
            Some(RepositoryComment {
                id: listed.id,
                number: PullNumber(number),
                on_issue: !listed.html_url.contains("/pull/"),
                author,
                author_kind: author_kind.flatten(),
                body: listed.body.unwrap_or_default(),
                created_at: listed.created_at,
            })
        });
        Ok(comments.collect())
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
