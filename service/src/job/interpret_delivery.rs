//! A stored delivery becomes jobs, one for each thing it asks for.

use super::{Context, Result, enqueue, publish};
use crate::domain::command::Command;
use crate::domain::id::DeliveryId;
use crate::domain::job::Job;
use crate::domain::report::{Content, Reaction, reply};
use crate::intake;
use crate::store;

pub(super) async fn run(job: Context<'_>, id: &DeliveryId) -> Result<()> {
    let now = job.now();
    let mut tx = job.write().await?;
    let Some(delivery) = store::delivery::find(&mut tx, id).await? else {
        // An operator removed it.
        return job.finish(tx).await;
    };
    let meaning = intake::interpret(&delivery.event, &delivery.body);
    for command in &meaning.commands {
        let next = match command {
            Command::Synchronize(pull_request) => Job::Synchronize { pull_request: pull_request.clone() },
            Command::LookAtWorkflowRun(news) => Job::ConcludeWorkflowRun { news: news.clone() },
            Command::Answer(comment) => {
                // Seen: said at once, whatever else waits for this pull request.
                let place = (&comment.pull_request.repository, comment.pull_request.installation);
                let seen = Content::Reaction { comment: comment.comment, reaction: Reaction::Eyes };
                publish(&mut tx, &reply::reaction_key(comment.comment, Reaction::Eyes), place, &seen, now)
                    .await?;
                Job::RunRecipe { command: comment.clone() }
            }
        };
        enqueue(&mut tx, &next, now).await?;
    }
    tracing::info!(delivery = %id, event = delivery.event, commands = meaning.commands.len(), "{}", meaning.note);
    store::delivery::set_interpreted(&mut tx, id, intake::VERSION, meaning.note, now).await?;
    job.finish(tx).await
}
