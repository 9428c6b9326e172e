//! Installation tokens: asked for one repository and one group of calls (or for a list of repositories), kept in memory until five minutes before they end.
//! <https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app>

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Github;
use super::call::{CREATE_TOKEN, Grant};
use super::error::Result;
use crate::domain::id::{InstallationId, RepoName};

const LEFT_AT_LEAST: TimeDelta = TimeDelta::minutes(5);

/// No repository stands for all that the installation covers.
type Scope = (InstallationId, Option<RepoName>, Grant);

#[derive(Default)]
pub(super) struct Tokens {
    known: Mutex<HashMap<Scope, Token>>,
}

struct Token {
    secret: SecretString,
    good_until: DateTime<Utc>,
}

impl Tokens {
    fn find(&self, scope: &Scope, now: DateTime<Utc>) -> Option<SecretString> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(scope).filter(|token| now < token.good_until).map(|token| token.secret.clone())
    }

    fn keep(&self, scope: Scope, token: Token, now: DateTime<Utc>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, token| now < token.good_until);
        known.insert(scope, token);
    }

    /// Drops a token that GitHub refused.
    pub(super) fn forget(&self, installation: InstallationId, repository: Option<&RepoName>, grant: Grant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(installation, repository.cloned(), grant));
    }

    /// Drops every token of an installation.
    pub(super) fn forget_all(&self, installation: InstallationId) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(of, ..), _| *of != installation);
    }
}

/// A token that somebody holds in their own hand.
#[derive(Debug)]
pub struct InstallationToken {
    /// The token.
    pub secret: SecretString,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl Github {
    /// A new token for one repository, or for all of an installation, which is not kept.
    pub async fn fresh_token(
        &self,
        installation: InstallationId,
        repository: Option<&RepoName>,
        grant: Grant,
        now: DateTime<Utc>,
    ) -> Result<InstallationToken> {
        let token = self.ask_for_token(installation, grant, &request(repository, grant), now).await?;
        Ok(InstallationToken { secret: token.secret, expires_at: token.good_until + LEFT_AT_LEAST })
    }

    /// A token for every repository of an installation, for one call. It is not kept.
    pub(super) async fn token_for_all(
        &self,
        installation: InstallationId,
        grant: Grant,
        now: DateTime<Utc>,
    ) -> Result<SecretString> {
        Ok(self.ask_for_token(installation, grant, &request(None, grant), now).await?.secret)
    }

    /// A token for one repository, or for all of an installation, from those that are kept.
    pub(super) async fn token(
        &self,
        installation: InstallationId,
        repository: Option<&RepoName>,
        grant: Grant,
        now: DateTime<Utc>,
    ) -> Result<SecretString> {
        let scope = (installation, repository.cloned(), grant);
        if let Some(token) = self.tokens.find(&scope, now) {
            return Ok(token);
        }
        let token = self.ask_for_token(installation, grant, &request(repository, grant), now).await?;
        let secret = token.secret.clone();
        self.tokens.keep(scope, token, now);
        Ok(secret)
    }

    async fn ask_for_token(
        &self,
        installation: InstallationId,
        grant: Grant,
        body: &Value,
        now: DateTime<Utc>,
    ) -> Result<Token> {
        #[derive(Deserialize)]
        struct Answer {
            token: String,
            expires_at: DateTime<Utc>,
        }
        let path = format!("/app/installations/{installation}/access_tokens");
        let answer = self.exchange_as_app(CREATE_TOKEN, &path, Some(body)).await;
        // GitHub refuses the whole token for one permission that the App was not given, and does not say which.
        let answer = answer.map_err(|error| error.asking_for(&grant.to_string()));
        let answer: Answer = self.limits.note(installation, answer, now)?.json(CREATE_TOKEN)?;
        let secret = SecretString::from(answer.token);
        Ok(Token { secret, good_until: answer.expires_at - LEFT_AT_LEAST })
    }
}

/// What is asked for, in the form of GitHub's request.
fn request(repository: Option<&RepoName>, grant: Grant) -> Value {
    let mut body = json!({ "permissions": grant.permissions() });
    if let Some(repository) = repository {
        body["repositories"] = json!([repository.name()]);
    }
    body
}
