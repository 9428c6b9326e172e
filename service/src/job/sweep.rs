//! What no event told us. The timer calls this often; it only queues work that finds out, so two processes that sweep at once do no
//! harm.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, Result, recover_deliveries, worker};
use crate::app::App;
use crate::domain::command::WorkflowRunNews;
use crate::domain::dataflow::limits;
use crate::domain::id::Cause;
use crate::domain::job::Job;
use crate::store::job::Claimed;
use crate::store::{self, Tx};

/// An open workflow run is asked about when nothing was heard of it for so long.
const SILENCE: TimeDelta = TimeDelta::minutes(2);
/// A run that was not dispatched after this long has lost its job.
const UNDISPATCHED: TimeDelta = TimeDelta::minutes(30);
/// A run that was to be stopped and has not ended after this long is asked to stop again.
const UNSTOPPED: TimeDelta = TimeDelta::minutes(10);
/// A report that is not published after this long has lost its job.
const UNPUBLISHED: TimeDelta = TimeDelta::minutes(10);
/// The creation of a feedstock that did not move for so long has lost its job.
const FORGOTTEN: TimeDelta = TimeDelta::minutes(10);
/// Done jobs are kept for an operator's questions.
const KEEP_DONE: TimeDelta = TimeDelta::days(7);
/// Deliveries are kept for longer than GitHub can redeliver them.
const KEEP_DELIVERIES: TimeDelta = TimeDelta::days(30);
/// What was given up is remembered for longer than GitHub's log shows it.
const KEEP_GIVEN_UP: TimeDelta = TimeDelta::days(7);
/// So that no sweep holds the writer for long.
const DELETE_AT_MOST: i64 = 500;

/// Looks once at everything that may have been forgotten.
pub async fn sweep(app: &App) -> Result<()> {
    return_leases(app).await?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?.because_of(Some(Cause::timer()));
    let mut found = Found::default();
    for run in store::workflow_run::list_silent(&mut tx, now - SILENCE).await? {
        let news = WorkflowRunNews { dispatch: run.dispatch_id, github_run: run.github_id };
        found.enqueue(&mut tx, &Job::ConcludeWorkflowRun { news }, now).await?;
    }
    for run in store::workflow_run::list_pending(&mut tx, now - UNDISPATCHED).await? {
        found.enqueue(&mut tx, &Job::DispatchWorkflow { workflow_run: run.id }, now).await?;
    }
    for run in store::recipe_run::list_cancelling(&mut tx, now - UNSTOPPED).await? {
        found.enqueue(&mut tx, &Job::StopRun { recipe_run: run.id }, now).await?;
    }
    for recipe_run in
        store::recipe_run::list_overdue(&mut tx, now - limits::TEST_WITHIN, now - limits::PRODUCTION_WITHIN)
            .await?
    {
        found.enqueue(&mut tx, &Job::StopRun { recipe_run }, now).await?;
    }
    for recipe_run in store::recipe_run::list_free_to_start(&mut tx).await? {
        found.enqueue(&mut tx, &Job::StartRun { recipe_run }, now).await?;
    }
    for report in store::report::list_unpublished(&mut tx, now - UNPUBLISHED).await? {
        found.enqueue(&mut tx, &Job::PublishReport { report: report.id }, now).await?;
    }
    // Without an App there is nobody to whom GitHub could have sent anything.
    if app.config.github.private_key.is_some() {
        recover_deliveries::queue_in(app, &mut tx, now).await?;
    }
    store::redelivery::delete_old(&mut tx, now - KEEP_GIVEN_UP).await?;
    sweep_dataflow(app, &mut tx, &mut found, now).await?;
    for creation in store::feedstock_creation::list_forgotten(&mut tx, now - FORGOTTEN).await? {
        found.enqueue(&mut tx, &Job::CreateFeedstock { pull_request: creation.merged() }, now).await?;
    }
    store::job::delete_old(&mut tx, now - KEEP_DONE, DELETE_AT_MOST).await?;
    store::delivery::delete_old(&mut tx, now - KEEP_DELIVERIES, DELETE_AT_MOST).await?;
    app.commit(tx).await?;
    found.count(app);
    app.looked_back.store(true, Ordering::Relaxed);
    Ok(())
}

/// The jobs on Dataflow, and what was told of them.
async fn sweep_dataflow(app: &App, tx: &mut Tx, found: &mut Found, now: DateTime<Utc>) -> Result<()> {
    let mut to_watch =
        store::dataflow_job::list_overdue(tx, now - limits::TEST_WITHIN, now - limits::PRODUCTION_WITHIN)
            .await?;
    to_watch.extend(store::dataflow_job::list_unconcluded(tx, now - limits::UNCONCLUDED).await?);
    if app.google.is_some() {
        let since = (now - limits::SILENCE, now - limits::SILENCE_OF_CANCELLED);
        to_watch.extend(store::dataflow_job::list_silent(tx, since.0, since.1).await?);
    }
    for job in to_watch {
        found.enqueue(tx, &Job::WatchDataflowJob { job, missed: false }, now).await?;
    }
    for event in store::job_event::list_matchable(tx, now - limits::UNCONCLUDED).await? {
        found.enqueue(tx, &Job::RecordJobStatus { event }, now).await?;
    }
    let unmatched = store::job_event::set_unmatched(tx, now - limits::PARKED_FOR).await?;
    found.unmatched = unmatched;
    if unmatched > 0 {
        tracing::warn!(events = unmatched, "dataflow_status_unmatched: news of jobs that nobody here knows");
    }
    store::job_event::delete_old(tx, now - limits::KEEP_EVENTS, DELETE_AT_MOST).await?;
    Ok(())
}

/// What a sweep has found, counted once it is committed.
#[derive(Default)]
struct Found {
    queued: Vec<&'static str>,
    unmatched: u64,
}

impl Found {
    /// Queues a job for now. One that waits already is none of the sweep's.
    async fn enqueue(&mut self, tx: &mut Tx, job: &Job, now: DateTime<Utc>) -> Result<()> {
        if store::job::insert(tx, job, now, now).await? {
            self.queued.push(job.kind());
        }
        Ok(())
    }

    fn count(&self, app: &App) {
        self.queued.iter().for_each(|kind| app.metrics.swept(kind));
        app.metrics.unmatched_messages(self.unmatched);
    }
}

/// Puts back every job that is held. Only for a process that knows that it is the only one: whoever held them is gone.
pub async fn return_all_leases(app: &App) -> Result<()> {
    let mut tx = app.store.read().await?;
    let held = store::job::list_running(&mut tx).await?;
    drop(tx);
    put_back(app, held).await
}

/// Puts back the jobs whose worker was not heard of until its lease ended.
async fn return_leases(app: &App) -> Result<()> {
    let mut tx = app.store.read().await?;
    let expired = store::job::list_expired(&mut tx, app.clock.now()).await?;
    drop(tx);
    put_back(app, expired).await
}

/// The attempt counts: a job that kills its worker must come to an end.
async fn put_back(app: &App, claims: Vec<Claimed>) -> Result<()> {
    for claim in claims {
        let lost = Error::look_again("its worker was lost", TimeDelta::zero());
        // One that cannot be put back must not keep the others, or the rest of the sweep, from being seen to.
        match worker::settle(app, &claim, lost).await {
            Ok(()) => app.metrics.lease_lost(),
            Err(error) => {
                tracing::error!(%error, job = %claim.id, "a job whose worker was lost cannot be put back");
            }
        }
    }
    Ok(())
}
