//! The App itself, and how it speaks as itself: <https://docs.github.com/rest/apps/apps>

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Github;
use super::call::{Call, GET_APP, GET_INSTALLATION};
use super::error::Result;
use super::transport::Answer;
use crate::domain::id::{InstallationId, Login, RepoName};

/// Under this the limits of the App's own calls are kept; GitHub gives no installation the number.
pub(super) const THE_APP: InstallationId = InstallationId(0);

/// The App speaking as itself, at one moment.
#[derive(Clone, Copy)]
pub struct AsApp<'a> {
    pub(super) github: &'a Github,
    pub(super) now: DateTime<Utc>,
}

impl AsApp<'_> {
    pub(super) async fn send(&self, call: &'static Call, path: &str) -> Result<Answer> {
        self.github.limits.check(THE_APP, call, self.now)?;
        let answer = self.github.exchange_as_app(call, path, None::<&()>).await;
        self.github.limits.note(THE_APP, answer, self.now)
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, call: &'static Call, path: &str) -> Result<T> {
        self.send(call, path).await?.json(call)
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
