//! What GitHub shows of a recipe run is made anew from what is recorded of it: for a test its check and its comment, for production
//! its deployment and the comment about the commit. Whoever changed something of a run calls [`show`] in the same transaction.

use serde_json::Value;

use super::{Context, Result, publish, publish_in_slot};
use crate::domain::fault::Fault;
use crate::domain::id::{InstallationId, RecipeRunId, RepoName};
use crate::domain::report::production::{self, ProductionRun, Stage};
use crate::domain::report::result::{self, Dataset, Subject};
use crate::domain::report::{CheckRun, Content};
use crate::domain::run::{Conclusion, RunState, message_word};
use crate::store::recipe_run::RecipeRun;
use crate::store::workflow_run::WorkflowRun;
use crate::store::{self, Tx};

/// Says on GitHub what is recorded of a run.
pub(super) async fn show(job: Context<'_>, tx: &mut Tx, id: RecipeRunId) -> Result<()> {
    let run = store::recipe_run::get(tx, id).await?;
    let workflow = store::workflow_run::find_by_recipe_run(tx, id).await?;
    let Some(installation) = run.installation.or_else(|| workflow.as_ref().map(|run| run.installation))
    else {
        // A row of the first version that nobody asked for: nothing of it is on GitHub.
        return Ok(());
    };
    let repository = store::feedstock::spec_of(tx, run.feedstock_id).await?;
    if run.is_test {
        show_test(job, tx, &run, workflow.as_ref(), (&repository, installation)).await
    } else {
        show_production(job, tx, &run, (&repository, installation)).await
    }
}

async fn show_test(
    job: Context<'_>,
    tx: &mut Tx,
    run: &RecipeRun,
    workflow: Option<&WorkflowRun>,
    place: (&RepoName, InstallationId),
) -> Result<()> {
    let (now, key) = (job.now(), result::check_key(run.id));
    let stage = stage(job, tx, run, workflow).await?;
    // What was never asked for has no check, and gets none by its end.
    if workflow.is_none() && store::report::find(tx, &key).await?.is_none() && run.requested_by.is_none() {
        return Ok(());
    }
    let subject = subject(job, run, workflow);
    let ended_at = run.completed_at.unwrap_or(now);
    let (check, comment): (CheckRun, Option<String>) = match &stage {
        Stage::Waiting { .. } | Stage::Queued => (result::requested(&subject), None),
        Stage::Running => (result::running(&subject), None),
        Stage::Submitted { job_id } => {
            let name = told(run, "job_name").unwrap_or_default();
            (result::submitted(&subject, &name, job_id), None)
        }
        Stage::Cancelling => {
            let by = run.cancel_asked_by.as_ref().map_or("the service", |by| by.as_str());
            (result::cancelling(&subject, by), None)
        }
        Stage::Succeeded(dataset) => {
            let (check, comment) = result::succeeded(&subject, dataset, ended_at);
            (check, Some(comment))
        }
        Stage::Failed(fault) => {
            let (check, comment) = result::failed(&subject, fault, ended_at);
            // About a commit that was replaced nobody wants to hear any more, and who asked to stop it was answered.
            let is_known = matches!(
                fault,
                Fault::Replaced { .. } | Fault::Stopped { .. } | Fault::Cancelled { by: Some(_) }
            );
            (check, (!is_known).then_some(comment))
        }
    };
    publish(tx, &key, place, &Content::CheckRun(check), now).await?;
    let (Some(body), Some(pull_request)) = (comment, run.pull_request) else { return Ok(()) };
    let slot = result::comment_slot(place.0, pull_request, &run.recipe_id);
    let comment = Content::Comment { pull_request, body };
    publish_in_slot(tx, &result::comment_key(run.id), Some(&slot), place, &comment, now).await
}

