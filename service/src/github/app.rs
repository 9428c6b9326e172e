//! The App itself: <https://docs.github.com/rest/apps/apps>

use serde::Deserialize;

use super::Github;
use super::call::{GET_APP, GET_INSTALLATION};
use super::error::Result;
use crate::domain::id::{InstallationId, Login, RepoName};

impl Github {
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
