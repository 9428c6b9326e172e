//! Somebody pressed *Re-run* beside one of our checks, or beside all of them: `/retry` and `/sync` without a comment.
//!
//! The event is a hint: who pressed must have the same role as for a comment, by a look-up at this moment, and what is run must still be
//! the newest commit. There is no comment to answer, and GitHub leaves a check run as it is when its button is pressed: a press that
//! is refused shows nothing, and the log says why.

use super::{Context, Result, attempt_run, enqueue};
use crate::domain::command::{PullRequest, Rerun};
use crate::domain::id::{DeliveryId, FeedstockId, PullNumber, RecipeRunId};
use crate::domain::job::Job;
use crate::domain::report::{check, result};
use crate::store;

pub(super) async fn run(job: Context<'_>, rerun: &Rerun, delivery: &DeliveryId) -> Result<()> {
    match reason_not_to(job, rerun).await? {
        Some(why) => refused(job, delivery, &why).await,
        None => carry_out(job, rerun, delivery).await,
    }
}

async fn reason_not_to(job: Context<'_>, rerun: &Rerun) -> Result<Option<String>> {
    // GitHub tells an App of its own checks alone. Should it ever tell of another's, that one will act on it.
    if rerun.app.is_some_and(|app| app != job.app.config.github.app_id) {
        return Ok(Some("the check is another App's".into()));
    }
    let role = job.github(rerun.installation, &rerun.repository).role(&rerun.asked_by).await?;
    let needed = job.app.config.minimum_role;
    Ok((!needed.is_met_by(&role))
        .then(|| format!("{} has the role {role}, and {} is needed", rerun.asked_by, needed.as_str())))
}

async fn refused(job: Context<'_>, delivery: &DeliveryId, why: &str) -> Result<()> {
    tracing::info!(%delivery, why, "a check is not run again");
    job.done().await
}

async fn carry_out(job: Context<'_>, rerun: &Rerun, delivery: &DeliveryId) -> Result<()> {
    let mut tx = job.read().await?;
    let feedstock = store::feedstock::find(&mut tx, &rerun.repository).await?;
    drop(tx);
    let Some(feedstock) = feedstock else {
        return refused(job, delivery, "nothing was ever checked in this repository").await;
    };
    match &rerun.check {
        None => check_again(job, rerun, delivery, feedstock).await,
        Some(key) if *key == check::key(&rerun.repository, &rerun.head_sha) => {
            check_again(job, rerun, delivery, feedstock).await
        }
        Some(key) => match result::run_of(key) {
            Some(id) => run_again(job, rerun, delivery, (feedstock, id)).await,
            None => refused(job, delivery, "the check's key is none of ours").await,
        },
    }
}

/// The same as `/sync` on every open pull request that the commit is the head of.
async fn check_again(
    job: Context<'_>,
    rerun: &Rerun,
    delivery: &DeliveryId,
    feedstock: FeedstockId,
) -> Result<()> {
    let mut tx = job.read().await?;
    let numbers = store::pull_request_head::list_headed_by(&mut tx, feedstock, &rerun.head_sha).await?;
    drop(tx);
    let mut headed = Vec::new();
    for number in numbers {
        if is_head(job, rerun, number).await? {
            headed.push(number);
        }
    }
    if headed.is_empty() {
        return refused(job, delivery, "the commit is the head of no open pull request").await;
    }
    let mut tx = job.write().await?;
    for number in headed {
        let pull_request =
            PullRequest { repository: rerun.repository.clone(), number, installation: rerun.installation };
        enqueue(&mut tx, &Job::Resynchronize { pull_request }, job.now()).await?;
    }
    job.finish(tx).await
}

/// The same as `/retry` of the recipe whose check it is.
async fn run_again(
    job: Context<'_>,
    rerun: &Rerun,
    delivery: &DeliveryId,
    (feedstock, id): (FeedstockId, RecipeRunId),
) -> Result<()> {
    let mut tx = job.read().await?;
    let run = store::recipe_run::find(&mut tx, id).await?;
    drop(tx);
    let is_meant = |run: &store::recipe_run::RecipeRun| {
        run.feedstock_id == feedstock && run.head_sha == rerun.head_sha && run.is_test
    };
    let Some((run, number)) =
        run.filter(is_meant).and_then(|run| run.pull_request.map(|number| (run, number)))
    else {
        return refused(job, delivery, "there is no such run at that commit").await;
    };
    if !is_head(job, rerun, number).await? {
        return refused(job, delivery, "the commit is not the head of an open pull request any more").await;
    }
    let mut tx = job.write().await?;
    let runs = store::recipe_run::list_by_head(&mut tx, feedstock, number, &rerun.head_sha).await?;
    // The button beside an old attempt means the recipe: one that goes on by now is not begun twice.
    if let Some(newest) = runs.iter().rev().find(|other| other.recipe_id == run.recipe_id) {
        attempt_run::attempt_in(job, &mut tx, newest, &rerun.asked_by, rerun.installation).await?;
    }
    job.finish(tx).await
}

async fn is_head(job: Context<'_>, rerun: &Rerun, number: PullNumber) -> Result<bool> {
    let pull = job.github(rerun.installation, &rerun.repository).pull(number).await?;
    Ok(pull.is_open && pull.head_sha == rerun.head_sha)
}
