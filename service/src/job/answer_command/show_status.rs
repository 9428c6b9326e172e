//! `/status`: how every run of a conversation stands. Only what is recorded is read, so that it is answered also while GitHub Actions
//! or the bakery is not.

use chrono::{DateTime, Utc};

use super::super::{Context, Result, show_run};
use super::answer::tell_in;
use crate::domain::command::CommentCommand;
use crate::domain::id::FeedstockId;
use crate::domain::report::production::Stage;
use crate::domain::report::status::{self, HeadCheck, StatusRow};
use crate::domain::report::{Content, check};
use crate::domain::run::{Conclusion, Status};
use crate::store::recipe_run::RecipeRun;
use crate::store::workflow_run::WorkflowRun;
use crate::store::{self, Tx};

pub(super) async fn run(job: Context<'_>, command: &CommentCommand) -> Result<()> {
    let (now, place) = (job.now(), &command.pull_request);
    let mut tx = job.write().await?;
    let feedstock = store::feedstock::register(&mut tx, &place.repository).await?;
    let head = if command.on_issue { None } else { Some(head_check(&mut tx, command, feedstock).await?) };
    let runs = store::recipe_run::list_by_conversation(&mut tx, feedstock, place.number).await?;
    let mut rows = Vec::new();
    for run in newest_of_each(&runs) {
        let workflow = store::workflow_run::find_by_recipe_run(&mut tx, run.id).await?;
        let stage = show_run::stage(job, &mut tx, run, workflow.as_ref()).await?;
        rows.push(StatusRow {
            recipe_id: run.recipe_id.clone(),
            sha: run.head_sha.clone(),
            is_test: run.is_test,
            attempt: run.attempt,
            since: since(run, workflow.as_ref(), &stage),
            stage,
            is_asked: !run.is_test || run.requested_by.is_some(),
            requested_by: run.requested_by.clone(),
            run_url: job.app.config.links.recipe_run(run.id, feedstock),
            workflow_url: workflow.and_then(|workflow| workflow.html_url),
        });
    }
    tell_in(job, &mut tx, command, status::table(head.as_ref(), &rows, now)).await?;
    job.finish(tx).await
}

/// The newest attempt at each recipe, one as a test and one in production.
fn newest_of_each(runs: &[RecipeRun]) -> Vec<&RecipeRun> {
    let mut newest: Vec<&RecipeRun> = Vec::new();
    for run in runs {
        newest.retain(|earlier| (&earlier.recipe_id, earlier.is_test) != (&run.recipe_id, run.is_test));
        newest.push(run);
    }
    newest
}

/// Since when a run stands where it does.
fn since(run: &RecipeRun, workflow: Option<&WorkflowRun>, stage: &Stage) -> DateTime<Utc> {
    let told = match stage {
        Stage::Succeeded(_) | Stage::Failed(_) => run.completed_at,
        Stage::Cancelling => run.cancel_asked_at,
        Stage::Running => workflow.and_then(|workflow| workflow.running_at),
        Stage::Submitted { .. } => workflow.and_then(|workflow| workflow.concluded_at),
        Stage::Waiting { .. } | Stage::Queued => None,
    };
    told.unwrap_or(run.started_at)
}

async fn head_check(tx: &mut Tx, command: &CommentCommand, feedstock: FeedstockId) -> Result<HeadCheck> {
    let place = &command.pull_request;
    let Some(head) = store::pull_request_head::newest(tx, feedstock, place.number).await? else {
        return Ok(HeadCheck::Unseen);
    };
    let report = store::report::find(tx, &check::key(&place.repository, &head)).await?;
    Ok(match report.map(|report| report.content.0) {
        Some(Content::CheckRun(run)) if run.status != Status::Completed => {
            HeadCheck::Open { head, title: run.title, since: run.started_at }
        }
        Some(Content::CheckRun(run)) if run.conclusion == Some(Conclusion::Success) => {
            HeadCheck::Done { head }
        }
        Some(_) => HeadCheck::Failed { head },
        None => HeadCheck::Unseen,
    })
}
