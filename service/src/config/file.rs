//! `secrets/config.<deployment>.yaml`: the old service's file, with a few keys more.
//!
//! ```yaml
//! fastapi:
//!   PANGEO_FORGE_API_KEY: …
//! github_app:
//!   id: 1234
//!   app_name: pangeo-forge
//!   webhook_secret: …            # or a list of two during a rotation
//!   private_key: |
//!     -----BEGIN RSA PRIVATE KEY-----
//! hub:                           # where recipes run
//!   repository: pangeo-forge/pangeo-forge-orchestrator
//!   workflow: run-recipe.yaml
//!   ref: main
//! commands:
//!   minimum_role: write
//! dashboard_url: https://pangeo-forge.org
//! public_url: https://api.pangeo-forge.org
//! ```

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Bakeries, Config, ConfigError, GithubConfig, Hub, Role, read_text, wrong};
use crate::domain::id::RepoName;
use crate::domain::links::Links;

/// The API that the dashboard calls when a link names none.
const DEFAULT_ENDPOINT: &str = "api.pangeo-forge.org";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[expect(dead_code, reason = "a file of the old service has it; the API that it opens reads it")]
    fastapi: Option<FastApi>,
    github_app: GithubApp,
    #[serde(default)]
    hub: HubFile,
    #[serde(default)]
    commands: Commands,
    dashboard_url: Option<String>,
    public_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FastApi {
    #[serde(rename = "PANGEO_FORGE_API_KEY")]
    #[expect(dead_code, reason = "a file of the old service has it; the API that it opens reads it")]
    api_key: SecretString,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GithubApp {
    id: u64,
    app_name: String,
    webhook_secret: OneOrTwo,
    private_key: SecretString,
    #[serde(default)]
    #[expect(dead_code, reason = "a file of the old service may have it; the old service never used it")]
    run_only_on: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrTwo {
    One(SecretString),
    Several(Vec<SecretString>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HubFile {
    repository: RepoName,
    workflow: String,
    #[serde(rename = "ref")]
    git_ref: String,
}

impl Default for HubFile {
    fn default() -> Self {
        let repository = "pangeo-forge/pangeo-forge-orchestrator".to_owned();
        Self {
            repository: RepoName::try_from(repository).unwrap_or_else(|why| unreachable!("{why}")),
            workflow: "run-recipe.yaml".into(),
            git_ref: "main".into(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Commands {
    minimum_role: Role,
}

impl Default for Commands {
    fn default() -> Self {
        Self { minimum_role: Role::Write }
    }
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = read_text(path)?;
        // The parser's message would quote the text it stumbled over, and the text is secret: only the place is told.
        let whole: serde_yaml::Value =
            serde_yaml::from_str(&text).map_err(|error| wrong(path, place(&error)))?;
        if whole.get("sops").is_some() {
            return Err(wrong(path, "it is encrypted with SOPS; decrypt it first"));
        }
        serde_yaml::from_str(&text).map_err(|error| {
            let message = error.to_string();
            let is_about_keys = message.contains("unknown field") || message.contains("missing field");
            wrong(path, if is_about_keys { message } else { place(&error) })
        })
    }

    pub(super) fn into_config(
        self,
        path: &Path,
        deployment: &str,
        api_url: String,
        bakeries: Bakeries,
    ) -> Result<Config, ConfigError> {
        let webhook_secrets = match self.github_app.webhook_secret {
            OneOrTwo::One(secret) => vec![secret],
            OneOrTwo::Several(secrets) => secrets,
        };
        if webhook_secrets.is_empty() || webhook_secrets.len() > 2 {
            return Err(wrong(
                path,
                format!(
                    "github_app.webhook_secret: {} secrets, and one or two are allowed",
                    webhook_secrets.len()
                ),
            ));
        }
        if webhook_secrets.iter().any(|secret| secret.expose_secret().is_empty()) {
            return Err(wrong(path, "github_app.webhook_secret: an empty secret would let anybody in"));
        }
        let endpoint = self.public_url.as_deref().and_then(|url| url.split("://").nth(1));
        let endpoint = endpoint.map(|rest| rest.trim_end_matches('/').to_owned());
        Ok(Config {
            deployment: deployment.to_owned(),
            github: GithubConfig {
                api_url,
                app_id: self.github_app.id,
                app_name: self.github_app.app_name,
                private_key: self.github_app.private_key,
                webhook_secrets,
            },
            hub: Hub {
                repository: self.hub.repository,
                workflow: self.hub.workflow,
                git_ref: self.hub.git_ref,
            },
            bakeries,
            minimum_role: self.commands.minimum_role,
            links: Links {
                dashboard: self.dashboard_url.unwrap_or_else(|| "https://pangeo-forge.org".into()),
                endpoint: endpoint.filter(|endpoint| endpoint != DEFAULT_ENDPOINT),
            },
        })
    }
}

fn place(error: &serde_yaml::Error) -> String {
    match error.location() {
        Some(place) => {
            format!("line {}, column {}: not what this file may hold there", place.line(), place.column())
        }
        None => "not what this file may hold".into(),
    }
}
