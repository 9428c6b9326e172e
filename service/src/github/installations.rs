//! Where the App is installed, and what it may see there: <https://docs.github.com/rest/apps/installations>

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::app::AsApp;
use super::call::{GET_INSTALLATION_BY_ID, LIST_INSTALLATIONS, LIST_REPOSITORIES};
use super::{Github, Result};
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

/// What an account agreed to when it installed the App, or since.
#[derive(Debug, Clone, Deserialize)]
pub struct Terms {
    /// The installation's id.
    pub id: InstallationId,
    /// Whose it is.
    pub account: Account,
    /// Its settings page, where the account's owner accepts what the App asks for by now.
    pub html_url: String,
    /// What the App may do there.
    pub permissions: BTreeMap<String, String>,
    /// Since when it is suspended; none unless it is.
    pub suspended_at: Option<DateTime<Utc>>,
}

/// A person or an organisation.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    /// Its name.
    pub login: String,
}

impl AsApp<'_> {
    /// Every installation, suspended ones too.
    pub async fn installations(&self) -> Result<Vec<Installation>> {
        self.list_installations().await
    }

    /// The same with what each of them agreed to.
    pub async fn terms(&self) -> Result<Vec<Terms>> {
        self.list_installations().await
    }

    async fn list_installations<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("/app/installations?per_page={PER_PAGE}&page={page}");
            let listed: Vec<T> = self.get(LIST_INSTALLATIONS, &path).await?;
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
            let path = format!("{}?per_page={PER_PAGE}&page={page}", call.path);
            let answer = self.send_through((installation, None), call, &path, None::<&()>, now).await?;
            let listed: Page = answer.json(call)?;
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
