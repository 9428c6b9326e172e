//! What an installation covers is compared with GitHub, where deliveries were missed that can no longer be had. Each repository with
//! recipes is a job of its own, so that none takes long; runs need none, since the timer asks about every open one anyway.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Context, Result, enqueue};
use crate::domain::command::InstallationNews;
use crate::domain::id::{DeliveryId, InstallationId, RepoName};
use crate::domain::job::Job;
use crate::intake;
use crate::store;

pub(super) async fn run(job: Context<'_>, installation: InstallationId, since: DateTime<Utc>) -> Result<()> {
    let repositories = match job.app.github.repositories(installation, job.now()).await {
        Ok(repositories) => repositories,
        // It was deleted after it was listed.
        Err(error) if error.is_not_found() => return job.done().await,
        Err(error) => return Err(error.into()),
    };
    let audience = &job.app.config.github.audience;
    let mut tx = job.write().await?;
    for repository in repositories {
        if intake::holds_recipes(&repository) && audience.covers(&repository) {
            let next = Job::ReconcileRepository { repository, installation, since };
            enqueue(&mut tx, &next, job.now()).await?;
        }
    }
    job.finish(tx).await
}

/// Queues the comparison of everything, and goes on with the job that found it necessary.
pub(super) async fn queue_all(job: Context<'_>, since: DateTime<Utc>) -> Result<()> {
    let now = job.now();
    let installations = job.app.github.as_app(now).installations().await?;
    let mut tx = job.write().await?;
    // News of installations may be among what was missed: each place that is not as it was known is looked at.
    let mut doubtful: BTreeSet<(InstallationId, Option<RepoName>)> =
        store::stopped_place::list(&mut tx).await?.into_iter().collect();
    for installation in store::recipe_run::places::list_installations(&mut tx).await? {
        if installations.iter().all(|listed| listed.id != installation) {
            doubtful.insert((installation, None));
        }
    }
    for installation in installations {
        if installation.suspended_at.is_some() {
            doubtful.insert((installation.id, None));
        } else {
            enqueue(&mut tx, &Job::Reconcile { installation: installation.id, since }, now).await?;
        }
    }
    for (installation, repository) in doubtful {
        let told_by = DeliveryId(format!("reconcile/{installation}"));
        let news =
            InstallationNews { installation, repositories: repository.into_iter().collect(), stopped: None };
        enqueue(&mut tx, &Job::ApplyInstallation { news, delivery: told_by }, now).await?;
    }
    job.hold(tx).await
}
