//! `/cancel`: what goes on in a conversation is stopped, or what waits for its turn is given up.
//!
//! That somebody asked is noted with the run in the same transaction as the requests to GitHub and Dataflow are queued, so that a stop
//! which comes before there is anything to name is remembered. A run ends here only if nothing of it can go on elsewhere; else its
//! end is told by whoever does the work.

use chrono::TimeDelta;

use super::super::end_run::{self, Ending};
use super::super::{Context, Error, Result, show_run, stop_run, timeline};
use super::answer::{react_in, refuse_in, tell_in};
use super::run_recipes::recipes_of;
use crate::domain::bakery::{Bakery, BakeryKind};
use crate::domain::command::CommentCommand;
use crate::domain::fault::Fault;
use crate::domain::id::Sha;
use crate::domain::nearest::nearest;
use crate::domain::report::cancel::{self, Fate, Found};
use crate::domain::report::{Reaction, reply};
use crate::domain::run::RunState;
use crate::domain::timeline::Happening;
use crate::intake::slash::{Selection, Verb};
use crate::store::recipe_run::RecipeRun;
use crate::store::workflow_run::WorkflowRun;
use crate::store::{self, Tx};

/// How long a stop waits for the answers to earlier comments before it looks again.
const BEHIND_OTHERS: TimeDelta = TimeDelta::seconds(5);

pub(super) async fn run(job: Context<'_>, command: &CommentCommand, wanted: &Selection) -> Result<()> {
    let place = &command.pull_request;
    let mut tx = job.write().await?;
    if store::job::is_behind(&mut tx, job.claim).await? {
        // What was asked for earlier, and could not be answered yet, is meant as well.
        let why = "an earlier comment here is not answered yet".into();
        return Err(Error::Wait { why, until: job.now() + BEHIND_OTHERS });
    }
    let feedstock = store::feedstock::register(&mut tx, &place.repository).await?;
    let runs = store::recipe_run::list_by_conversation(&mut tx, feedstock, place.number).await?;
    let known = recipes_of(&runs);
    let named: &[String] = match wanted {
        Selection::All => &[],
        Selection::Recipes(ids) => ids,
    };
    if let Some(word) = named.iter().find(|id| !known.contains(id)) {
        let body = reply::unknown_here(Verb::Cancel.word(), word, nearest(word, &known), &known);
        return refuse_in(job, tx, command, body).await;
    }
    let mut found = Vec::new();
    for run in &runs {
        if (named.is_empty() || named.contains(&run.recipe_id)) && is_open(run)? {
            found.push(stop(job, &mut tx, command, run).await?);
        }
    }
    if named.is_empty() {
        for listing in store::workflow_run::list_open_expansions(&mut tx, feedstock, place.number).await? {
            found.push(stop_listing(job, &mut tx, command, &listing).await?);
        }
    }
    if found.is_empty() {
        return refuse_in(job, tx, command, cancel::nothing(named)).await;
    }
    if found.iter().any(|one| one.fate.is_news()) {
        react_in(job, &mut tx, command, Reaction::Rocket).await?;
    }
    tell_in(job, &mut tx, command, cancel::answer(&found)).await?;
    job.finish(tx).await
}

/// Whether a run goes on, or will without another word. A test that nobody asked for is neither.
fn is_open(run: &RecipeRun) -> Result<bool> {
    Ok(match run.state()? {
        RunState::InProgress => true,
        RunState::Queued => !run.is_test,
        RunState::Completed(_) => false,
    })
}

async fn stop(job: Context<'_>, tx: &mut Tx, command: &CommentCommand, run: &RecipeRun) -> Result<Found> {
    let by = &command.author;
    let is_news = store::recipe_run::set_cancel_asked(tx, run.id, Some(by), job.now()).await?;
    if is_news {
        timeline::add_told(job, tx, run.id, &[Happening::CancelAsked(by)]).await?;
    }
    // Also when it was asked before: the answer to that may have been lost.
    let goes_on = stop_run::stop_in(job, tx, run.id).await?;
    let fate = if !goes_on {
        let fault = Fault::Cancelled { by: Some(by.clone()) };
        end_run::end_in(job, tx, run, Ending::Failed(fault)).await?;
        Fate::Ended
    } else if is_news {
        show_run::show(job, tx, run.id).await?;
        fate_elsewhere(job, tx, run).await?
    } else {
        Fate::AskedBefore { by: run.cancel_asked_by.clone() }
    };
    Ok(Found {
        recipe_id: Some(run.recipe_id.clone()),
        sha: run.head_sha.clone(),
        is_test: run.is_test,
        url: Some(job.app.config.links.recipe_run(run.id, run.feedstock_id)),
        fate,
    })
}

/// Who is asked to stop a run, or why nobody can be.
async fn fate_elsewhere(job: Context<'_>, tx: &mut Tx, run: &RecipeRun) -> Result<Fate> {
    let workflow = store::workflow_run::find_by_recipe_run(tx, run.id).await?;
    if workflow.is_some_and(|workflow| workflow.state != "concluded") {
        return Ok(Fate::AskedActions);
    }
    let bakery = store::bakery::name_of(tx, run.bakery_id).await?;
    let kind = job.app.config.bakeries.get(&bakery).map(Bakery::kind);
    Ok(match kind {
        Some(BakeryKind::Dataflow) => Fate::AskedDataflow,
        _ => Fate::OutOfReach { job_id: show_run::told(run, "job_id").unwrap_or_default() },
    })
}

async fn stop_listing(
    job: Context<'_>,
    tx: &mut Tx,
    command: &CommentCommand,
    listing: &WorkflowRun,
) -> Result<Found> {
    let goes_on = stop_run::stop_expansion_in(job, tx, listing, &command.author).await?;
    let fate = match (goes_on, &listing.stop_asked_by) {
        (false, _) => Fate::Ended,
        (true, Some(by)) => Fate::AskedBefore { by: Some(by.clone()) },
        (true, None) => Fate::AskedActions,
    };
    Ok(Found {
        recipe_id: None,
        sha: Sha(listing.request.sha.clone()),
        is_test: true,
        url: listing.html_url.clone(),
        fate,
    })
}
