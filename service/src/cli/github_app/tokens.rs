//! `pfo github-app jwt|token`: credentials for a tool that speaks with GitHub itself. They go to standard output and nowhere else.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use secrecy::ExposeSecret;
use serde_json::json;

use super::super::print;
use super::{Client, Of, repository};
use crate::domain::id::RepoName;
use crate::github::call;

/// Print a JSON Web Token with which the App speaks as itself for nine minutes.
///
/// It opens what the App may ask about itself, and makes tokens for all of its installations: handle it like the private key.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo github-app jwt
  curl -H \"Authorization: Bearer $(pfo github-app jwt)\" https://api.github.com/app
")]
pub(in crate::cli) struct Jwt {
    #[command(flatten)]
    of: Of,
}

/// Print an installation token, which ends after an hour.
///
/// It is good for one repository and one group of permissions, as those are which the service itself uses (docs/github.md). Without
/// `--repo` it is good for every repository of the installation, of which there must be only one then.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo github-app token --repo pangeo-forge/staged-recipes
  pfo github-app token --repo pangeo-forge/hub --grant run --json
  GH_TOKEN=\"$(pfo github-app token --repo pangeo-forge/staged-recipes)\" gh pr list --repo pangeo-forge/staged-recipes
")]
pub(in crate::cli) struct Token {
    #[command(flatten)]
    of: Of,
    /// The one repository that it is good for, `owner/name`.
    #[arg(long, value_name = "OWNER/NAME", value_parser = repository)]
    repo: Option<RepoName>,
    /// What it allows.
    #[arg(long, default_value = "read")]
    grant: Grant,
}

/// The groups of permissions, as the service uses them.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Grant {
    /// List repositories: metadata read.
    Survey,
    /// Read contents, issues and pull requests.
    Read,
    /// Write check runs and comments.
    Report,
    /// Write deployments.
    Deploy,
    /// Start, read and stop workflow runs.
    Run,
    /// Write contents and pull requests.
    Write,
    /// Make repositories, and let people in.
    Administer,
}

impl From<Grant> for call::Grant {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::Survey => Self::Survey,
            Grant::Read => Self::Read,
            Grant::Report => Self::Report,
            Grant::Deploy => Self::Deploy,
            Grant::Run => Self::Run,
            Grant::Write => Self::Write,
            Grant::Administer => Self::Administer,
        }
    }
}

impl Jwt {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = Client::open(&self.of.sources).await?;
        let (token, expires_at) = client.credentials.json_web_token(client.now)?;
        let token = token.expose_secret();
        if self.of.json {
            print(json!({ "jwt": token, "app_id": client.credentials.app_id, "expires_at": expires_at }));
        } else {
            print(token);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Token {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = Client::open(&self.of.sources).await?;
        let installation = client.installation(self.repo.as_ref()).await?;
        let grant = call::Grant::from(self.grant);
        let token = client.github.fresh_token(installation, self.repo.as_ref(), grant, client.now).await?;
        let secret = token.secret.expose_secret();
        if self.of.json {
            print(json!({
                "token": secret, "expires_at": token.expires_at, "installation_id": installation, "repository": self.repo,
                "permissions": grant.permissions(),
            }));
        } else {
            print(secret);
        }
        Ok(ExitCode::SUCCESS)
    }
}
