//! How a command is answered: by a reaction, by a reply, or by both. Whether it was answered is known by the same keys, so that a
//! comment that is told twice is answered once.

use super::super::{Context, Result, publish, timeline};
use super::run_recipes::recipes_of;
use crate::domain::command::CommentCommand;
use crate::domain::report::{Content, Reaction, reply};
use crate::domain::timeline::{Happening, Refusal};
use crate::intake::slash::{self, Selection, Slash, Verb};
use crate::store::{self, Tx};

/// Whether an earlier attempt, or another delivery of the same comment, came to the end.
pub(super) async fn was_given(job: Context<'_>, command: &CommentCommand) -> Result<bool> {
    let mut tx = job.read().await?;
    for key in [
        reply::key(command.comment),
        reply::reaction_key(command.comment, Reaction::Rocket),
        reply::reaction_key(command.comment, Reaction::ThumbsDown),
    ] {
        if store::report::find(&mut tx, &key).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Replies, and ends the job.
pub(super) async fn tell(job: Context<'_>, command: &CommentCommand, body: String) -> Result<()> {
    let mut tx = job.write().await?;
    tell_in(job, &mut tx, command, body).await?;
    job.finish(tx).await
}

/// Replies that nothing was done, and ends the job.
pub(super) async fn refuse(job: Context<'_>, command: &CommentCommand, body: String) -> Result<()> {
    let tx = job.write().await?;
    refuse_in(job, tx, command, body).await
}

/// The same for what the timelines of the runs have to tell as well that the command was about.
pub(super) async fn refuse_because(
    job: Context<'_>,
    command: &CommentCommand,
    why: Refusal<'_>,
    body: String,
) -> Result<()> {
    let mut tx = job.write().await?;
    note_refusal_in(job, &mut tx, command, why).await?;
    refuse_in(job, tx, command, body).await
}

/// Tells in the timeline of the newest run of each recipe that a command names, or means, that nothing came of it.
pub(super) async fn note_refusal_in(
    job: Context<'_>,
    tx: &mut Tx,
    command: &CommentCommand,
    why: Refusal<'_>,
) -> Result<()> {
    let Slash::Command(verb, wanted) = slash::parse(&command.line) else { return Ok(()) };
    let place = &command.pull_request;
    let feedstock = store::feedstock::find(tx, &place.repository).await?;
    let (Some(feedstock), Verb::Run | Verb::Retry | Verb::Cancel) = (feedstock, verb) else { return Ok(()) };
    let runs = store::recipe_run::list_by_conversation(tx, feedstock, place.number).await?;
    let meant = match wanted {
        Selection::All => recipes_of(&runs),
        Selection::Recipes(ids) => ids,
    };
    for recipe in meant {
        if let Some(run) = runs.iter().rev().find(|run| run.recipe_id == recipe) {
            let refused = Happening::Refused { command: verb.word(), by: &command.author, why };
            timeline::add_told(job, tx, run.id, &[refused]).await?;
        }
    }
    Ok(())
}

/// Replies that nothing was done, with a transaction that is open, and ends the job.
pub(super) async fn refuse_in(
    job: Context<'_>,
    mut tx: Tx,
    command: &CommentCommand,
    body: String,
) -> Result<()> {
    react_in(job, &mut tx, command, Reaction::ThumbsDown).await?;
    tell_in(job, &mut tx, command, body).await?;
    job.finish(tx).await
}

/// Replies.
pub(super) async fn tell_in(
    job: Context<'_>,
    tx: &mut Tx,
    command: &CommentCommand,
    body: String,
) -> Result<()> {
    let place = (&command.pull_request.repository, command.pull_request.installation);
    let content = Content::Comment { pull_request: command.pull_request.number, body };
    publish(tx, &reply::key(command.comment), place, &content, job.now()).await
}

/// Reacts.
pub(super) async fn react_in(
    job: Context<'_>,
    tx: &mut Tx,
    command: &CommentCommand,
    reaction: Reaction,
) -> Result<()> {
    let place = (&command.pull_request.repository, command.pull_request.installation);
    let content = Content::Reaction { comment: command.comment, reaction };
    publish(tx, &reply::reaction_key(command.comment, reaction), place, &content, job.now()).await
}
