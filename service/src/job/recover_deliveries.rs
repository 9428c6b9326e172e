//! Deliveries that did not arrive are found in GitHub's log, and GitHub is asked to make them again: it does nothing of the kind by itself.
//!
//! What was missed is written down before it is asked for, so that a crash at any moment loses nothing; what was asked for is not asked for
//! again for a while, so that a crash doubles nothing either. A delivery that comes twice is stored once. The log is read in parts, each by
//! a job of its own, since no job may take longer than a minute.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Context, Error, Result, enqueue, reconcile};
use crate::app::App;
use crate::domain::id::DeliveryId;
use crate::domain::job::{Job, Listing};
use crate::domain::missed::{self, Attempt, Missed};
use crate::github::Retry;
use crate::store::watermark::RECOVER_DELIVERIES;
use crate::store::{self, Tx};

const EVERY: TimeDelta = TimeDelta::minutes(5);
/// So many calls are made by one job; one that has more to do queues another, which goes on.
const CALLS: usize = 60;
/// One that was asked for and is still not here is asked for again after so long.
const ASK_AGAIN: TimeDelta = TimeDelta::minutes(30);
/// One that is not here so long after it was found is given up: whatever refuses it will go on to do so.
const GIVE_UP: TimeDelta = TimeDelta::days(1);
/// So many requests in a row may fail before GitHub counts as down. One that fails alone stands in nobody's way.
const FAILURES: usize = 3;

/// Queues the job at the start of the process and every five minutes, unless one is still at it.
pub(super) async fn queue_in(app: &App, tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    let read_until = store::watermark::find(tx, RECOVER_DELIVERIES).await?;
    let is_due = read_until.is_none_or(|at| now - at >= EVERY) || !app.looked_back.load(Ordering::Relaxed);
    let job = Job::RecoverDeliveries { listing: None };
    if is_due && !store::job::is_open(tx, job.kind()).await? {
        enqueue(tx, &job, now).await?;
    }
    Ok(())
}

pub(super) async fn run(job: Context<'_>, listing: Option<&Listing>) -> Result<()> {
    let (mut listing, mut next) = match listing {
        Some(listing) => {
            let next = listing.cursor.clone().map_or(Next::End, Next::Page);
            (listing.clone(), next)
        }
        None => match begin(job).await? {
            Some(listing) => (listing, Next::Newest),
            // Nothing that was ever delivered was meant for this database.
            None => return start_here(job).await,
        },
    };
    let mut calls = 0;
    let attempts = read(job, listing.since, &mut next, &mut calls).await?;
    note(job, &listing, &attempts, &next).await?;
    let is_more_to_ask = ask(job, CALLS.saturating_sub(calls)).await?;

    let mut tx = job.write().await?;
    if is_more_to_ask || !matches!(next, Next::End) {
        listing.cursor = match next {
            Next::Page(cursor) => Some(cursor),
            Next::Newest | Next::End => None,
        };
        enqueue(&mut tx, &Job::RecoverDeliveries { listing: Some(listing) }, job.now()).await?;
    }
    job.finish(tx).await
}

/// What of GitHub's log has to be read next.
enum Next {
    /// Its newest page.
    Newest,
    /// The page of this mark.
    Page(String),
    /// Nothing.
    End,
}

/// Says how far back the log has to be read; none for a database that has never read it. Where that is further than the log reaches,
/// everything is compared with GitHub itself.
async fn begin(job: Context<'_>) -> Result<Option<Listing>> {
    let now = job.now();
    let mut tx = job.read().await?;
    let Some(read_until) = store::watermark::find(&mut tx, RECOVER_DELIVERIES).await? else {
        return Ok(None);
    };
    drop(tx);
    if missed::is_beyond_recovery(read_until, now) {
        tracing::warn!(since = %read_until, "deliveries were missed that GitHub no longer has");
        reconcile::queue_all(job, read_until - missed::OVERLAP).await?;
    }
    Ok(Some(Listing { began_at: now, since: missed::since(read_until, now), cursor: None }))
}

async fn start_here(job: Context<'_>) -> Result<()> {
    let mut tx = job.write().await?;
    store::watermark::set(&mut tx, RECOVER_DELIVERIES, job.now()).await?;
    job.finish(tx).await
}

