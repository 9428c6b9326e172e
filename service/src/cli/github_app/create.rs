//! `pfo github-app create`: an App out of a manifest, and the secrets file of its deployment.

mod page;
mod secrets_file;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use self::page::Page;
use super::super::print;
use crate::clock::{Clock, SystemClock};
use crate::config::Deployment;
use crate::github::{Github, Manifest};
use crate::metrics::Metrics;

const HOMEPAGE: &str = "https://pangeo-forge.org";
/// GitHub takes no longer name.
const MAX_NAME: usize = 34;

/// Make the GitHub App of a deployment, and write its secrets file.
///
/// Prints the address of a page on this machine. It leads to GitHub, where the App's name, permissions and events are filled in: what the
/// service calls, and no more. Confirm there, as an owner of the organisation. GitHub leads back, and what it tells once, the App's
/// id, private key and webhook secret, is written to `secrets/config.<deployment>.yaml`, encrypted for whom `.sops.yaml`
/// names; only a local deployment of which it says nothing has it in clear. A file that is there is never overwritten.
///
/// Exits with 0 when the file is written, and with 1 when nothing was made or GitHub refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo github-app create pforge-local-me
  pfo github-app create pforge-local-me --organisation my-org --hook-url https://smee.io/aBcDeFgH
")]
pub(in crate::cli) struct Create {
    /// The deployment.
    #[arg(value_name = "DEPLOYMENT")]
    name: String,
    /// The organisation on GitHub that the App shall belong to, if not the deployment's own.
    #[arg(long)]
    organisation: Option<String>,
    /// The App's name on GitHub, if not the deployment's; at most 34 characters.
    #[arg(long)]
    app_name: Option<String>,
    /// Where GitHub shall deliver webhooks. Without it nobody gets them until `pfo github-app hook-url` tells.
    #[arg(long, value_name = "URL")]
    hook_url: Option<Url>,
    /// The directory that holds `secrets/`.
    #[arg(long, env = "PFO_CONFIG_DIR", default_value = ".")]
    config_dir: PathBuf,
    /// The address of GitHub's REST API.
    #[arg(long, env = "GITHUB_API_URL", default_value = "https://api.github.com")]
    github_api_url: String,
    /// The address of GitHub's pages.
    #[arg(long, default_value = "https://github.com", hide = true)]
    github_url: Url,
    /// One JSON object a line: first the page, then what was made.
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let deployment = Deployment::parse(&self.name)?;
        let path = deployment.config_file(&self.config_dir);
        // Before anybody confirms anything: what GitHub tells then is told once.
        let keeping = secrets_file::prepare(&deployment, &path).await?;
        let name = self.app_name.as_deref().unwrap_or(deployment.name());
        if name.is_empty() || name.chars().count() > MAX_NAME {
            bail!(
                "an App's name has 1 to {MAX_NAME} characters, and `{name}` has {}; choose one with --app-name",
                name.chars().count()
            );
        }
        let organisation = self.organisation.as_deref().unwrap_or(deployment.organisation());
        let listener =
            TcpListener::bind("127.0.0.1:0").await.context("no port of this machine can be had")?;
        let address = listener.local_addr()?;
        // No machine can have that name (RFC 2606), so that no delivery reaches anybody before an address is told.
        let nowhere = format!("https://{deployment}.invalid/github/hooks/").replace('_', "-");
        let hook_url = self.hook_url.as_ref().map_or(nowhere.as_str(), Url::as_str);
        let manifest = Manifest::new(name, HOMEPAGE, hook_url, &format!("http://{address}{}", page::BACK));
        let random = SystemClock.secret_bytes().context("the machine has no random numbers")?;
        let page = Page::new(&self.github_url, organisation, &manifest, &random, address)?;
        if self.json {
            print(json!({ "page": format!("http://{address}/") }));
        } else {
            print(format_args!(
                "open http://{address}/ in a browser, and confirm on GitHub as an owner of {organisation}"
            ));
        }
        let code = page.serve(listener).await?;
        let github = Github::new(&self.github_api_url, None, Arc::new(Metrics::new()))?;
        let app = github.convert_manifest(&code).await?;
        secrets_file::write_secrets(&path, &secrets_file::text(&app)?, &keeping).with_context(|| {
            format!(
                "the App was made, but its secrets are not kept; delete it at {} and begin anew",
                app.html_url
            )
        })?;
        if self.json {
            let file = path.display().to_string();
            print(json!({ "app_id": app.id, "slug": app.slug, "html_url": app.html_url, "file": file }));
        } else {
            print(format_args!(
                "the App {} ({}) was made; its secrets are in {}",
                app.slug,
                app.id,
                path.display()
            ));
            print(format_args!("install it: {}/installations/new", app.html_url));
            if self.hook_url.is_none() {
                print("tell it where webhooks go: pfo github-app hook-url URL");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
