//! Stopping what goes on for a run elsewhere. In a transaction this only says what has to be asked of whom: GitHub by
//! `cancel_workflow`, Dataflow by `cancel_dataflow_job`. A stop that comes before there is anything to stop is remembered: the run's row
//! says so, and whoever learns of an id later asks then.

use super::end_run::{self, Ending};
use super::{Context, Result, end_workflow_run, enqueue, show_run};
use crate::domain::dataflow::limits;
use crate::domain::fault::Fault;
use crate::domain::id::{Login, RecipeRunId};
use crate::domain::job::Job;
use crate::domain::run::RunState;
use crate::store::workflow_run::WorkflowRun;
use crate::store::{self, Tx};

/// A run that was to be stopped a while ago is asked for once more; one for which nothing goes on anywhere ends here, and so does one
/// that has gone on for longer than any may.
pub(super) async fn run(job: Context<'_>, id: RecipeRunId) -> Result<()> {
    let mut tx = job.write().await?;
    let run = store::recipe_run::get(&mut tx, id).await?;
    let limit = limits::run_within(run.is_test);
    if run.state()? == RunState::InProgress && job.now() - run.started_at > limit {
        stop_in(job, &mut tx, id).await?;
        let fault = Fault::TimedOut { minutes: limit.num_minutes() };
        end_run::end_in(job, &mut tx, &run, Ending::Failed(fault)).await?;
    } else if run.state()? == RunState::InProgress && !stop_in(job, &mut tx, id).await? {
        let fault = Fault::Cancelled { by: run.cancel_asked_by.clone() };
        end_run::end_in(job, &mut tx, &run, Ending::Failed(fault)).await?;
    }
    job.finish(tx).await
}

/// Queues the requests that stop whatever still goes on for a recipe run. Answers whether anything may still go on.
pub(super) async fn stop_in(job: Context<'_>, tx: &mut Tx, run: RecipeRunId) -> Result<bool> {
    let mut goes_on = false;
    if let Some(workflow) = store::workflow_run::find_by_recipe_run(tx, run).await? {
        goes_on |= stop_workflow_in(job, tx, &workflow).await?;
    }
    if let Some(dataflow) = store::dataflow_job::find_by_run(tx, run).await?
        && dataflow.ended_at.is_none()
        && dataflow.job_id.is_some()
    {
        enqueue(tx, &Job::CancelDataflowJob { job: dataflow.id }, job.now()).await?;
        goes_on = true;
    }
    // What was handed over goes on there, also where it cannot be named yet, or takes no word from us.
    let handed_over = show_run::is_submitted(&store::recipe_run::get(tx, run).await?)?;
    Ok(goes_on || handed_over)
}

/// Stops a workflow run whose id has just become known, if that was asked for, or if nobody waits for it any more.
pub(super) async fn stop_if_asked_in(job: Context<'_>, tx: &mut Tx, workflow: &WorkflowRun) -> Result<()> {
    let is_unwanted = match workflow.recipe_run_id {
        Some(run) => {
            let run = store::recipe_run::get(tx, run).await?;
            run.cancel_asked_at.is_some() || run.state()? != RunState::InProgress
        }
        None => store::workflow_run::get(tx, workflow.id).await?.stop_asked_by.is_some(),
    };
    if is_unwanted {
        enqueue(tx, &Job::CancelWorkflow { workflow_run: workflow.id }, job.now()).await?;
    }
    Ok(())
}

/// Stops a workflow run that lists recipes. Answers whether it may still go on; if not, its end has been told.
pub(super) async fn stop_expansion_in(
    job: Context<'_>,
    tx: &mut Tx,
    workflow: &WorkflowRun,
    by: &Login,
) -> Result<bool> {
    store::workflow_run::set_stop_asked(tx, workflow.id, Some(by)).await?;
    let was_open = workflow.state != "concluded";
    let goes_on = stop_workflow_in(job, tx, workflow).await?;
    if was_open && !goes_on {
        let fault = Fault::Cancelled { by: Some(by.clone()) };
        end_workflow_run::follow_in(job, tx, workflow, Err(fault)).await?;
    }
    Ok(goes_on)
}

/// The same for a workflow run alone.
pub(super) async fn stop_workflow_in(job: Context<'_>, tx: &mut Tx, workflow: &WorkflowRun) -> Result<bool> {
    if workflow.state == "concluded" {
        return Ok(false);
    }
    // Nothing was sent yet, and nothing will be: the dispatch looks again at the moment in which it is sent.
    if store::workflow_run::set_withdrawn(tx, workflow.id, job.now()).await? {
        return Ok(false);
    }
    store::workflow_run::set_stop_asked(tx, workflow.id, None).await?;
    enqueue(tx, &Job::CancelWorkflow { workflow_run: workflow.id }, job.now()).await?;
    Ok(true)
}
