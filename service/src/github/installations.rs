//! Where the App is installed, and what it may see there: <https://docs.github.com/rest/apps/installations>

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::app::AsApp;
use super::call::{GET_INSTALLATION_BY_ID, LIST_INSTALLATIONS, LIST_REPOSITORIES};
use super::{Error, Github, Result};
use crate::domain::id::{InstallationId, RepoName};

const PER_PAGE: usize = 100;

/// The App on one account.
#[derive(Debug, Clone, Deserialize)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// Since when it is suspended; none unless it is.
    pub suspended_at: Option<DateTime<Utc>>,
}

impl AsApp<'_> {
    /// Every installation, suspended ones too.
    pub async fn installations(&self) -> Result<Vec<Installation>> {
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("/app/installations?per_page={PER_PAGE}&page={page}");
            let listed: Vec<Installation> = self.get(LIST_INSTALLATIONS, &path).await?;
            let is_last = listed.len() < PER_PAGE;
            all.extend(listed);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// The installation of that id; none when it was deleted.
    pub async fn installation(&self, id: InstallationId) -> Result<Option<Installation>> {
        match self.get(GET_INSTALLATION_BY_ID, &format!("/app/installations/{id}")).await {
            Ok(installation) => Ok(Some(installation)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Github {
    /// Every repository that an installation covers.
    pub async fn repositories(
        &self,
        installation: InstallationId,
        now: DateTime<Utc>,
    ) -> Result<Vec<RepoName>> {
        #[derive(Deserialize)]
        struct Page {
            repositories: Vec<Listed>,
        }
        #[derive(Deserialize)]
        struct Listed {
            full_name: String,
        }
        let call = LIST_REPOSITORIES;
        let mut all = Vec::new();
        for page in 1.. {
            self.limits.check(installation, call, now)?;
            let token = self.token(installation, None, call.grant, now).await?;
            let path = format!("{}?per_page={PER_PAGE}&page={page}", call.path);
            let answer = self.exchange((installation, &token), call, &path, None::<&()>).await;
            if answer.as_ref().is_err_and(Error::is_unauthorized) {
                self.tokens.forget(installation, None, call.grant);
            }
            let listed: Page = self.limits.note(installation, answer, now)?.json(call)?;
            let is_last = listed.repositories.len() < PER_PAGE;
            all.extend(listed.repositories.into_iter().filter_map(|one| RepoName::parse(&one.full_name)));
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Drops every token of an installation that is no longer ours.
    pub fn forget_tokens(&self, installation: InstallationId) {
        self.tokens.forget_all(installation);
    }
}
