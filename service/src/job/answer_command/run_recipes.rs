//! `/run`: recipes of the newest commit are tested. What runs is the commit that had been shown on the pull request when the comment
//! was written, and only while it is the newest.

use super::super::{Context, Result, attempt_run};
use super::answer::{note_refusal_in, react_in, refuse_because, refuse_in, tell_in};
use crate::domain::command::CommentCommand;
use crate::domain::id::Sha;
use crate::domain::nearest::nearest;
use crate::domain::report::{Content, Reaction, check, reply};
use crate::domain::run::{RunState, Status};
use crate::domain::timeline::Refusal;
use crate::intake::slash::{Mistake, Selection, Verb};
use crate::store::recipe_run::RecipeRun;
use crate::store::{self, Tx};

pub(super) async fn run(
    job: Context<'_>,
    command: &CommentCommand,
    wanted: std::result::Result<Selection, Mistake>,
) -> Result<()> {
    let place = &command.pull_request;
    let pull = job.github(place.installation, &place.repository).pull(place.number).await?;
    if !pull.is_open {
        return refuse_because(job, command, Refusal::Closed, reply::closed()).await;
    }
    let head = &pull.head_sha;
    let mut tx = job.write().await?;
    let feedstock = store::feedstock::register(&mut tx, &place.repository).await?;
    let shown = shown_to_author(&mut tx, command).await?;
    let runs = store::recipe_run::list_by_head(&mut tx, feedstock, place.number, head).await?;
    let known = recipes_of(&runs);
    let wanted = match wanted {
        Ok(Selection::All) => known.clone(),
        Ok(Selection::Recipes(ids)) => ids,
        Err(mistake) => return refuse_in(job, tx, command, explained(&mistake, &known)).await,
    };
    if shown.as_ref() != Some(head) {
        note_refusal_in(job, &mut tx, command, Refusal::NotShown).await?;
        return refuse_in(job, tx, command, reply::head_moved(shown.as_ref(), head)).await;
    }
    if known.is_empty() {
        let is_done = is_check_done(&mut tx, &check::key(&place.repository, head)).await?;
        return refuse_in(job, tx, command, reply::nothing_queued(head, is_done)).await;
    }
    if let Some(word) = wanted.iter().find(|id| !known.contains(id)) {
        let body = reply::unknown_recipe(word, nearest(word, &known), &known);
        return refuse_in(job, tx, command, body).await;
    }
    let mut running = Vec::new();
    let mut started = 0_usize;
    for recipe_id in &wanted {
        let Some(newest) = runs.iter().rev().find(|run| run.recipe_id == *recipe_id) else { continue };
        if newest.state()? == RunState::InProgress {
            running.push((recipe_id.clone(), job.app.config.links.recipe_run(newest.id, feedstock)));
        } else {
            attempt_run::attempt_in(job, &mut tx, newest, &command.author, place.installation).await?;
            started += 1;
        }
    }
    if started > 0 {
        react_in(job, &mut tx, command, Reaction::Rocket).await?;
    }
    if !running.is_empty() {
        tell_in(job, &mut tx, command, reply::already_running(&running)).await?;
    }
    job.finish(tx).await
}

/// The commit that the author of a comment could see on the pull request when writing it.
pub(super) async fn shown_to_author(tx: &mut Tx, command: &CommentCommand) -> Result<Option<Sha>> {
    use chrono::SubsecRound;
    let place = &command.pull_request;
    let Some(feedstock) = store::feedstock::find(tx, &place.repository).await? else { return Ok(None) };
    // GitHub's times have whole seconds.
    let said_at = command.created_at.trunc_subsecs(0) + chrono::TimeDelta::seconds(1);
    Ok(store::pull_request_head::shown_before(tx, feedstock, place.number, said_at).await?)
}

/// The recipes of some runs, each once, in their order.
pub(super) fn recipes_of(runs: &[RecipeRun]) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for run in runs {
        if !known.contains(&run.recipe_id) {
            known.push(run.recipe_id.clone());
        }
    }
    known
}

fn explained(mistake: &Mistake, known: &[String]) -> String {
    match mistake {
        Mistake::Nothing | Mistake::All => reply::incomplete(known),
        Mistake::OldForm => reply::old_form(known),
        Mistake::AllAndMore(rest) => reply::all_and_more(Verb::Run.word(), rest),
        Mistake::TooLong => reply::too_long(known),
    }
}

async fn is_check_done(tx: &mut Tx, key: &str) -> Result<bool> {
    let report = store::report::find(tx, key).await?;
    Ok(report.is_some_and(
        |report| matches!(report.content.0, Content::CheckRun(run) if run.status == Status::Completed),
    ))
}
