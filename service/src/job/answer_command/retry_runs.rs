//! `/retry`: another attempt, at the same commit, at what did not succeed. A test is repeated only while its commit is the newest and
//! was shown when the comment was written, as for `/run`; production is repeated at its own commit.

use super::super::{Context, Result, attempt_run};
use super::answer::{react_in, refuse_in, tell_in};
use super::run_recipes::{recipes_of, shown_to_author};
use crate::domain::command::CommentCommand;
use crate::domain::id::Sha;
use crate::domain::nearest::nearest;
use crate::domain::report::retry::{self, NotRetried};
use crate::domain::report::{Reaction, reply};
use crate::domain::run::{Conclusion, RunState};
use crate::github::Pull;
use crate::intake::slash::{Selection, Verb};
use crate::store;
use crate::store::recipe_run::RecipeRun;

pub(super) async fn run(job: Context<'_>, command: &CommentCommand, wanted: &Selection) -> Result<()> {
    let place = &command.pull_request;
    let pull = if command.on_issue {
        None
    } else {
        Some(job.github(place.installation, &place.repository).pull(place.number).await?)
    };
    let mut tx = job.write().await?;
    let feedstock = store::feedstock::register(&mut tx, &place.repository).await?;
    let runs = store::recipe_run::list_by_conversation(&mut tx, feedstock, place.number).await?;
    let shown = shown_to_author(&mut tx, command).await?;
    let known = recipes_of(&runs);
    let named = match wanted {
        Selection::All => None,
        Selection::Recipes(ids) => Some(ids),
    };
    if let Some(word) = named.into_iter().flatten().find(|id| !known.contains(id)) {
        let body = reply::unknown_here(Verb::Retry.word(), word, nearest(word, &known), &known);
        return refuse_in(job, tx, command, body).await;
    }
    let (mut started, mut reasons) = (0_usize, Vec::new());
    for id in named.unwrap_or(&known) {
        let Some(newest) = runs.iter().rev().find(|run| run.recipe_id == *id) else { continue };
        // Without a name only what did not succeed is meant.
        if named.is_none() && !has_failed(newest)? {
            continue;
        }
        if let Some(reason) = reason_not_to(job, newest, pull.as_ref(), shown.as_ref())? {
            reasons.push((id.clone(), reason));
        } else {
            attempt_run::attempt_in(job, &mut tx, newest, &command.author, place.installation).await?;
            started += 1;
        }
    }
    if started == 0 && reasons.is_empty() {
        return refuse_in(job, tx, command, retry::nothing()).await;
    }
    let only_going = reasons.iter().all(|(_, reason)| matches!(reason, NotRetried::GoesOn { .. }));
    if started > 0 {
        react_in(job, &mut tx, command, Reaction::Rocket).await?;
    } else if !only_going {
        return refuse_in(job, tx, command, retry::answer(&reasons, started)).await;
    }
    if !reasons.is_empty() {
        tell_in(job, &mut tx, command, retry::answer(&reasons, started)).await?;
    }
    job.finish(tx).await
}

fn has_failed(run: &RecipeRun) -> Result<bool> {
    Ok(matches!(run.state()?, RunState::Completed(conclusion) if conclusion != Conclusion::Success))
}

/// Why there is no other attempt at what the newest attempt at a recipe was for.
fn reason_not_to(
    job: Context<'_>,
    newest: &RecipeRun,
    pull: Option<&Pull>,
    shown: Option<&Sha>,
) -> Result<Option<NotRetried>> {
    let url = || job.app.config.links.recipe_run(newest.id, newest.feedstock_id);
    Ok(match (newest.state()?, newest.is_test, pull) {
        (RunState::InProgress, ..) | (RunState::Queued, false, _) => Some(NotRetried::GoesOn { url: url() }),
        (RunState::Queued, true, _) => Some(NotRetried::NotRunYet),
        (RunState::Completed(_), false, _) => None,
        (RunState::Completed(_), true, Some(pull)) if pull.is_open => {
            let head = pull.head_sha.clone();
            if newest.head_sha != head {
                Some(NotRetried::NotTheHead { sha: newest.head_sha.clone(), head })
            } else if shown != Some(&head) {
                Some(NotRetried::NotShown { head })
            } else {
                None
            }
        }
        (RunState::Completed(_), true, _) => Some(NotRetried::Closed),
    })
}
