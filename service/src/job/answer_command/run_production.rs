//! `/run-production`: recipes of the default branch run in production, without a commit to merge. `deploy_production` reads what is
//! there, and answers where the comment was written.

use super::super::{Context, Result, enqueue};
use super::answer::react_in;
use crate::domain::command::CommentCommand;
use crate::domain::job::{Asked, Job, ProductionOrder};
use crate::domain::report::Reaction;

pub(super) async fn run(job: Context<'_>, command: &CommentCommand, recipes: Vec<String>) -> Result<()> {
    let place = &command.pull_request;
    let order = ProductionOrder {
        repository: place.repository.clone(),
        installation: place.installation,
        conversation: place.number,
        asked: Some(Asked { comment: command.comment, by: command.author.clone(), recipes }),
    };
    let mut tx = job.write().await?;
    enqueue(&mut tx, &Job::DeployProduction { order }, job.now()).await?;
    react_in(job, &mut tx, command, Reaction::Rocket).await?;
    job.finish(tx).await
}
