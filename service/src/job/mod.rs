//! The use cases, one file each. A job loads, lets the domain decide, and writes state, reports and further jobs in one transaction;
//! no transaction is open while GitHub is asked. A job never calls another: it queues it.
//!
//! GitHub is written by `dispatch_workflow`, `cancel_workflow`, `publish_report` and `create_feedstock`, and asked to deliver again by
//! `recover_deliveries`; Dataflow is written by `cancel_dataflow_job`. Nothing else writes outside.

mod after_commit;
mod answer_command;
mod answer_rerun;
mod apply_installation;
mod attempt_run;
mod audience;
mod cancel_dataflow_job;
mod cancel_workflow;
mod close_pull_request;
mod conclude_workflow_run;
mod create_feedstock;
mod deploy_production;
mod dispatch_workflow;
mod end_run;
mod end_workflow_run;
mod error;
mod follow_dataflow;
mod give_up;
mod interpret_delivery;
mod outcome;
mod publish_report;
mod queue_production;
mod reconcile;
mod reconcile_repository;
mod record_job_status;
mod recover_deliveries;
mod replace_runs;
mod resynchronize;
pub mod show_creation;
mod show_run;
mod start_run;
mod stop_place;
mod stop_run;
pub mod sweep;
mod synchronize;
mod timeline;
mod watch_dataflow_job;
pub mod worker;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use after_commit::AfterCommit;
pub use error::{Error, Result};

use crate::app::App;
use crate::domain::id::{InstallationId, RepoName};
use crate::domain::job::Job;
use crate::domain::report::Content;
use crate::domain::run::with_message;
use crate::github::Repository;
use crate::store::job::Claimed;
use crate::store::recipe_run::RecipeRun;
use crate::store::{self, Tx};

/// No attempt may take longer. A lease outlives it, so that a worker that is alive never loses one.
pub const TIME_LIMIT: std::time::Duration = std::time::Duration::from_mins(1);
const LEASE: TimeDelta = TimeDelta::seconds(90);

/// Does one claimed job.
async fn run(app: &App, claim: &Claimed) -> Result<()> {
    let after = AfterCommit::default();
    let job = Context { app, claim, after: &after };
    if stop_place::is_stopped(job).await? {
        return job.done().await;
    }
    match &claim.payload {
        Job::InterpretDelivery { delivery } => interpret_delivery::run(job, delivery).await,
        Job::Synchronize { pull_request } => synchronize::run(job, pull_request).await,
        Job::Resynchronize { pull_request } => resynchronize::run(job, pull_request).await,
        Job::AnswerCommand { command } => answer_command::run(job, command).await,
        Job::AnswerRerun { rerun, delivery } => answer_rerun::run(job, rerun, delivery).await,
        Job::ClosePullRequest { pull_request } => close_pull_request::run(job, pull_request).await,
        // By far the largest of these futures: inside, it would make all of them as large.
        Job::CreateFeedstock { pull_request } => Box::pin(create_feedstock::run(job, pull_request)).await,
        Job::DeployProduction { order } => deploy_production::run(job, order).await,
        Job::StartRun { recipe_run } => start_run::run(job, *recipe_run).await,
        Job::DispatchWorkflow { workflow_run } => dispatch_workflow::run(job, *workflow_run).await,
        Job::ConcludeWorkflowRun { news } => conclude_workflow_run::run(job, news).await,
        Job::StopRun { recipe_run } => stop_run::run(job, *recipe_run).await,
        Job::CancelWorkflow { workflow_run } => cancel_workflow::run(job, *workflow_run).await,
        Job::CancelDataflowJob { job: id } => cancel_dataflow_job::run(job, *id).await,
        Job::RecordJobStatus { event } => record_job_status::run(job, *event).await,
        Job::WatchDataflowJob { job: id, missed } => watch_dataflow_job::run(job, *id, *missed).await,
        Job::PublishReport { report } => publish_report::run(job, *report).await,
        Job::ApplyInstallation { news, delivery } => apply_installation::run(job, news, delivery).await,
        Job::RecoverDeliveries { listing } => recover_deliveries::run(job, listing.as_ref()).await,
        Job::Reconcile { installation, since } => reconcile::run(job, *installation, *since).await,
        Job::ReconcileRepository { repository, installation, since } => {
            reconcile_repository::run(job, (repository, *installation), *since).await
        }
    }
}

