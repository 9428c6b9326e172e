//! A stored delivery becomes jobs, one for each thing it asks for.

use super::{Context, Result, audience, enqueue};
use crate::domain::command::Command;
use crate::domain::id::DeliveryId;
use crate::domain::job::{Job, ProductionOrder};
use crate::domain::meta::layout::RepositoryKind;
use crate::intake;
use crate::store::{self, Tx};

pub(super) async fn run(job: Context<'_>, id: &DeliveryId) -> Result<()> {
    let now = job.now();
    let mut tx = job.write().await?;
    let Some(delivery) = store::delivery::find(&mut tx, id).await? else {
        // An operator removed it.
        return job.finish(tx).await;
    };
    let meaning = intake::interpret(&delivery.event, &delivery.body, &job.app.config.github.audience);
    for command in &meaning.commands {
        queue_in(job, &mut tx, command, id).await?;
    }
    tracing::info!(delivery = %id, event = delivery.event, commands = meaning.commands.len(), "{}", meaning.note);
    store::delivery::set_interpreted(&mut tx, id, intake::VERSION, meaning.note, now).await?;
    job.finish(tx).await
}

/// Queues the job that a command is. Also for commands that nobody told us of, under a name that stands for how we learnt.
pub(super) async fn queue_in(
    job: Context<'_>,
    tx: &mut Tx,
    command: &Command,
    told_by: &DeliveryId,
) -> Result<()> {
    let next = match command {
        Command::Synchronize(pull_request) => Job::Synchronize { pull_request: pull_request.clone() },
        Command::LookAtWorkflowRun(news) => Job::ConcludeWorkflowRun { news: news.clone() },
        Command::Answer(comment) => {
            // Seen: said at once, whatever else waits for this pull request.
            audience::greet_at_once_in(job, tx, comment).await?;
            Job::AnswerCommand { command: comment.clone() }
        }
        Command::Close(pull_request) => Job::ClosePullRequest { pull_request: pull_request.clone() },
        Command::Merge(pull_request) => match RepositoryKind::of(pull_request.repository.name()) {
            Some(RepositoryKind::StagedRecipes) => {
                Job::CreateFeedstock { pull_request: pull_request.clone() }
            }
            _ => Job::DeployProduction { order: ProductionOrder::of_merge(pull_request) },
        },
        Command::Rerun(rerun) => Job::AnswerRerun { rerun: rerun.clone(), delivery: told_by.clone() },
        Command::Installation(news) => {
            Job::ApplyInstallation { news: news.clone(), delivery: told_by.clone() }
        }
    };
    enqueue(tx, &next, job.now()).await
}
