//! What follows from the end of a workflow run, in one transaction: the state of the recipe run, its check, its comment. Shared by
//! the jobs that can learn of an end; only [`end`] ends anything.

use runner_contract::{Outcome, RunResult, Store};
use serde_json::json;

use super::synchronize::{TestPlace, queue_test_runs};
use super::{Context, Result, publish, publish_in_slot};
use crate::domain::fault::Fault;
use crate::domain::id::{RepoName, Sha};
use crate::domain::report::result::{Dataset, Subject};
use crate::domain::report::{CheckRun, Content, check, result, trouble};
use crate::domain::run::{Conclusion, Fact};
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
    end_in(job, &mut tx, run, ended, workflow_url).await?;
    job.finish(tx).await
}

/// The same within an open transaction.
pub(super) async fn end_in(
    job: Context<'_>,
    tx: &mut Tx,
    run: &WorkflowRun,
    ended: Ended,
    workflow_url: Option<String>,
) -> Result<()> {
    let now = job.now();
    if !store::workflow_run::set_concluded(tx, run.id, ended.as_ref().ok(), now).await? {
        return Ok(());
    }
    let repository = store::feedstock::spec_of(tx, run.feedstock_id).await?;
    let result = match ended {
        Ok(Outcome { result: RunResult::Failed(failure), .. }) => Err(Fault::Runner(failure)),
        Ok(outcome) => Ok(outcome.result),
        Err(fault) => Err(fault),
    };
    match (run.recipe_run_id, &run.context.0) {
        (Some(id), _) => {
            let recipe_run = store::recipe_run::get(tx, id).await?;
            let subject = subject(job, run, &recipe_run, workflow_url.or_else(|| run.html_url.clone()));
            end_recipe_run(job, tx, run, &repository, (&recipe_run, &subject), result).await
        }
        (None, workflow_run::Context::Synchronize { bakery }) => {
            end_expansion(job, tx, run, &repository, bakery, result).await
        }
        (None, workflow_run::Context::Test { .. }) => Ok(()),
    }
}

/// What the sentences about a recipe run need to know.
pub(super) fn subject(
    job: Context<'_>,
    run: &WorkflowRun,
    recipe_run: &RecipeRun,
    workflow_url: Option<String>,
) -> Subject {
    let requested_by = match &run.context.0 {
        workflow_run::Context::Test { requested_by } => requested_by.clone(),
        workflow_run::Context::Synchronize { .. } => String::new(),
    };
    Subject {
        recipe_id: recipe_run.recipe_id.clone(),
        head_sha: recipe_run.head_sha.clone(),
        requested_by,
        started_at: recipe_run.started_at,
        run_url: job.app.config.links.recipe_run(recipe_run.id, recipe_run.feedstock_id),
        workflow_url,
        subdir: run.request.feedstock_subdir.clone(),
    }
}

async fn end_recipe_run(
    job: Context<'_>,
    tx: &mut Tx,
    run: &WorkflowRun,
    repository: &RepoName,
    (recipe_run, subject): (&RecipeRun, &Subject),
    result: std::result::Result<RunResult, Fault>,
) -> Result<()> {
    let now = job.now();
    let place = (repository, run.installation);
    let key = result::check_key(recipe_run.id);
    let (fact, (check, comment)) = match result {
        Ok(RunResult::Submitted { job_name, job_id, .. }) => {
            let message = json!({ "job_name": job_name, "job_id": job_id }).to_string();
            store::recipe_run::set_message(tx, recipe_run.id, &message).await?;
            let check = result::submitted(subject, &job_name, &job_id);
            return publish(tx, &key, place, &Content::CheckRun(check), now).await;
        }
        Ok(RunResult::Baked { stores, .. }) => {
            let dataset = dataset(job, run, &stores);
            let dataset_type = serde_json::to_value(dataset.dataset_type).ok();
            let word = dataset_type.as_ref().and_then(serde_json::Value::as_str).unwrap_or("zarr");
            store::recipe_run::set_dataset(tx, recipe_run.id, dataset.url.as_deref(), word).await?;
            (Fact::Ended(Conclusion::Success), result::succeeded(subject, &dataset, now))
        }
        Ok(RunResult::Expanded { .. } | RunResult::Failed(_)) => {
            let fault = Fault::BadOutcome { why: "not an answer to what was asked".into() };
            (Fact::Ended(trouble::conclusion(&fault)), result::failed(subject, &fault, now))
        }
        Err(fault) => {
            let message = json!({ "trace": trouble::told(&fault).headline }).to_string();
            store::recipe_run::set_message(tx, recipe_run.id, &message).await?;
            (Fact::Ended(trouble::conclusion(&fault)), result::failed(subject, &fault, now))
        }
    };
    let Some(next) = recipe_run.state()?.after(fact) else { return Ok(()) };
    if !store::recipe_run::set_state(tx, recipe_run, next, now).await? {
        return Ok(());
    }
    publish(tx, &key, place, &Content::CheckRun(check), now).await?;
    if let Some(pull_request) = recipe_run.pull_request {
        let slot = result::comment_slot(repository, pull_request, &recipe_run.recipe_id);
        let comment = Content::Comment { pull_request, body: comment };
        publish_in_slot(tx, &result::comment_key(recipe_run.id), Some(&slot), place, &comment, now).await?;
    }
    Ok(())
}

/// Where the data of a run is. The first store stands for the run: a recipe with several has the others beside it.
fn dataset(job: Context<'_>, run: &WorkflowRun, stores: &[Store]) -> Dataset {
    let root = job
        .app
        .config
        .bakeries
        .get(&run.request.bakery)
        .and_then(|bakery| bakery.target_url(&run.request.subpath));
    let url = match (root, stores.first()) {
        (Some(root), Some(store)) if store.path != "." => {
            Some(format!("{}/{}", root.trim_end_matches('/'), store.path))
        }
        (root, _) => root,
    };
    let dataset_type = stores.first().map_or(runner_contract::DatasetType::Zarr, |store| store.dataset_type);
    Dataset { url, dataset_type }
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
