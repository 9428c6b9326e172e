//! `pfo github-app hook-url`

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::super::print;
use super::{Client, Of};

/// Show where GitHub sends the App's webhooks, or send them elsewhere.
///
/// The service takes them at `/github/hooks/`. A service on this machine is reached through a channel of a forwarding service, which
/// `pfo forward` passes on. The secret and whatever else is set stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo github-app hook-url
  pfo github-app hook-url https://smee.io/aBcDeFgH
  pfo github-app hook-url https://api.pangeo-forge.org/github/hooks/ --deployment prod
")]
pub(in crate::cli) struct HookUrl {
    #[command(flatten)]
    of: Of,
    /// The new address.
    #[arg(value_parser = address)]
    url: Option<String>,
}

/// GitHub takes nothing else, and says so less clearly.
fn address(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text.to_owned()),
        _ => Err("an address begins with https://".to_owned()),
    }
}

impl HookUrl {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = Client::open(&self.of.sources).await?;
        let app = client.github.as_app(client.now);
        let config = match &self.url {
            Some(url) => app.set_hook_url(url).await?,
            None => app.hook_config().await?,
        };
        if self.of.json {
            print(serde_json::to_string(&config).context("the answer cannot be written")?);
        } else if config.url.is_empty() {
            print("the App has no webhook: nothing is delivered");
        } else {
            print(config.url);
        }
        Ok(ExitCode::SUCCESS)
    }
}
