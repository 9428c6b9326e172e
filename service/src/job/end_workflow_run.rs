//! What follows from the end of a workflow run, in one transaction: the end of the recipe run that it carried out, or the recipes that
//! it listed. Shared by the jobs that can learn of an end.

use runner_contract::{Outcome, RunResult};
use serde_json::json;

use super::end_run::{self, Ending};
use super::synchronize::{TestPlace, queue_test_runs};
use super::{Context, Result, deploy_production, follow_dataflow, note, publish, timeline};
use crate::domain::fault::Fault;
use crate::domain::id::{RepoName, Sha};
use crate::domain::report::{CheckRun, Content, check};
use crate::domain::timeline::Happening;
use crate::store;
use crate::store::Tx;
use crate::store::recipe_run::RecipeRun;
use crate::store::workflow_run::{self, WorkflowRun};

/// How a workflow run ended.
pub(super) type Ended = std::result::Result<Outcome, Fault>;

/// Ends a workflow run and what depends on it, together with the job.
pub(super) async fn end(
    job: Context<'_>,
    run: &WorkflowRun,
    ended: Ended,
    workflow_url: Option<String>,
) -> Result<()> {
    let mut tx = job.write().await?;
    if let Some(url) = workflow_url {
        store::workflow_run::set_html_url(&mut tx, run.id, &url).await?;
    }
    end_in(job, &mut tx, run, ended).await?;
    job.finish(tx).await
}

/// The same within an open transaction.
pub(super) async fn end_in(job: Context<'_>, tx: &mut Tx, run: &WorkflowRun, ended: Ended) -> Result<()> {
    if !store::workflow_run::set_concluded(tx, run.id, ended.as_ref().ok(), job.now()).await? {
        return Ok(());
    }
    follow_in(job, tx, run, ended).await
}

/// What follows, once the workflow run itself is noted as ended. Whoever notes that calls this once.
pub(super) async fn follow_in(job: Context<'_>, tx: &mut Tx, run: &WorkflowRun, ended: Ended) -> Result<()> {
    let repository = store::feedstock::spec_of(tx, run.feedstock_id).await?;
    let result = match ended {
        Ok(Outcome { result: RunResult::Failed(failure), .. }) => Err(Fault::Runner(failure)),
        Ok(outcome) => Ok(outcome.result),
        // Of a recipe run, its own row says who.
        Err(Fault::Cancelled { by: None }) => {
            Err(Fault::Cancelled { by: store::workflow_run::get(tx, run.id).await?.stop_asked_by })
        }
        Err(fault) => Err(fault),
    };
    match (run.recipe_run_id, &run.context.0) {
        (Some(id), _) => {
            let recipe_run = store::recipe_run::get(tx, id).await?;
            end_recipe_run(job, tx, &recipe_run, result).await
        }
        (None, workflow_run::Context::Synchronize { bakery }) => {
            end_expansion(job, tx, run, &repository, bakery, result).await
        }
        (None, workflow_run::Context::DeployProduction { bakery, order }) => {
            deploy_production::expanded_in(job, tx, run, (bakery, order), result).await
        }
        (None, workflow_run::Context::Test { .. } | workflow_run::Context::Production) => Ok(()),
    }
}

async fn end_recipe_run(
    job: Context<'_>,
    tx: &mut Tx,
    recipe_run: &RecipeRun,
    result: std::result::Result<RunResult, Fault>,
) -> Result<()> {
    // Another fault is none that the workflow run left.
    if let Ok(_) | Err(Fault::Runner(_) | Fault::NoOutcome { .. } | Fault::BadOutcome { .. }) = &result {
        timeline::add(job, tx, recipe_run.id, &Happening::Ended(&result)).await?;
    }
    let ending = match result {
        Ok(RunResult::Submitted { job_name, job_id, stores, .. }) => {
            let facts = json!({ "job_name": job_name, "job_id": job_id });
            note(job, tx, recipe_run, facts).await?;
            return follow_dataflow::submitted_in(job, tx, recipe_run.id, &job_id, &stores).await;
        }
        Ok(RunResult::Baked { stores, .. }) => Ending::Succeeded(stores),
        Ok(RunResult::Expanded { .. } | RunResult::Failed(_)) => {
            Ending::Failed(Fault::BadOutcome { why: "not an answer to what was asked".into() })
        }
        // The action was lost, or stopped, after it had handed the job over: the job goes on, and its end is the run's.
        Err(Fault::NoOutcome { .. } | Fault::Cancelled { .. })
            if follow_dataflow::take_over_in(job, tx, recipe_run).await? =>
        {
            return Ok(());
        }
        Err(Fault::Cancelled { by: None }) => {
            Ending::Failed(Fault::Cancelled { by: recipe_run.cancel_asked_by.clone() })
        }
        Err(fault) => Ending::Failed(fault),
    };
    end_run::end_in(job, tx, recipe_run, ending).await
}

async fn end_expansion(
    job: Context<'_>,
    tx: &mut Tx,
    run: &WorkflowRun,
    repository: &RepoName,
    bakery: &str,
    result: std::result::Result<RunResult, Fault>,
) -> Result<()> {
    let now = job.now();
    let Some(pull_request) = run.pull_request else { return Ok(()) };
    let sha = Sha(run.request.sha.clone());
    let key = check::key(repository, &sha);
    let known = store::report::find(tx, &key).await?.map(|report| report.content.0);
    let opening = match known {
        Some(Content::CheckRun(known)) => CheckRun {
            started_at: known.started_at,
            annotations: known.annotations,
            ..check::checking(&sha, now)
        },
        _ => check::checking(&sha, now),
    };
    let check = match result {
        Ok(RunResult::Expanded { recipe_ids }) => {
            let place = TestPlace {
                feedstock: run.feedstock_id,
                pull_request,
                installation: run.installation,
                head_sha: &sha,
                subdir: &run.request.feedstock_subdir,
                bakery,
            };
            let ids: Vec<&str> = recipe_ids.iter().map(String::as_str).collect();
            let ready = queue_test_runs(job, tx, &place, &ids).await?;
            check::ready(opening, &ready, &[], now)
        }
        Ok(_) => {
            let fault = Fault::BadOutcome { why: "not an answer to what was asked".into() };
            check::not_listed(opening, &fault, &run.request.feedstock_subdir, now)
        }
        Err(fault) => check::not_listed(opening, &fault, &run.request.feedstock_subdir, now),
    };
    publish(tx, &key, (repository, run.installation), &Content::CheckRun(check), now).await
}