async fn show_production(
    job: Context<'_>,
    tx: &mut Tx,
    run: &RecipeRun,
    place: (&RepoName, InstallationId),
) -> Result<()> {
    let now = job.now();
    let mut shown: Vec<ProductionRun> = Vec::new();
    for one in store::recipe_run::list_production(tx, run.feedstock_id, &run.head_sha).await? {
        let workflow = store::workflow_run::find_by_recipe_run(tx, one.id).await?;
        let facts = ProductionRun {
            recipe_id: one.recipe_id.clone(),
            head_sha: one.head_sha.clone(),
            attempt: one.attempt,
            started_at: one.started_at,
            completed_at: one.completed_at,
            run_url: job.app.config.links.recipe_run(one.id, one.feedstock_id),
            workflow_url: workflow.as_ref().and_then(|workflow| workflow.html_url.clone()),
            stage: stage(job, tx, &one, workflow.as_ref()).await?,
        };
        if one.id == run.id {
            let deployment = Content::Deployment(production::deployment(&facts));
            publish(tx, &production::deployment_key(run.id), place, &deployment, now).await?;
        }
        if one.pull_request == run.pull_request {
            // Of several attempts at a recipe, the newest is told.
            shown.retain(|earlier| earlier.recipe_id != facts.recipe_id);
            shown.push(facts);
        }
    }
    let Some(conversation) = run.pull_request else { return Ok(()) };
    let body = production::comment(&run.head_sha, &shown);
    let key = production::comment_key(place.0, &run.head_sha, conversation);
    publish(tx, &key, place, &Content::Comment { pull_request: conversation, body }, now).await
}

/// Where a run stands, from what is recorded of it.
pub(super) async fn stage(
    job: Context<'_>,
    tx: &mut Tx,
    run: &RecipeRun,
    workflow: Option<&WorkflowRun>,
) -> Result<Stage> {
    Ok(match run.state()? {
        RunState::Completed(Conclusion::Success) => Stage::Succeeded(Dataset {
            url: run.dataset_public_url.clone(),
            dataset_type: dataset_type(run.dataset_type.as_deref()),
        }),
        RunState::Completed(_) => Stage::Failed(match &run.fault {
            Some(fault) => fault.0.clone(),
            None => {
                Fault::Ours { what: told(run, "trace").unwrap_or_else(|| "no reason was recorded".into()) }
            }
        }),
        RunState::Queued => {
            let writer = match &run.target {
                Some(target) => store::recipe_run::find_writer(tx, target).await?,
                None => None,
            };
            match writer {
                Some(writer) => Stage::Waiting {
                    writer: writer.id,
                    writer_url: job.app.config.links.recipe_run(writer.id, writer.feedstock_id),
                },
                None => Stage::Queued,
            }
        }
        RunState::InProgress if run.cancel_asked_at.is_some() => Stage::Cancelling,
        RunState::InProgress => match (told(run, "job_id"), workflow) {
            (Some(job_id), _) => Stage::Submitted { job_id },
            (None, Some(workflow)) if workflow.running_at.is_some() => Stage::Running,
            _ => Stage::Queued,
        },
    })
}

/// Whether a run that goes on was handed over to its bakery.
pub(super) fn is_submitted(run: &RecipeRun) -> Result<bool> {
    Ok(run.state()? == RunState::InProgress && told(run, "job_id").is_some())
}

/// What the sentences about a test need to know.
fn subject(job: Context<'_>, run: &RecipeRun, workflow: Option<&WorkflowRun>) -> Subject {
    Subject {
        recipe_id: run.recipe_id.clone(),
        head_sha: run.head_sha.clone(),
        requested_by: run.requested_by.as_ref().map_or_else(String::new, ToString::to_string),
        started_at: run.started_at,
        run_url: job.app.config.links.recipe_run(run.id, run.feedstock_id),
        workflow_url: workflow.and_then(|workflow| workflow.html_url.clone()),
        subdir: run.feedstock_subdir.clone().unwrap_or_else(|| "feedstock".into()),
    }
}

/// One word of a run's `message`.
pub(super) fn told(run: &RecipeRun, key: &str) -> Option<String> {
    message_word(run.message.as_deref(), key)
}

fn dataset_type(word: Option<&str>) -> runner_contract::DatasetType {
    let word = Value::from(word.unwrap_or("zarr"));
    serde_json::from_value(word).unwrap_or(runner_contract::DatasetType::Zarr)
}
