//! The App itself, and how it speaks as itself: <https://docs.github.com/rest/apps/apps>

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::call::{Call, GET_APP, GET_INSTALLATION};
use super::error::Result;
use super::transport::Answer;
use super::{Credentials, Github, SetupError};
use crate::domain::id::{InstallationId, Login, RepoName};

/// Under this the limits of the App's own calls are kept; GitHub gives no installation the number.
pub(super) const THE_APP: InstallationId = InstallationId(0);

/// The App speaking as itself, at one moment.
#[derive(Clone, Copy)]
pub struct AsApp<'a> {
    pub(super) github: &'a Github,
    pub(super) now: DateTime<Utc>,
}

/// The App as it is registered.
#[derive(Debug, Clone, Deserialize)]
pub struct Registration {
    /// Its id.
    pub id: u64,
    /// Its short name, as it stands in addresses.
    pub slug: String,
    /// Its page.
    pub html_url: String,
    /// What it asks for, GitHub's words: `contents` and `write`.
    pub permissions: BTreeMap<String, String>,
    /// The events it subscribes to.
    pub events: Vec<String>,
    /// When GitHub said so, by its own clock; none if it did not tell.
    #[serde(skip)]
    pub told_at: Option<DateTime<Utc>>,
}

impl AsApp<'_> {
    /// How the App is registered.
    pub async fn registration(&self) -> Result<Registration> {
        let answer = self.send(GET_APP, GET_APP.path).await?;
        let mut registration: Registration = answer.json(GET_APP)?;
        registration.told_at = answer.told_at();
        Ok(registration)
    }

    pub(super) async fn send(&self, call: &'static Call, path: &str) -> Result<Answer> {
        self.send_body(call, path, None::<&()>).await
    }

    pub(super) async fn send_body<B: Serialize + ?Sized>(
        &self,
        call: &'static Call,
        path: &str,
        body: Option<&B>,
    ) -> Result<Answer> {
        self.github.limits.check(THE_APP, call, self.now)?;
        let answer = self.github.exchange_as_app(call, path, body).await;
        self.github.limits.note(THE_APP, answer, self.now)
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, call: &'static Call, path: &str) -> Result<T> {
        self.send(call, path).await?.json(call)
    }
}

impl Credentials {
    /// A JSON Web Token with which the App speaks as itself for nine minutes. It counts from a minute ago, since clocks differ:
    /// <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>
    pub fn json_web_token(
        &self,
        now: DateTime<Utc>,
    ) -> std::result::Result<(SecretString, DateTime<Utc>), SetupError> {
        #[derive(Serialize)]
        struct Claims {
            iss: String,
            iat: i64,
            exp: i64,
        }
        let key = EncodingKey::from_rsa_pem(self.private_key.expose_secret().as_bytes())
            .map_err(|_| SetupError::PrivateKey)?;
        let (from, until) = (now - TimeDelta::minutes(1), now + TimeDelta::minutes(9));
        let claims = Claims { iss: self.app_id.to_string(), iat: from.timestamp(), exp: until.timestamp() };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key)
            .map_err(|_| SetupError::PrivateKey)?;
        Ok((SecretString::from(token), until))
    }
}

impl Github {
    /// The App itself. `now` decides which rate limits count as over.
    pub fn as_app(&self, now: DateTime<Utc>) -> AsApp<'_> {
        AsApp { github: self, now }
    }

    /// The user that the App's comments and pull requests are by.
    pub async fn bot_login(&self) -> Result<Login> {
        #[derive(Deserialize)]
        struct App {
            slug: String,
        }
        let app: App = self.exchange_as_app(GET_APP, "/app", None::<&()>).await?.json(GET_APP)?;
        Ok(Login(format!("{}[bot]", app.slug)))
    }

    /// The installation that covers a repository.
    pub async fn installation_of(&self, repository: &RepoName) -> Result<InstallationId> {
        #[derive(Deserialize)]
        struct Installation {
            id: InstallationId,
        }
        let path = format!("/repos/{repository}/installation");
        let installation: Installation =
            self.exchange_as_app(GET_INSTALLATION, &path, None::<&()>).await?.json(GET_INSTALLATION)?;
        Ok(installation.id)
    }
}
