//! Places where we may not work: a suspended or deleted installation, a repository that was taken out of one. Work there ends, once and
//! with a word why; jobs that were queued before, or that something still brings, do nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::end_run::Ending;
use super::{Context, Result, end_run, end_workflow_run, enqueue, stop_run, timeline};
use crate::domain::fault::Fault;
use crate::domain::id::{InstallationId, RepoName};
use crate::domain::job::Job;
use crate::store::recipe_run::RecipeRun;
use crate::store::workflow_run::WorkflowRun;
use crate::store::{self, Tx};

/// What was refused so long before we knew why is tried again when work goes on.
const BEFORE_WE_KNEW: TimeDelta = TimeDelta::hours(1);

/// A whole installation, or one repository of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) installation: InstallationId,
    pub(super) repository: Option<&'a RepoName>,
}

/// Whether the job would act where we may not.
pub(super) async fn is_stopped(job: Context<'_>) -> Result<bool> {
    let Some((installation, repository)) = job.claim.payload.place() else { return Ok(false) };
    let mut tx = job.read().await?;
    let reason = store::stopped_place::reason(&mut tx, installation, repository).await?;
    if let Some(reason) = &reason {
        tracing::info!(%installation, reason, "nothing is done: the App may not work here");
    }
    Ok(reason.is_some())
}

/// Stops a place: nothing begins there, what is open ends, and nothing more is said there. `with_hub` tells that the repository in which
/// recipes run is in it: then no run can be asked about or stopped any more, wherever its recipe comes from.
pub(super) async fn stop_in(
    job: Context<'_>,
    tx: &mut Tx,
    place: Place<'_>,
    (why, since): (&str, DateTime<Utc>),
    with_hub: bool,
) -> Result<()> {
    let Place { installation, repository } = place;
    let fault = || Fault::Stopped { why: why.to_owned() };
    store::stopped_place::stop(tx, installation, repository, why, since).await?;
    let runs = open_runs(tx, place).await?;
    for workflow in open_workflows(tx, place, with_hub).await? {
        end_workflow_run::end_in(job, tx, &workflow, Err(fault())).await?;
        if !with_hub {
            stop_run::stop_workflow_in(job, tx, &workflow).await?;
        }
    }
    for run in &runs {
        // Its workflow run may just have ended it.
        let run = store::recipe_run::get(tx, run.id).await?;
        end_run::end_in(job, tx, &run, Ending::Failed(fault())).await?;
        stop_run::stop_in(job, tx, run.id).await?;
    }
    tracing::warn!(%installation, repository = repository.map(RepoName::as_str), why, runs = runs.len(), "work has stopped");
    let undeliverable = format!("the App may not work here: {why}");
    for id in store::report::set_all_undeliverable(tx, installation, repository, &undeliverable).await? {
        let report = store::report::get(tx, id).await?;
        timeline::add_not_shown(job, tx, &report, &undeliverable).await?;
    }
    Ok(())
}

async fn open_runs(tx: &mut Tx, place: Place<'_>) -> Result<Vec<RecipeRun>> {
    let Some(repository) = place.repository else {
        return Ok(store::recipe_run::places::list_open(tx, place.installation).await?);
    };
    let Some(feedstock) = store::feedstock::find(tx, repository).await? else { return Ok(Vec::new()) };
    Ok(store::recipe_run::list_open_by_feedstock(tx, feedstock).await?)
}

/// The workflow runs that end with the place: those that only list recipes of it; with the hub, every one.
async fn open_workflows(tx: &mut Tx, place: Place<'_>, with_hub: bool) -> Result<Vec<WorkflowRun>> {
    let mut open = store::workflow_run::list_open(tx).await?;
    if with_hub {
        return Ok(open);
    }
    let feedstock = match place.repository {
        Some(repository) => match store::feedstock::find(tx, repository).await? {
            Some(feedstock) => Some(feedstock),
            None => return Ok(Vec::new()),
        },
        None => None,
    };
    open.retain(|run| {
        run.recipe_run_id.is_none()
            && run.installation == place.installation
            && feedstock.is_none_or(|feedstock| run.feedstock_id == feedstock)
    });
    Ok(open)
}

/// Lets work go on in a place, if it was stopped: what could not be said is said now, and what happened meanwhile is looked for, since
/// GitHub tells a suspended App nothing.
pub(super) async fn go_on_in(job: Context<'_>, tx: &mut Tx, place: Place<'_>) -> Result<()> {
    let (Place { installation, repository }, now) = (place, job.now());
    let Some(since) = store::stopped_place::go_on(tx, installation, repository).await? else { return Ok(()) };
    tracing::info!(%installation, repository = repository.map(RepoName::as_str), %since, "work goes on");
    let reports =
        store::report::set_deliverable(tx, installation, repository, since - BEFORE_WE_KNEW).await?;
    for report in reports {
        enqueue(tx, &Job::PublishReport { report }, now).await?;
    }
    let next = match repository {
        Some(repository) => Job::ReconcileRepository { repository: repository.clone(), installation, since },
        None => Job::Reconcile { installation, since },
    };
    enqueue(tx, &next, now).await
}
