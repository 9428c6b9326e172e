//! What GitHub says about the App and the hub, compared with what the service needs. Nothing is changed there.

mod app;
mod hub;
mod installations;
mod webhook;

use chrono::{DateTime, TimeDelta, Utc};

use super::finding::{Finding, Said};
use crate::cli::github_app::Client;
use crate::config::{Config, Sources};
use crate::github::Github;

/// App tokens count from a minute ago: what is further off may be refused.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// Everything that is found by asking GitHub. An App that GitHub does not believe is the only finding then: nobody else would be told more.
pub async fn findings(config: &Config, github: &Github, now: DateTime<Utc>) -> Vec<Finding> {
    let mut said = Said::default();
    if config.github.private_key.is_none() {
        said.warn(
            "GitHub App",
            "there is none, so that there is nothing to ask GitHub",
            "`pfo github-app create` makes one",
        );
        return said.0;
    }
    let as_app = github.as_app(now);
    let registration = match as_app.registration().await {
        Ok(registration) => registration,
        Err(error) => {
            app::refused(&mut said, config, &error, now);
            return said.0;
        }
    };
    app::check(&mut said, config, &registration, now);
    webhook::check(&mut said, config, as_app, now).await;
    let covered = installations::check(&mut said, as_app, &registration).await;
    hub::check(&mut said, config, github, &covered, now).await;
    said.0
}

/// The same for the files of a deployment. Files that cannot be read say so without GitHub.
pub(super) async fn of_sources(sources: &Sources, now: DateTime<Utc>) -> anyhow::Result<Vec<Finding>> {
    let Ok(config) = Config::read(sources, now).await else { return Ok(Vec::new()) };
    Ok(findings(&config, &Client::speaking_for(&config)?.1, now).await)
}

/// How far the clock here is from GitHub's, where that is too far: `12 minutes behind`.
fn skew(told_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<String> {
    let ahead = now - told_at?;
    let side = if ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
    let minutes = ahead.num_minutes().abs();
    (ahead.abs() > SKEW).then(|| format!("{minutes} minute{} {side}", if minutes == 1 { "" } else { "s" }))
}
