//! How a workflow run stands is asked of GitHub, and what depends on it is ended. A webhook, the timer and a restart all lead here;
//! nothing else ends a run that was dispatched.

use chrono::TimeDelta;

use super::outcome::Archive;
use super::{Context, Error, Result, end_workflow_run, enqueue, outcome, show_run, stop_run, timeline};
use crate::domain::command::WorkflowRunNews;
use crate::domain::fault::Fault;
use crate::domain::id::GithubRunId;
use crate::domain::job::Job;
use crate::domain::limits::{ENDS_WITHIN, STARTS_WITHIN};
use crate::domain::timeline::Happening;
use crate::github::{Repository, Run};
use crate::intake;
use crate::store;
use crate::store::workflow_run::WorkflowRun;

/// A list of artifacts may lag behind the end of its run: it is read this often before "none" is believed.
const READS: i64 = 3;
const BETWEEN_READS: TimeDelta = TimeDelta::seconds(10);

pub(super) async fn run(job: Context<'_>, news: &WorkflowRunNews) -> Result<()> {
    let mut tx = job.read().await?;
    let known = store::workflow_run::find_by_dispatch(&mut tx, &news.dispatch).await?;
    drop(tx);
    // Another App's run, or one that is over.
    let Some(run) = known.filter(|run| run.state != "concluded") else { return job.done().await };
    let Some(github_id) = run.github_id.or(news.github_run) else { return job.done().await };
    if news.github_run.is_some_and(|told| told != github_id) {
        tracing::warn!(dispatch = %news.dispatch, "a second workflow run carries this dispatch id and is ignored");
        return job.done().await;
    }
    let hub = &job.app.config.hub;
    let installation = job.app.hub_installation().await?;
    let repository = job.github(installation, &hub.repository);
    let seen = match repository.run(github_id).await {
        Ok(seen) => seen,
        Err(error) if error.is_not_found() => {
            let fault = Fault::NoOutcome { conclusion: "GitHub no longer knows the run".into() };
            return end_workflow_run::end(job, &run, Err(fault), None).await;
        }
        Err(error) => return Err(error.into()),
    };
    if !is_ours(&seen, &run, &hub.workflow) {
        tracing::warn!(dispatch = %news.dispatch, github_run = %github_id, "a workflow run only looks like ours and is ignored");
        return job.done().await;
    }
    if seen.has_ended() {
        let result = match seen.conclusion.as_deref() {
            Some("cancelled") => Err(Fault::Cancelled { by: None }),
            conclusion => {
                outcome_of(job, &repository, &run, github_id, conclusion.unwrap_or("no conclusion")).await?
            }
        };
        return end_workflow_run::end(job, &run, result, Some(seen.html_url)).await;
    }
    still_open(job, &run, &seen).await
}

/// A run counts when it is the dispatched run of our workflow that carries our name for it. GitHub tells; the webhook does not.
fn is_ours(seen: &Run, run: &WorkflowRun, workflow: &str) -> bool {
    let path = seen.path.split_once('@').map_or(seen.path.as_str(), |(path, _)| path);
    seen.event == "workflow_dispatch"
        && path == format!(".github/workflows/{workflow}")
        && intake::dispatch_id(&seen.display_title).as_ref() == Some(&run.dispatch_id)
}

async fn outcome_of(
    job: Context<'_>,
    repository: &Repository<'_>,
    run: &WorkflowRun,
    github_id: GithubRunId,
    conclusion: &str,
) -> Result<end_workflow_run::Ended> {
    let artifacts = repository.artifacts(github_id, runner_contract::OUTCOME_ARTIFACT).await?;
    let newest =
        artifacts.into_iter().filter(|artifact| !artifact.expired).max_by_key(|artifact| artifact.id);
    let Some(artifact) = newest else {
        if job.claim.attempt < READS {
            return Err(Error::look_again(
                "the workflow run has ended and no outcome is to be seen yet",
                BETWEEN_READS,
            ));
        }
        return Ok(Err(Fault::NoOutcome { conclusion: conclusion.to_owned() }));
    };
    if artifact.size_in_bytes > outcome::MAX_ARCHIVE_BYTES as u64 {
        return Ok(Err(Fault::BadOutcome { why: format!("an archive of {} bytes", artifact.size_in_bytes) }));
    }
    match repository.download(artifact.id, outcome::MAX_ARCHIVE_BYTES).await {
        Ok(archive) => {
            let read = outcome::read(&Archive(archive), &run.request, conclusion);
            Ok(read.map(|outcome| outcome::redacted(outcome, &job.app.redactor)))
        }
        // Somebody deleted it after it was listed.
        Err(error) if error.is_not_found() => Ok(Err(Fault::NoOutcome { conclusion: conclusion.to_owned() })),
        Err(error) => Err(error.into()),
    }
}

async fn still_open(job: Context<'_>, run: &WorkflowRun, seen: &Run) -> Result<()> {
    let now = job.now();
    let dispatched_at = run.dispatched_at.unwrap_or(now);
    let limit = if seen.has_started() { ENDS_WITHIN } else { STARTS_WITHIN };
    if now - dispatched_at > limit {
        let minutes = limit.num_minutes();
        let fault =
            if seen.has_started() { Fault::TimedOut { minutes } } else { Fault::NotStarted { minutes } };
        let mut tx = job.write().await?;
        // Nobody waits for it any more, and it must not begin to write when nobody does.
        enqueue(&mut tx, &Job::CancelWorkflow { workflow_run: run.id }, now).await?;
        end_workflow_run::end_in(job, &mut tx, run, Err(fault)).await?;
        return job.finish(tx).await;
    }
    let mut tx = job.write().await?;
    // The news may be faster than the answer to the dispatch, which then has nothing to add.
    let is_dispatched =
        store::workflow_run::set_dispatched(&mut tx, run.id, seen.id, &seen.html_url, now).await?;
    store::workflow_run::set_checked(&mut tx, run.id, now).await?;
    let is_running = seen.has_started() && store::workflow_run::set_running(&mut tx, run.id, now).await?;
    if let Some(recipe_run) = run.recipe_run_id.filter(|_| is_dispatched || is_running) {
        if is_dispatched {
            timeline::add(job, &mut tx, recipe_run, &Happening::Dispatched(seen.id)).await?;
        }
        if is_running {
            timeline::add(job, &mut tx, recipe_run, &Happening::Running).await?;
        }
        show_run::show(job, &mut tx, recipe_run).await?;
    }
    if is_dispatched {
        stop_run::stop_if_asked_in(job, &mut tx, run).await?;
    }
    job.finish(tx).await
}
