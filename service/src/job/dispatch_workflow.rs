//! A recorded workflow run is started on GitHub, once.
//!
//! A dispatch has no key that GitHub would refuse a second time, and an answer can be lost on the way after GitHub has done it. So
//! the attempt is recorded before it is made, and a record with an attempt but no run is looked for by the dispatch id in the run's
//! name: several times over a minute, since lists lag behind, and only then is it sent once more.

use chrono::TimeDelta;

use super::{Context, Error, Result, end_workflow_run, show_run, stop_run, timeline};
use crate::domain::fault::Fault;
use crate::domain::id::{GithubRunId, RepoName, WorkflowRunId};
use crate::domain::run::RunState;
use crate::domain::timeline::Happening;
use crate::github::Retry;
use crate::intake;
use crate::store;
use crate::store::workflow_run::{self, WorkflowRun};

const LOOKS: i64 = 3;
const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(20);
/// The two clocks may differ by this much, and a list is asked for by GitHub's.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

pub(super) async fn run(job: Context<'_>, id: WorkflowRunId) -> Result<()> {
    let mut tx = job.read().await?;
    let run = store::workflow_run::get(&mut tx, id).await?;
    let repository = store::feedstock::spec_of(&mut tx, run.feedstock_id).await?;
    drop(tx);
    if run.state != "pending" {
        return job.done().await;
    }
    if let Some(found) = look_for(job, &run).await? {
        return dispatched(job, &run, found).await;
    }
    if let Some(fault) = reason_not_to(job, &run, &repository).await? {
        return end_workflow_run::end(job, &run, Err(fault), None).await;
    }
    let mut tx = job.write().await?;
    if !store::workflow_run::set_attempted(&mut tx, id, job.now()).await? {
        // Somebody took it back between the look above and now, and has said so.
        drop(tx);
        return job.done().await;
    }
    job.hold(tx).await?;

    let hub = &job.app.config.hub;
    let installation = job.app.hub_installation().await?;
    let inputs = run.request.inputs();
    match job.github(installation, &hub.repository).dispatch(&hub.workflow, &hub.git_ref, &inputs).await {
        Ok(Some(answer)) => dispatched(job, &run, (answer.id, answer.html_url)).await,
        Ok(None) => Err(Error::look_again("GitHub did not say which run it started", TimeDelta::seconds(2))),
        Err(error) if error.retry() == Retry::Never => {
            let fault = Fault::DispatchRefused { why: error.to_string() };
            end_workflow_run::end(job, &run, Err(fault), None).await
        }
        Err(error) if error.retry() == Retry::Later => {
            Err(Error::look_again(error.to_string(), BETWEEN_LOOKS))
        }
        Err(error) => Err(error.into()),
    }
}

/// Looks for a run that an earlier attempt may have started. Answers `None` when a dispatch may be sent.
async fn look_for(job: Context<'_>, run: &WorkflowRun) -> Result<Option<(GithubRunId, String)>> {
    let Some(attempted_at) = run.attempted_at else { return Ok(None) };
    let hub = &job.app.config.hub;
    let installation = job.app.hub_installation().await?;
    let listed = job
        .github(installation, &hub.repository)
        .dispatched_runs(&hub.workflow, attempted_at - CLOCK_SKEW)
        .await?;
    let found = listed
        .into_iter()
        .find(|listed| intake::dispatch_id(&listed.display_title).as_ref() == Some(&run.dispatch_id));
    if let Some(found) = found {
        return Ok(Some((found.id, found.html_url)));
    }
    let looks = run.looks + 1;
    if looks >= LOOKS {
        return Ok(None);
    }
    let mut tx = job.write().await?;
    store::workflow_run::set_looks(&mut tx, run.id, looks).await?;
    job.hold(tx).await?;
    Err(Error::look_again("whether the earlier dispatch worked is not known yet", BETWEEN_LOOKS))
}

/// Why the run that was asked for is not wanted any more: somebody took it back, it has ended in the meantime, or the pull request has
/// a newer head.
async fn reason_not_to(job: Context<'_>, run: &WorkflowRun, repository: &RepoName) -> Result<Option<Fault>> {
    if let Some(recipe_run) = run.recipe_run_id {
        let mut tx = job.read().await?;
        let recipe_run = store::recipe_run::get(&mut tx, recipe_run).await?;
        if recipe_run.cancel_asked_at.is_some() || recipe_run.state()? != RunState::InProgress {
            return Ok(Some(Fault::Cancelled { by: recipe_run.cancel_asked_by }));
        }
    }
    if let Some(by) = &run.stop_asked_by {
        return Ok(Some(Fault::Cancelled { by: Some(by.clone()) }));
    }
    let for_a_head = matches!(
        run.context.0,
        workflow_run::Context::Test { .. } | workflow_run::Context::Synchronize { .. }
    );
    let Some(number) = run.pull_request.filter(|_| for_a_head) else { return Ok(None) };
    // The reference to the repository name must live as long as the client that borrows it.
    let github = job.app.github.repository(run.installation, repository, job.now());
    let head = github.pull(number).await?.head_sha;
    Ok((head.as_str() != run.request.sha).then_some(Fault::Replaced { by: head }))
}

async fn dispatched(
    job: Context<'_>,
    run: &WorkflowRun,
    (github_id, html_url): (GithubRunId, String),
) -> Result<()> {
    let now = job.now();
    let mut tx = job.write().await?;
    let is_news = store::workflow_run::set_dispatched(&mut tx, run.id, github_id, &html_url, now).await?;
    if let Some(recipe_run) = run.recipe_run_id.filter(|_| is_news) {
        timeline::add(job, &mut tx, recipe_run, &Happening::Dispatched(github_id)).await?;
        show_run::show(job, &mut tx, recipe_run).await?;
    }
    if is_news {
        stop_run::stop_if_asked_in(job, &mut tx, run).await?;
    }
    tracing::info!(dispatch = %run.dispatch_id, github_run = %github_id, "dispatched");
    job.finish(tx).await
}