/// What a use case works with: the application, and the claim that lets it write.
#[derive(Clone, Copy)]
struct Context<'a> {
    app: &'a App,
    claim: &'a Claimed,
    after: &'a AfterCommit,
}

impl<'a> Context<'a> {
    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    fn github(&self, installation: InstallationId, repository: &'a RepoName) -> Repository<'a> {
        self.app.github.repository(installation, repository, self.now())
    }

    async fn read(&self) -> Result<Tx> {
        Ok(self.app.store.read().await?)
    }

    /// A transaction whose jobs and lines go back to what this job goes back to.
    async fn write(&self) -> Result<Tx> {
        Ok(self.app.store.write().await?.because_of(self.claim.cause.clone()))
    }

    /// Commits, unless the lease is lost, and goes on with the job.
    async fn hold(&self, mut tx: Tx) -> Result<()> {
        if !store::job::hold(&mut tx, self.claim, LEASE, self.now()).await? {
            return Err(Error::LeaseLost);
        }
        self.app.commit(tx).await?;
        self.after.count(&self.app.metrics);
        Ok(())
    }

    /// Commits together with the end of the job, unless the lease is lost.
    async fn finish(&self, mut tx: Tx) -> Result<()> {
        if !store::job::finish(&mut tx, self.claim, self.now()).await? {
            return Err(Error::LeaseLost);
        }
        self.app.commit(tx).await?;
        self.after.count(&self.app.metrics);
        Ok(())
    }

    /// Ends the job with nothing else to write.
    async fn done(&self) -> Result<()> {
        let tx = self.write().await?;
        self.finish(tx).await
    }
}

/// Queues a job for now.
async fn enqueue(tx: &mut Tx, job: &Job, now: DateTime<Utc>) -> Result<()> {
    store::job::insert(tx, job, now, now).await?;
    Ok(())
}

/// Adds facts to what the `message` of a run says, which everybody may read: without secrets.
async fn note(job: Context<'_>, tx: &mut Tx, run: &RecipeRun, mut facts: Value) -> Result<()> {
    job.app.redactor.mask_json(&mut facts);
    let message = with_message(run.message.as_deref(), &facts);
    store::recipe_run::set_message(tx, run.id, &message).await?;
    Ok(())
}

/// Says what GitHub should show under a key, and queues the job that brings it there when that is news.
async fn publish(
    tx: &mut Tx,
    key: &str,
    place: (&RepoName, InstallationId),
    content: &Content,
    now: DateTime<Utc>,
) -> Result<()> {
    publish_in_slot(tx, key, None, place, content, now).await
}

/// The same for a comment of which only the newest of its slot should stay up.
async fn publish_in_slot(
    tx: &mut Tx,
    key: &str,
    slot: Option<&str>,
    place: (&RepoName, InstallationId),
    content: &Content,
    now: DateTime<Utc>,
) -> Result<()> {
    if let Some(report) = store::report::set(tx, key, slot, place, content, now).await? {
        enqueue(tx, &Job::PublishReport { report }, now).await?;
    }
    let Some(slot) = slot else { return Ok(()) };
    for older in store::report::list_others_in_slot(tx, slot, key).await? {
        if let Content::Comment { pull_request, .. } = older.content.0 {
            store::report::set_content(tx, older.id, place.1, &Content::NoComment { pull_request }, now)
                .await?;
            enqueue(tx, &Job::PublishReport { report: older.id }, now).await?;
        }
    }
    Ok(())
}
