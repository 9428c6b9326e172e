//! What the service is told: files and environment in, typed values out, every mistake found at the start. Nothing else in the
//! service reads the environment or a settings file.

mod bakeries;
pub mod bakery_args;
mod dataflow;
pub mod deployment;
mod file;
mod github_app;
mod operating;
mod problem;
pub mod recipients;
pub mod secrets;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use runner_sops::sources::KeySources;
use secrecy::SecretString;

pub use bakeries::Bakeries;
pub use dataflow::{DataflowConfig, GoogleCredentials, PushConfig};
pub use deployment::{Deployment, DeploymentKind, UnknownDeployment};
pub use operating::{OperatingConfig, RateLimit};
pub use problem::{ConfigError, Problem};

use self::secrets::{SecretFiles, SecretText};
use crate::domain::audience::Audience;
use crate::domain::bakery::BakeryKind;
use crate::domain::id::RepoName;
use crate::domain::links::Links;

/// Everything the service is told, but for the database.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which deployment it is.
    pub deployment: Deployment,
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
    /// What is off, or works but is probably not meant.
    pub warnings: Vec<Problem>,
}

/// What is told about the GitHub App.
#[derive(Debug, Clone)]
pub struct GithubConfig {
    /// The REST API.
    pub api_url: String,
    /// The App's id; 0 where there is no App.
    pub app_id: u64,
    /// The App's name, which begins every storage path.
    pub app_name: String,
    /// The App's private key, PEM. Only a local deployment or a review app may have none: then there is no App, and GitHub is never asked.
    pub private_key: Option<SecretString>,
    /// The webhook secrets; two during a rotation, and none where there is no App, so that no webhook is believed.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Every one, from the least to the most.
    pub const ALL: [Self; 5] = [Self::Read, Self::Triage, Self::Write, Self::Maintain, Self::Admin];

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
        Self::ALL.into_iter().find(|known| known.as_str() == role).is_some_and(|held| held >= self)
    }
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
    /// What opens the files of secrets. They come from the environment alone: `SOPS_AGE_KEY`, `SOPS_AGE_KEY_FILE`, and for AWS KMS
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    #[arg(skip = secrets::keys_of_environment())]
    pub keys: KeySources,
}

impl Config {
    /// The host at which others reach the service; none where `public_url` is not told, but for production, whose address everybody knows.
    pub fn host(&self) -> Option<&str> {
        let known = || (self.deployment.kind() == DeploymentKind::Prod).then_some(file::DEFAULT_ENDPOINT);
        self.links.endpoint.as_deref().or_else(known)
    }

    /// Reads `secrets/config.<deployment>.yaml` and the deployment's bakeries. Refused with everything that is wrong. `now` is for AWS KMS,
    /// which may have to be asked.
    pub async fn read(sources: &Sources, now: DateTime<Utc>) -> Result<Self, ConfigError> {
        let deployment = Deployment::parse(&sources.deployment)?;
        let mut problems = Vec::new();
        let bakeries = Bakeries::read(&sources.config_dir, &deployment, &mut problems);
        let files = SecretFiles::new(&sources.keys, &deployment, now, &mut problems);
        let path = deployment.config_file(&sources.config_dir);
        let file = match config_text(&files, &path, &deployment, &mut problems).await {
            Some(text) => {
                let key = secrets::named(&files, file::key_file(&path, &text), &mut problems).await;
                file::read(&path, &text, &key, &deployment, &mut problems)
            }
            None => None,
        };
        match file {
            Some(file) if problems.is_empty() => Ok(Self::of(file, &path, deployment, bakeries, sources)),
            _ => Err(ConfigError::new(problems)),
        }
    }

    fn of(
        file: file::File,
        path: &Path,
        deployment: Deployment,
        bakeries: Bakeries,
        sources: &Sources,
    ) -> Self {
        let warnings = warnings(&file, path, &bakeries);
        let api_url = sources.github_api_url.clone();
        let github = match file.github_app {
            Some(app) => GithubConfig {
                api_url,
                app_id: app.id,
                app_name: app.name,
                private_key: Some(app.private_key),
                webhook_secrets: app.webhook_secrets,
                audience: app.audience,
            },
            None => GithubConfig {
                api_url,
                app_id: 0,
                app_name: deployment.name().to_owned(),
                private_key: None,
                webhook_secrets: Vec::new(),
                audience: Audience::default(),
            },
        };
        Self {
            deployment,
            github,
            api_key: file.api_key,
            origins: file.origins,
            hub: file.hub,
            bakeries,
            minimum_role: file.minimum_role,
            links: file.links,
            dataflow: file.dataflow,
            operating: file.operating,
            warnings,
        }
    }
}

/// The program that somebody edits texts with, perhaps with arguments.
#[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
pub fn editor() -> String {
    let told = ["SOPS_EDITOR", "VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    told.into_iter().find(|told| !told.trim().is_empty()).unwrap_or_else(|| "vi".to_owned())
}

/// What is off, so that nobody waits for it in vain.
fn warnings(file: &file::File, path: &Path, bakeries: &Bakeries) -> Vec<Problem> {
    let mut warnings = Vec::new();
    let mut warn = |what: String| warnings.push(Problem::of(path.display(), what));
    if file.github_app.is_none() {
        warn("there is no section `github_app`: no webhook is believed and GitHub is never asked; `pfo github-app create` makes an App".to_owned());
    }
    if bakeries.names().is_empty() {
        warn("there is no bakery: no recipe can run; put one into `bakeries/`".to_owned());
    }
    if file.dataflow.as_ref().is_none_or(|told| told.push.is_none()) {
        let asks = bakeries.iter().filter(|bakery| bakery.kind() == BakeryKind::Dataflow);
        for bakery in asks {
            let what = if file.dataflow.is_none() {
                "there is no section `dataflow`: its jobs are never followed to their end"
            } else {
                "`dataflow` names no subscription: the ends of its jobs are only noticed when Google is asked, minutes later"
            };
            warn(format!("the bakery `{}` hands jobs to Dataflow, and {what}", bakery.name));
        }
    }
    warnings
}

/// The text of the file of the deployment; an empty one where it has none and may do without.
async fn config_text(
    files: &SecretFiles,
    path: &Path,
    deployment: &Deployment,
    problems: &mut Vec<Problem>,
) -> Option<SecretText> {
    match files.read(path, problems).await {
        Ok(Some(text)) => Some(text),
        Ok(None) if deployment.may_have_no_file() => Some(SecretText::default()),
        Ok(None) => {
            let what = format!("there is no such file; `pfo github-app create {deployment}` makes it");
            problems.push(Problem::of(path.display(), what));
            None
        }
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

#[cfg(test)]
mod testing {
    use crate::domain::yaml::finding::Findings;
    use crate::domain::yaml::form::Form;
    use crate::domain::yaml::tree;

    /// Reads one section from a text of its own.
    pub(super) fn read<T>(
        yaml: &str,
        section: impl FnOnce(Form<'_>, &mut Findings) -> Option<T>,
    ) -> Result<T, String> {
        let mut said = Findings::new("config".to_owned());
        let root = tree::read_secret(yaml, &mut said);
        let read = Form::of_file(root.as_ref(), &mut said).and_then(|form| section(form, &mut said));
        let failed = said.failed();
        let messages: Vec<String> = said.into_list().into_iter().map(|finding| finding.message).collect();
        read.filter(|_| !failed).ok_or_else(|| messages.join("\n"))
    }
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
