//! Any of the calls with any fields, for an operator who looks for the reason of something.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::call::{Call, Grant};
use super::transport::Answer;
use super::{Error, Github, Result};
use crate::domain::id::{InstallationId, RepoName};

/// As whom a call is made.
#[derive(Debug, Clone, Copy)]
pub enum Speaker<'a> {
    /// As the App itself.
    App,
    /// Through an installation: with a token for one repository, or for all that it covers.
    Installation(InstallationId, Option<&'a RepoName>),
}

/// What GitHub answered.
#[derive(Debug, Clone, PartialEq)]
pub struct FreeAnswer {
    /// The status, below 400.
    pub status: u16,
    /// The body; null where there was none, and a text where it was no JSON.
    pub body: Value,
}

impl From<Answer> for FreeAnswer {
    fn from(answer: Answer) -> Self {
        let text = answer.text();
        let body = match serde_json::from_str(text) {
            Ok(json) => json,
            Err(_) if text.is_empty() => Value::Null,
            Err(_) => text.into(),
        };
        Self { status: answer.status, body }
    }
}

impl Github {
    /// Makes one of the calls at `path`, which must be one that the call's own path stands for.
    pub async fn call(
        &self,
        call: &'static Call,
        path: &str,
        body: Option<&Value>,
        speaker: Speaker<'_>,
        now: DateTime<Utc>,
    ) -> Result<FreeAnswer> {
        let answer = match (call.grant, speaker) {
            (Grant::Nobody, _) => self.exchange_as_nobody(call, path).await,
            (_, Speaker::App) => self.as_app(now).send_body(call, path, body).await,
            (_, Speaker::Installation(id, repository)) => {
                self.send_through((id, repository), call, path, body, now).await
            }
        };
        answer.map(Into::into)
    }

    /// Sends a request with the token for a repository, or for all that an installation covers.
    pub(super) async fn send_through<B: Serialize + ?Sized>(
        &self,
        (installation, repository): (InstallationId, Option<&RepoName>),
        call: &'static Call,
        path: &str,
        body: Option<&B>,
        now: DateTime<Utc>,
    ) -> Result<Answer> {
        self.limits.check(installation, call, now)?;
        let token = self.token(installation, repository, call.grant, now).await?;
        let answer = self.exchange((installation, &token), call, path, body).await;
        if answer.as_ref().is_err_and(Error::is_unauthorized) {
            self.tokens.forget(installation, repository, call.grant);
        }
        self.limits.note(installation, answer, now)
    }
}
