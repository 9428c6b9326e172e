//! News of an installation is a hint: it may be late, or the second of its kind. What holds now is asked of GitHub, and work in that place
//! stops or goes on accordingly.

use chrono::{DateTime, Utc};

use super::stop_place::{self, Place};
use super::{Context, Result, enqueue};
use crate::domain::command::InstallationNews;
use crate::domain::id::{DeliveryId, InstallationId, RepoName};
use crate::domain::job::Job;
use crate::intake;

pub(super) async fn run(job: Context<'_>, news: &InstallationNews, delivery: &DeliveryId) -> Result<()> {
    match news.repositories.as_slice() {
        [] => apply_to_all(job, news.installation).await,
        [repository] => apply_to_one(job, news.installation, repository).await,
        several => {
            let mut tx = job.write().await?;
            for repository in several.iter().filter(|repository| concerns_us(job, repository)) {
                let news = InstallationNews { repositories: vec![repository.clone()], ..news.clone() };
                let next = Job::ApplyInstallation { news, delivery: delivery.clone() };
                enqueue(&mut tx, &next, job.now()).await?;
            }
            job.finish(tx).await
        }
    }
}

fn is_hub(job: Context<'_>, repository: &RepoName) -> bool {
    job.app.config.hub.repository.as_str().eq_ignore_ascii_case(repository.as_str())
}

fn concerns_us(job: Context<'_>, repository: &RepoName) -> bool {
    intake::holds_recipes(repository) || is_hub(job, repository)
}

async fn apply_to_all(job: Context<'_>, installation: InstallationId) -> Result<()> {
    let place = Place { installation, repository: None };
    let found = job.app.github.as_app(job.now()).installation(installation).await?;
    let stopped = match found {
        None => Some(("deleted", job.now())),
        Some(found) => found.suspended_at.map(|at| ("suspend", at)),
    };
    // Before what is known of it is forgotten.
    let with_hub = stopped.is_some() && has_hub(job, installation).await?;
    job.app.forget_installation(installation);
    apply(job, place, stopped, with_hub).await
}

async fn apply_to_one(job: Context<'_>, installation: InstallationId, repository: &RepoName) -> Result<()> {
    if !concerns_us(job, repository) {
        return job.done().await;
    }
    let place = Place { installation, repository: Some(repository) };
    let is_covered = match job.app.github.installation_of(repository).await {
        Ok(covering) => covering == installation,
        Err(error) if error.is_not_found() => false,
        Err(error) => return Err(error.into()),
    };
    job.app.forget_installation(installation);
    let stopped = (!is_covered).then(|| ("removed", job.now()));
    apply(job, place, stopped, is_hub(job, repository)).await
}

/// Whether the repository in which recipes run is in an installation that may be gone.
async fn has_hub(job: Context<'_>, installation: InstallationId) -> Result<bool> {
    match job.app.hub_installation().await {
        Ok(hub) => Ok(hub == installation),
        // Nobody else has it either.
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(error.into()),
    }
}

async fn apply(
    job: Context<'_>,
    place: Place<'_>,
    stopped: Option<(&str, DateTime<Utc>)>,
    with_hub: bool,
) -> Result<()> {
    let mut tx = job.write().await?;
    match stopped {
        Some(stopped) => stop_place::stop_in(job, &mut tx, place, stopped, with_hub).await?,
        None => stop_place::go_on_in(job, &mut tx, place).await?,
    }
    job.finish(tx).await
}
