//! `secrets/config.<deployment>.yaml`: the old service's file, with a few keys more.
//!
//! ```yaml
//! fastapi:
//!   PANGEO_FORGE_API_KEY: …
//! api:
//!   origins: [https://admin.example.org]   # pages of other sites that may use the API with a key
//! github_app:
//!   id: 1234
//!   app_name: pangeo-forge
//!   webhook_secret: …            # or a list of two during a rotation
//!   private_key: |
//!     -----BEGIN RSA PRIVATE KEY-----
//!   run_only_on: [staging]       # where several Apps share an organisation: only on what carries one of these labels
//!   not_on: [review]             # never on what carries one of these
//!   repositories: [pangeo-forge/*]   # and only there; without it, wherever the App is installed
//! hub:                           # where recipes run
//!   repository: pangeo-forge/pangeo-forge-orchestrator
//!   workflow: run-recipe.yaml
//!   ref: main
//! commands:
//!   minimum_role: write
//! dashboard_url: https://pangeo-forge.org
//! public_url: https://api.pangeo-forge.org
//! dataflow:                      # only where a bakery uses Dataflow; without it Google is never asked
//!   # Whose status messages are believed at /dataflow/status: all three, or none and none are.
//!   audience: https://api.pangeo-forge.org/dataflow/status
//!   service_account: prod-df-push@my-project.iam.gserviceaccount.com
//!   subscription: projects/my-project/subscriptions/prod-dataflow-status-push
//!   # The service account whose key asks the Dataflow API, a file beside this one; without it the machine's own.
//!   credentials_file: dataflow-key.json
//!   # The old monitoring function's messages at /github/hooks/, while it still runs.
//!   accept_form_events: false
//!   # Whose tokens and API they are; Google's when not told.
//!   issuer: https://accounts.google.com
//!   jwks_url: https://www.googleapis.com/oauth2/v3/certs
//!   api_url: https://dataflow.googleapis.com
//!   logging_url: https://logging.googleapis.com
//! operating:                     # nothing of it is needed
//!   metrics_token: …             # who has it may read /metrics; without it only --metrics-listen has that page
//!   trusted_proxies: [10.0.0.0/8]   # whose X-Forwarded-For and X-Request-Id are believed; nobody's without it
//!   rate_limit:                  # token buckets: requests that come back each second, and the most that may be left
//!     enabled: true
//!     per_second: 20             # an address, for public pages
//!     burst: 100
//!     per_key_per_second: 50     # a key, for pages that need one
//!     per_key_burst: 500
//! ```

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::dataflow::DataflowFile;
use super::operating::OperatingFile;
use super::{Bakeries, Config, ConfigError, GithubConfig, Hub, Role, read_text, wrong};
use crate::domain::audience::Audience;
use crate::domain::id::RepoName;
use crate::domain::links::Links;

/// The API that the dashboard calls when a link names none.
const DEFAULT_ENDPOINT: &str = "api.pangeo-forge.org";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    fastapi: Option<FastApi>,
    #[serde(default)]
    api: Api,
    github_app: GithubApp,
    #[serde(default)]
    hub: HubFile,
    #[serde(default)]
    commands: Commands,
    dashboard_url: Option<String>,
    public_url: Option<String>,
    dataflow: Option<DataflowFile>,
    #[serde(default)]
    operating: OperatingFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FastApi {
    #[serde(rename = "PANGEO_FORGE_API_KEY")]
    api_key: SecretString,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Api {
    origins: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GithubApp {
    id: u64,
    app_name: String,
    webhook_secret: OneOrTwo,
    private_key: SecretString,
    #[serde(default)]
    run_only_on: Vec<String>,
    #[serde(default)]
    not_on: Vec<String>,
    repositories: Option<Vec<String>>,
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
        let GithubApp { run_only_on, not_on, repositories, .. } = &self.github_app;
        let audience = Audience::new(run_only_on.clone(), not_on.clone(), repositories.as_deref())
            .map_err(|why| wrong(path, format!("github_app: {why}")))?;
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
        let origins = self.api.origins;
        if let Some(bad) = origins.iter().find(|origin| !is_origin(origin)) {
            return Err(wrong(
                path,
                format!("api.origins: `{bad}` is not of the form https://host[:port] or http://host[:port]"),
            ));
        }
        let endpoint = self.public_url.as_deref().and_then(|url| url.split("://").nth(1));
        let endpoint = endpoint.map(|rest| rest.trim_end_matches('/').to_owned());
        let dataflow = self.dataflow.map(|told| told.into_config(path)).transpose()?;
        Ok(Config {
            deployment: deployment.to_owned(),
            github: GithubConfig {
                api_url,
                app_id: self.github_app.id,
                app_name: self.github_app.app_name,
                private_key: self.github_app.private_key,
                webhook_secrets,
                audience,
            },
            api_key: self.fastapi.map(|told| told.api_key),
            origins,
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
            dataflow,
            operating: self.operating.into_config(path)?,
        })
    }
}

/// Whether a browser would name a page's site so: <https://www.rfc-editor.org/rfc/rfc6454#section-6.2>
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    })
}

fn place(error: &serde_yaml::Error) -> String {
    match error.location() {
        Some(place) => {
            format!("line {}, column {}: not what this file may hold there", place.line(), place.column())
        }
        None => "not what this file may hold".into(),
    }
}
