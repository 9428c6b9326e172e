//! What is said when a job is given up, so that nobody waits for what will not come.

use super::end_run::{self, Ending};
use super::{Context, Result, end_workflow_run, publish, show_creation, timeline};
use crate::domain::fault::Fault;
use crate::domain::job::Job;
use crate::domain::limits::ENDS_WITHIN;
use crate::domain::report::{self, Content, Reaction, check, production, reply};
use crate::domain::run::Status;
use crate::store::{self, Tx};

/// Writes, within the transaction that buries the job, what its end means to the people who wait for it.
pub(super) async fn tell(job: Context<'_>, tx: &mut Tx, why: &str) -> Result<()> {
    let now = job.now();
    match &job.claim.payload {
        Job::ConcludeWorkflowRun { news } => {
            let Some(run) = store::workflow_run::find_by_dispatch(tx, &news.dispatch).await? else {
                return Ok(());
            };
            if run.dispatched_at.is_some_and(|at| now - at > ENDS_WITHIN) {
                let fault = Fault::Ours { what: why.to_owned() };
                return end_workflow_run::end_in(job, tx, &run, Err(fault)).await;
            }
            // The timer will ask again.
            Ok(store::workflow_run::set_checked(tx, run.id, now).await?)
        }
        // What a delivery means is not known; the rest are rows that the timer looks at, or that nobody waits for. An operator sees them
        // among the dead.
        Job::InterpretDelivery { .. }
        | Job::AnswerRerun { .. }
        | Job::ClosePullRequest { .. }
        | Job::StopRun { .. }
        | Job::CancelWorkflow { .. }
        | Job::RecordJobStatus { .. }
        | Job::ApplyInstallation { .. }
        | Job::RecoverDeliveries { .. }
        | Job::Reconcile { .. }
        | Job::ReconcileRepository { .. } => Ok(()),
        // The timer asks about the job again, and then has it cancelled again.
        Job::WatchDataflowJob { job: id, .. } | Job::CancelDataflowJob { job: id } => {
            Ok(store::dataflow_job::set_heard(tx, *id, now).await?)
        }
        // It must not stand before those that wait for the same place.
        Job::StartRun { recipe_run } => {
            let run = store::recipe_run::get(tx, *recipe_run).await?;
            let fault = Fault::Ours { what: why.to_owned() };
            end_run::end_in(job, tx, &run, Ending::Failed(fault)).await
        }
        Job::DeployProduction { order } => {
            let key = format!("production/{}#{}", order.repository, order.conversation);
            let body = production::given_up(why);
            let content = Content::Comment { pull_request: order.conversation, body };
            publish(tx, &key, (&order.repository, order.installation), &content, now).await
        }
        Job::CreateFeedstock { pull_request: merged } => {
            let known = store::feedstock_creation::find(tx, &merged.repository, merged.number).await?;
            match known {
                Some(creation) => {
                    show_creation::block(tx, &creation, &report::obstacle::gave_up(why), now).await
                }
                // Whether it was a recipe is not known; an operator sees the job among the dead.
                None => Ok(()),
            }
        }
        Job::PublishReport { report: id } => {
            let report = store::report::get(tx, *id).await?;
            timeline::add_not_shown(job, tx, &report, why).await?;
            Ok(store::report::set_undeliverable(tx, *id, why).await?)
        }
        Job::Synchronize { pull_request } | Job::Resynchronize { pull_request } => {
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
        Job::AnswerCommand { command } => {
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
            end_workflow_run::end_in(job, tx, &run, Err(fault)).await
        }
    }
}
