//! What is said when a job is given up, so that nobody waits for what will not come.

use super::{Context, Result, conclude_workflow_run, end_workflow_run, publish};
use crate::domain::fault::Fault;
use crate::domain::job::Job;
use crate::domain::report::{Content, Reaction, check, reply};
use crate::domain::run::Status;
use crate::store::{self, Tx};

/// Writes, within the transaction that buries the job, what its end means to the people who wait for it.
pub(super) async fn tell(job: Context<'_>, tx: &mut Tx, why: &str) -> Result<()> {
    let now = job.now();
    match &job.claim.payload {
        // What it means is not known; an operator sees it among the dead.
        Job::InterpretDelivery { .. } => Ok(()),
        Job::ConcludeWorkflowRun { news } => {
            let Some(run) = store::workflow_run::find_by_dispatch(tx, &news.dispatch).await? else {
                return Ok(());
            };
            if run.dispatched_at.is_some_and(|at| now - at > conclude_workflow_run::ENDS_WITHIN) {
                let fault = Fault::Ours { what: why.to_owned() };
                return end_workflow_run::end_in(job, tx, &run, Err(fault), None).await;
            }
            // The timer will ask again.
            Ok(store::workflow_run::set_checked(tx, run.id, now).await?)
        }
        Job::PublishReport { report } => Ok(store::report::set_undeliverable(tx, *report, why).await?),
        Job::Synchronize { pull_request } => {
            let place = (&pull_request.repository, pull_request.installation);
            let Some(feedstock) = store::feedstock::find(tx, &pull_request.repository).await? else {
                return Ok(());
            };
            let newest = store::pull_request_head::newest(tx, feedstock, pull_request.number).await?;
            let Some(sha) = newest else { return Ok(()) };
            let key = check::key(&pull_request.repository, &sha);
            let Some(report) = store::report::find(tx, &key).await? else { return Ok(()) };
            match report.content.0 {
                Content::CheckRun(open) if open.status != Status::Completed => {
                    let fault = Fault::Ours { what: why.to_owned() };
                    publish(tx, &key, place, &Content::CheckRun(check::given_up(open, &fault, now)), now)
                        .await
                }
                _ => Ok(()),
            }
        }
        Job::RunRecipe { command } => {
            let place = (&command.pull_request.repository, command.pull_request.installation);
            let no = Content::Reaction { comment: command.comment, reaction: Reaction::ThumbsDown };
            publish(tx, &reply::reaction_key(command.comment, Reaction::ThumbsDown), place, &no, now).await?;
            let body = reply::gave_up(why);
            let content = Content::Comment { pull_request: command.pull_request.number, body };
            publish(tx, &reply::key(command.comment), place, &content, now).await
        }
        Job::DispatchWorkflow { workflow_run } => {
            let run = store::workflow_run::get(tx, *workflow_run).await?;
            let fault = Fault::Ours { what: why.to_owned() };
            end_workflow_run::end_in(job, tx, &run, Err(fault), None).await
        }
    }
}
