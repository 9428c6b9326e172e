//! What the service is told: files and environment in, typed values out, every mistake found at the start. Nothing else in the
//! service reads the environment or a settings file.

mod bakeries;
mod dataflow;
mod file;
mod operating;

use std::path::{Path, PathBuf};

use secrecy::SecretString;

pub use bakeries::Bakeries;
pub use dataflow::{DataflowConfig, GoogleCredentials, PushConfig};
pub use operating::{OperatingConfig, RateLimit};

use crate::domain::audience::Audience;
use crate::domain::id::RepoName;
use crate::domain::links::Links;

/// Everything the service is told, but for the database.
#[derive(Debug, Clone)]
pub struct Config {
    /// The deployment's name: `pangeo-forge`, `pforge-local-alice`.
    pub deployment: String,
    /// The App.
    pub github: GithubConfig,
    /// The key that opens the whole API, besides those in the database; none where the file has none.
    pub api_key: Option<SecretString>,
    /// The pages of other sites that may use the API with a key: `https://admin.example.org`.
    pub origins: Vec<String>,
    /// Where runs are dispatched.
    pub hub: Hub,
    /// The bakeries of this deployment.
    pub bakeries: Bakeries,
    /// Who may start runs.
    pub minimum_role: Role,
    /// Our own pages.
    pub links: Links,
    /// How Dataflow is listened to and asked; none where no bakery uses it.
    pub dataflow: Option<DataflowConfig>,
    /// Who may read figures, whom we believe about who asks, and how often somebody may ask.
    pub operating: OperatingConfig,
}

/// What is told about the GitHub App.
#[derive(Debug, Clone)]
pub struct GithubConfig {
    /// The REST API.
    pub api_url: String,
    /// The App's id.
    pub app_id: u64,
    /// The App's name, which begins every storage path.
    pub app_name: String,
    /// The App's private key, PEM.
    pub private_key: SecretString,
    /// The webhook secrets; two during a rotation.
    pub webhook_secrets: Vec<SecretString>,
    /// Whom the App serves.
    pub audience: Audience,
}

/// The repository whose workflow runs the recipes.
#[derive(Debug, Clone)]
pub struct Hub {
    /// The repository.
    pub repository: RepoName,
    /// The workflow's file name.
    pub workflow: String,
    /// The branch whose version of it runs.
    pub git_ref: String,
}

/// A role in a repository, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May read.
    Read,
    /// May sort issues.
    Triage,
    /// May push.
    Write,
    /// May manage.
    Maintain,
    /// May do everything.
    Admin,
}

impl Role {
    /// GitHub's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// Whether somebody with that role has this one. A role that an organisation made up has none.
    pub fn is_met_by(self, role: &str) -> bool {
        let all = [Self::Read, Self::Triage, Self::Write, Self::Maintain, Self::Admin];
        all.into_iter().find(|known| known.as_str() == role).is_some_and(|held| held >= self)
    }
}

/// Why the service cannot start with what it was told.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file says what it may not.
    #[error("{path}: {what}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what is allowed.
        what: String,
    },
}

/// What comes from the command line or the environment and is not secret.
#[derive(Debug, Clone, clap::Args)]
pub struct Sources {
    /// The deployment's name.
    #[arg(long, env = "PANGEO_FORGE_DEPLOYMENT", default_value = "pforge-local-dev")]
    pub deployment: String,
    /// The directory that holds `secrets/` and `bakeries/`.
    #[arg(long, env = "PFO_CONFIG_DIR", default_value = ".")]
    pub config_dir: PathBuf,
    /// The address of GitHub's REST API.
    #[arg(long, env = "GITHUB_API_URL", default_value = "https://api.github.com")]
    pub github_api_url: String,
}

impl Config {
    /// Reads `secrets/config.<deployment>.yaml` and `bakeries/*.<deployment>.yaml`.
    pub fn read(sources: &Sources) -> Result<Self, ConfigError> {
        let deployment = match sources.deployment.as_str() {
            "prod" => "pangeo-forge",
            "staging" => "pangeo-forge-staging",
            other => other,
        };
        let path = sources.config_dir.join("secrets").join(format!("config.{deployment}.yaml"));
        let file = file::File::read(&path)?;
        let bakeries = Bakeries::read(&sources.config_dir.join("bakeries"), deployment)?;
        file.into_config(&path, deployment, sources.github_api_url.clone(), bakeries)
    }
}

fn wrong(path: &Path, what: impl Into<String>) -> ConfigError {
    ConfigError::Wrong { path: path.to_owned(), what: what.into() }
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s13_only_the_known_roles_count() {
        let met: Vec<&str> = ["none", "read", "triage", "write", "maintain", "admin", "security-team", ""]
            .into_iter()
            .filter(|role| Role::Write.is_met_by(role))
            .collect();
        assert_eq!(met, ["write", "maintain", "admin"]);
    }
}
