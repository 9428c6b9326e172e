//! Whether we are the ones to act, where several Apps share an organisation. Labels are asked of GitHub at the moment of acting: those in
//! a payload may be gone by then, and two Apps that go by what GitHub says now cannot both think that they are meant.

use super::{Context, Result, publish};
use crate::domain::command::{CommentCommand, PullRequest};
use crate::domain::report::{Content, Reaction, reply};
use crate::store::Tx;

/// Whether a pull request or an issue is ours. Asks nobody where this App has no labels.
pub(super) async fn is_ours(job: Context<'_>, place: &PullRequest) -> Result<bool> {
    let audience = &job.app.config.github.audience;
    if !audience.covers(&place.repository) {
        return Ok(false);
    }
    if !audience.asks_for_labels() {
        return Ok(true);
    }
    let labels = job.github(place.installation, &place.repository).labels(place.number).await?;
    Ok(labels.is_some_and(|labels| audience.takes(&labels)))
}

/// Whether a command is ours; its author is then shown that it was seen, unless that was done when it came.
pub(super) async fn takes_up(job: Context<'_>, command: &CommentCommand) -> Result<bool> {
    if !is_ours(job, &command.pull_request).await? {
        return Ok(false);
    }
    if job.app.config.github.audience.asks_for_labels() {
        let mut tx = job.write().await?;
        greet_in(job, &mut tx, command).await?;
        job.hold(tx).await?;
    }
    Ok(true)
}

/// Shows that a command was seen, if it is known without asking that we shall answer it.
pub(super) async fn greet_at_once_in(job: Context<'_>, tx: &mut Tx, command: &CommentCommand) -> Result<()> {
    if job.app.config.github.audience.asks_for_labels() {
        return Ok(());
    }
    greet_in(job, tx, command).await
}

async fn greet_in(job: Context<'_>, tx: &mut Tx, command: &CommentCommand) -> Result<()> {
    let place = (&command.pull_request.repository, command.pull_request.installation);
    let seen = Content::Reaction { comment: command.comment, reaction: Reaction::Eyes };
    let key = reply::reaction_key(command.comment, Reaction::Eyes);
    publish(tx, &key, place, &seen, job.now()).await
}
