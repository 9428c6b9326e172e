//! What happened to a run is added to its timeline, in the transaction that made it happen.

use super::{Context, Result};
use crate::domain::id::{DeliveryId, RecipeRunId};
use crate::domain::timeline::{Happening, run_of_report};
use crate::store::report::Report;
use crate::store::{self, Tx};

/// Adds what happened just now.
pub(super) async fn add(job: Context<'_>, tx: &mut Tx, run: RecipeRunId, what: &Happening<'_>) -> Result<()> {
    Ok(store::run_event::insert(tx, run, what.kind(), &reason(job, what), job.now()).await?)
}

/// The sentence without secrets: it may repeat what a recipe or a server said.
fn reason(job: Context<'_>, what: &Happening<'_>) -> String {
    job.app.redactor.mask(&what.reason())
}

/// The same, unless it is the newest line already: what goes on is found again by whoever looks again.
pub(super) async fn add_if_new(
    job: Context<'_>,
    tx: &mut Tx,
    run: RecipeRunId,
    what: &Happening<'_>,
) -> Result<()> {
    let newest = store::run_event::find_newest(tx, run).await?;
    if newest.is_some_and(|newest| newest.kind == what.kind().as_str() && newest.reason == reason(job, what))
    {
        return Ok(());
    }
    add(job, tx, run, what).await
}

/// Adds what follows from a word from outside, below the delivery that brought it, if one did.
pub(super) async fn add_told(
    job: Context<'_>,
    tx: &mut Tx,
    run: RecipeRunId,
    all: &[Happening<'_>],
) -> Result<()> {
    if let Some(cause) = tx.cause() {
        let delivery = DeliveryId(cause.0.clone());
        if let Some((event, received_at)) = store::delivery::find_envelope(tx, &delivery).await? {
            let what = Happening::Delivered(&event);
            store::run_event::insert(tx, run, what.kind(), &what.reason(), received_at).await?;
        }
    }
    for what in all {
        add(job, tx, run, what).await?;
    }
    Ok(())
}

/// Adds that GitHub shows what a report says of a run, if it is about one.
pub(super) async fn add_shown(job: Context<'_>, tx: &mut Tx, report: &Report) -> Result<()> {
    match run_of_report(&report.key) {
        Some(run) => add(job, tx, run, &Happening::Reported(&report.content)).await,
        None => Ok(()),
    }
}

/// Adds that GitHub will not show it.
pub(super) async fn add_not_shown(job: Context<'_>, tx: &mut Tx, report: &Report, why: &str) -> Result<()> {
    match run_of_report(&report.key) {
        Some(run) => add(job, tx, run, &Happening::NotReported(&report.content, why)).await,
        None => Ok(()),
    }
}