/// Reads on in GitHub's log, newest entries first, as long as calls are left.
async fn read(
    job: Context<'_>,
    since: DateTime<Utc>,
    next: &mut Next,
    calls: &mut usize,
) -> Result<Vec<Attempt>> {
    let app = job.app.github.as_app(job.now());
    let mut attempts = Vec::new();
    let mut began_anew = false;
    loop {
        let cursor = match next {
            Next::End => break,
            Next::Page(_) if *calls >= CALLS => break,
            Next::Page(cursor) => Some(cursor.as_str()),
            Next::Newest => None,
        };
        *calls += 1;
        match app.deliveries(cursor).await {
            Ok(page) => {
                let is_over = page.attempts.iter().any(|attempt| attempt.at < since);
                attempts.extend(page.attempts.into_iter().filter(|attempt| attempt.at >= since));
                *next = page.next.filter(|_| !is_over).map_or(Next::End, Next::Page);
            }
            // GitHub's marks do not last: the log is read from its newest entry once more.
            Err(error) if error.is_invalid() && cursor.is_some() => {
                if began_anew {
                    return Err(Error::Retry { why: error.to_string(), after: None });
                }
                tracing::info!(%error, "GitHub's list of deliveries is read from its beginning again");
                began_anew = true;
                *next = Next::Newest;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(attempts)
}

/// Writes down what was missed, and, at the end of the log, up to when it has been read.
async fn note(job: Context<'_>, listing: &Listing, attempts: &[Attempt], next: &Next) -> Result<()> {
    let now = job.now();
    let mut missed = missed::missed(attempts);
    let mut tx = job.write().await?;
    let ids: Vec<&DeliveryId> = missed.iter().map(|one| &one.delivery).collect();
    let known = store::delivery::list_known(&mut tx, &ids).await?;
    missed.retain(|one| !known.contains(&one.delivery));
    let found = store::redelivery::insert(&mut tx, &missed, now).await?;
    let recovered = store::redelivery::delete_arrived(&mut tx).await?;
    for (delivery, event) in store::redelivery::give_up_old(&mut tx, now - GIVE_UP, now).await? {
        tracing::error!(%delivery, event, "a delivery was asked for for a day and never came; it is given up");
    }
    if matches!(next, Next::End) {
        store::watermark::set(&mut tx, RECOVER_DELIVERIES, listing.began_at).await?;
    }
    if !missed.is_empty() {
        tracing::warn!(deliveries = missed.len(), "deliveries were missed");
    }
    job.hold(tx).await?;
    job.app.metrics.missed_deliveries(found as u64, recovered);
    Ok(())
}

/// Asks for what is missing, `most` at most. Answers whether more has to be asked for at once.
async fn ask(job: Context<'_>, most: usize) -> Result<bool> {
    let now = job.now();
    let mut tx = job.read().await?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut due = store::redelivery::list_due(&mut tx, now - ASK_AGAIN, limit).await?;
    drop(tx);
    let is_more = due.len() > most;
    due.truncate(most);
    let app = job.app.github.as_app(now);
    let mut failures = 0;
    for one in due {
        match app.redeliver(one.attempt).await {
            Ok(true) => {
                failures = 0;
                asked(job, &one).await?;
            }
            Ok(false) => {
                tracing::error!(delivery = %one.delivery, event = one.event, "GitHub no longer has a missed delivery");
                let mut tx = job.write().await?;
                store::redelivery::give_up(&mut tx, &one.delivery, now).await?;
                job.hold(tx).await?;
            }
            // Perhaps it was done. If not, it is asked for again with those that do not come.
            Err(error) if error.retry() == Retry::Later && failures + 1 < FAILURES => {
                tracing::warn!(delivery = %one.delivery, %error, "a delivery could not be asked for");
                failures += 1;
                asked(job, &one).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(is_more)
}

async fn asked(job: Context<'_>, one: &Missed) -> Result<()> {
    let mut tx = job.write().await?;
    store::redelivery::set_asked(&mut tx, &one.delivery, job.now()).await?;
    job.hold(tx).await
}
