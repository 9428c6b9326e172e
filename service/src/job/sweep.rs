//! What no event told us. The timer calls this often; it only queues work that finds out, so two processes that sweep at once do no
//! harm.

use chrono::TimeDelta;

use super::{Error, Result, enqueue, worker};
use crate::app::App;
use crate::domain::command::WorkflowRunNews;
use crate::domain::job::Job;
use crate::store;
use crate::store::job::Claimed;

/// An open workflow run is asked about when nothing was heard of it for so long.
const SILENCE: TimeDelta = TimeDelta::minutes(2);
/// A report that is not published after this long has lost its job.
const UNPUBLISHED: TimeDelta = TimeDelta::minutes(10);
/// Done jobs are kept for an operator's questions.
const KEEP_DONE: TimeDelta = TimeDelta::days(7);
/// Deliveries are kept for longer than GitHub can redeliver them.
const KEEP_DELIVERIES: TimeDelta = TimeDelta::days(30);
/// So that no sweep holds the writer for long.
const DELETE_AT_MOST: i64 = 500;

/// Looks once at everything that may have been forgotten.
pub async fn sweep(app: &App) -> Result<()> {
    return_leases(app).await?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    for run in store::workflow_run::list_silent(&mut tx, now - SILENCE).await? {
        let news = WorkflowRunNews { dispatch: run.dispatch_id, github_run: run.github_id };
        enqueue(&mut tx, &Job::ConcludeWorkflowRun { news }, now).await?;
    }
    for report in store::report::list_unpublished(&mut tx, now - UNPUBLISHED).await? {
        enqueue(&mut tx, &Job::PublishReport { report: report.id }, now).await?;
    }
    store::job::delete_old(&mut tx, now - KEEP_DONE, DELETE_AT_MOST).await?;
    store::delivery::delete_old(&mut tx, now - KEEP_DELIVERIES, DELETE_AT_MOST).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
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
        worker::settle(app, &claim, lost).await?;
    }
    Ok(())
}
