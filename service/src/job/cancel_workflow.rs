//! GitHub is asked to stop a workflow run. The end of it comes as every end does, through `conclude_workflow_run`.

use super::{Context, Result, enqueue};
use crate::domain::command::WorkflowRunNews;
use crate::domain::id::WorkflowRunId;
use crate::domain::job::Job;
use crate::store;

pub(super) async fn run(job: Context<'_>, id: WorkflowRunId) -> Result<()> {
    let mut tx = job.read().await?;
    let workflow = store::workflow_run::get(&mut tx, id).await?;
    drop(tx);
    // Without an id there is nothing to name: whoever learns of one asks again. One that we ended for its silence may still go on.
    let Some(github_id) = workflow.github_id else {
        return job.done().await;
    };
    let installation = job.app.hub_installation().await?;
    job.github(installation, &job.app.config.hub.repository).cancel_run(github_id).await?;
    tracing::info!(dispatch = %workflow.dispatch_id, github_run = %github_id, "asked GitHub to cancel");
    let mut tx = job.write().await?;
    let news = WorkflowRunNews { dispatch: workflow.dispatch_id, github_run: Some(github_id) };
    enqueue(&mut tx, &Job::ConcludeWorkflowRun { news }, job.now()).await?;
    job.finish(tx).await
}
