//! Deployments and their statuses: <https://docs.github.com/rest/deployments>

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{CREATE_DEPLOYMENT, CREATE_DEPLOYMENT_STATUS, LIST_DEPLOYMENT_STATUSES, LIST_DEPLOYMENTS};
use super::{Repository, Result};
use crate::domain::id::GithubObjectId;
use crate::domain::report::Deployment;

/// The field of a deployment's payload that holds our key.
const KEY: &str = "pangeo_forge_key";

/// The newest status of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeploymentStatus {
    /// GitHub's word.
    pub state: String,
    /// One line.
    #[serde(default)]
    pub description: String,
    /// The page of what was deployed.
    #[serde(default)]
    pub environment_url: String,
    /// The page of the log.
    #[serde(default)]
    pub log_url: String,
}

#[derive(Deserialize)]
struct Made {
    id: GithubObjectId,
}

impl Repository<'_> {
    /// Makes a deployment of a commit. GitHub makes another one each time it is asked; it neither merges anything nor waits for checks.
    pub async fn create_deployment(&self, deployment: &Deployment, key: &str) -> Result<GithubObjectId> {
        let request = json!({
            "ref": deployment.sha,
            "environment": deployment.environment,
            "description": deployment.description,
            "auto_merge": false,
            "required_contexts": [],
            "payload": { KEY: key },
        });
        let made: Made =
            self.send(CREATE_DEPLOYMENT, "/deployments", Some(&request)).await?.json(CREATE_DEPLOYMENT)?;
        Ok(made.id)
    }

    /// The deployment of a commit that carries our key.
    pub async fn find_deployment(
        &self,
        deployment: &Deployment,
        key: &str,
    ) -> Result<Option<GithubObjectId>> {
        #[derive(Deserialize)]
        struct Found {
            id: GithubObjectId,
            #[serde(default)]
            payload: Value,
        }
        // By commit alone: an environment may have any name, and a commit has few deployments.
        let path = format!("/deployments?sha={}", deployment.sha);
        let all = self.get_all(LIST_DEPLOYMENTS, &path, |page: Vec<Found>| page).await?;
        // GitHub gives a payload back as it was sent; some of its servers as text.
        let carries = |payload: &Value| match payload {
            Value::String(text) => {
                serde_json::from_str::<Value>(text).is_ok_and(|payload| payload[KEY] == key)
            }
            payload => payload[KEY] == key,
        };
        Ok(all.into_iter().find(|found| carries(&found.payload)).map(|found| found.id))
    }

    /// The newest status of a deployment.
    pub async fn deployment_status(&self, id: GithubObjectId) -> Result<Option<DeploymentStatus>> {
        let path = format!("/deployments/{id}/statuses?per_page=1");
        let newest: Vec<DeploymentStatus> = self.get(LIST_DEPLOYMENT_STATUSES, &path).await?;
        Ok(newest.into_iter().next())
    }

    /// Adds a status. GitHub keeps every one; the newest counts.
    pub async fn create_deployment_status(&self, id: GithubObjectId, deployment: &Deployment) -> Result<()> {
        let request = json!({
            "state": deployment.state,
            "description": deployment.status,
            "environment_url": deployment.environment_url,
            "log_url": deployment.log_url.as_deref().unwrap_or_default(),
        });
        let path = format!("/deployments/{id}/statuses");
        self.send(CREATE_DEPLOYMENT_STATUS, &path, Some(&request)).await.map(drop)
    }
}
