//! `/sync`: the newest commit of a pull request is checked again, from the start. What came of it stands in the check.

use super::super::{Context, Result, enqueue};
use super::answer::{react_in, refuse};
use crate::domain::command::CommentCommand;
use crate::domain::job::Job;
use crate::domain::report::{Reaction, reply};

pub(super) async fn run(job: Context<'_>, command: &CommentCommand) -> Result<()> {
    let place = &command.pull_request;
    let pull = job.github(place.installation, &place.repository).pull(place.number).await?;
    if !pull.is_open {
        return refuse(job, command, reply::closed()).await;
    }
    let mut tx = job.write().await?;
    enqueue(&mut tx, &Job::Resynchronize { pull_request: place.clone() }, job.now()).await?;
    react_in(job, &mut tx, command, Reaction::Rocket).await?;
    job.finish(tx).await
}
