//! `pfo github-app create|hook-url|deliveries|jwt|token|call`: a file for each, and one for both tokens.

mod call;
mod create;
mod deliveries;
mod hook_url;
mod tokens;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Sources};
use crate::domain::id::{InstallationId, RepoName};
use crate::github::{Credentials, Github, SetupError};
use crate::metrics::Metrics;

/// Speak with GitHub as the App of a deployment: how it is registered, what was delivered to it, and any call that the service makes.
///
/// The App is the one in the deployment's secrets file. Each command exits with 0 when GitHub did it, with 1 when it was refused, and with
/// 2 when the command line is wrong.
#[derive(Debug, Subcommand)]
pub(super) enum GithubAppCommand {
    Create(create::Create),
    HookUrl(hook_url::HookUrl),
    Deliveries(deliveries::Deliveries),
    Jwt(tokens::Jwt),
    Token(tokens::Token),
    Call(call::FreeCall),
}

impl GithubAppCommand {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Create(command) => command.run().await,
            Self::HookUrl(command) => command.run().await,
            Self::Deliveries(command) => command.run().await,
            Self::Jwt(command) => command.run().await,
            Self::Token(command) => command.run().await,
            Self::Call(command) => command.run().await,
        }
    }
}

/// The client of a deployment's App, and the moment at which it is used.
pub(super) struct Client {
    pub(super) credentials: Credentials,
    pub(super) github: Github,
    pub(super) now: DateTime<Utc>,
}

/// What every command of the App is told.
#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    sources: Sources,
    /// Print JSON, for a machine.
    #[arg(long)]
    json: bool,
}

impl Client {
    /// Reads the deployment's files. A deployment without an App has no client.
    pub(super) async fn open(sources: &Sources) -> anyhow::Result<Self> {
        let now = SystemClock.now();
        let config = Config::read(sources, now).await?;
        let (credentials, github) = Self::speaking_for(&config)?;
        let credentials = credentials.context(
            "this deployment has no GitHub App: its secrets file has no section `github_app`; `pfo github-app create` makes one",
        )?;
        Ok(Self { credentials, github, now })
    }

    /// The client for a configuration that was read, which asks nobody where there is no App.
    pub(super) fn speaking_for(config: &Config) -> Result<(Option<Credentials>, Github), SetupError> {
        let private_key = config.github.private_key.clone();
        let credentials =
            private_key.map(|private_key| Credentials { app_id: config.github.app_id, private_key });
        let github = Github::new(&config.github.api_url, credentials.as_ref(), Arc::new(Metrics::new()))?;
        Ok((credentials, github))
    }

    /// The installation through which is spoken: the one that covers the repository, or the only one there is.
    async fn installation(&self, repository: Option<&RepoName>) -> anyhow::Result<InstallationId> {
        if let Some(repository) = repository {
            return match self.github.installation_of(repository).await {
                Err(error) if error.is_not_found() => Err(error).with_context(|| {
                    format!("the App is not installed on {repository}, or there is no such repository")
                }),
                found => Ok(found?),
            };
        }
        let terms = self.github.as_app(self.now).terms().await?;
        match terms.as_slice() {
            [] => bail!("the App is not installed anywhere; install it on its page on GitHub"),
            [only] => Ok(only.id),
            several => {
                let accounts: Vec<&str> = several.iter().map(|terms| terms.account.login.as_str()).collect();
                bail!("the App is installed on {}; say with --repo which is meant", accounts.join(", "))
            }
        }
    }
}

/// Reads `owner/name`.
fn repository(text: &str) -> Result<RepoName, String> {
    RepoName::parse(text).ok_or_else(|| "a repository is written `owner/name`".to_owned())
}
