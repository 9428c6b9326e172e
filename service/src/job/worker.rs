//! Claiming jobs, doing them, and what follows when one does not finish.
//!
//! | after attempt | 1 | 2 | 3 | 4 | 5 | 6 | 7 and later | 12 |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | next try in | 5 s | 15 s | 1 min | 5 min | 15 min | 30 min | 1 h | given up |

use std::sync::Arc;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{AfterCommit, Context, Error, LEASE, Result, TIME_LIMIT, give_up};
use crate::app::{self, App};
use crate::domain::id::Cause;
use crate::store;
use crate::store::job::Claimed;

const MAX_ATTEMPTS: i64 = 12;
/// How long a worker that is told to stop lets its job go on.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(15);
/// Without news, the queue is looked at this often: another process may have put something there.
const POLL: std::time::Duration = std::time::Duration::from_secs(1);
/// So many deliveries at the door are a burst.
const BURST: i64 = 4;
/// How long a job waits for a burst, at most once: under a load that never ends, work still goes on.
const GIVE_WAY: std::time::Duration = std::time::Duration::from_millis(200);

/// Works until told to stop, and then hands back what it cannot finish soon.
pub async fn work(app: Arc<App>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        give_way(&app).await;
        match work_one(&app, &stop).await {
            // There may be more: another worker can begin on it.
            Ok(true) => app.wake.notify_one(),
            Ok(false) => wait(&app, &stop).await,
            Err(error) => {
                tracing::error!(%error, "the queue cannot be read");
                wait(&app, &stop).await;
            }
        }
    }
}

/// GitHub waits for its answer and a job does not: in a burst of deliveries, each job lets some pass first.
async fn give_way(app: &App) {
    if app.metrics.at_the_door.get() >= BURST {
        tokio::time::sleep(GIVE_WAY).await;
    }
}

async fn wait(app: &App, stop: &CancellationToken) {
    tokio::select! {
        () = app.wake.notified() => {}
        () = tokio::time::sleep(POLL) => {}
        () = stop.cancelled() => {}
    }
}

/// Does every job that is due by now, and every job that follows from them and is due. Answers how many that were.
pub async fn run_until_idle(app: &Arc<App>) -> Result<usize> {
    let mut done = 0;
    while run_next(app).await? {
        done += 1;
    }
    Ok(done)
}

/// Does the job that has been due for longest. Answers false when none is due.
pub async fn run_next(app: &Arc<App>) -> Result<bool> {
    work_one(app, &CancellationToken::new()).await
}

/// Claims and does one job. Answers false when none is due.
async fn work_one(app: &Arc<App>, stop: &CancellationToken) -> Result<bool> {
    let Some(claim) = claim(app).await? else { return Ok(false) };
    let cause = claim.cause.as_ref().map(Cause::as_str);
    let span = tracing::info_span!("job", kind = claim.payload.kind(), job = %claim.id, attempt = claim.attempt, cause);
    let isolated = {
        let (app, claim) = (Arc::clone(app), claim.clone());
        app::isolate(
            span.clone(),
            // Boxed: the largest job decides its size, and it is moved about here.
            async move { tokio::time::timeout(TIME_LIMIT, Box::pin(super::run(&app, &claim))).await },
        )
    };
    let stopped = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    let result = tokio::select! {
        result = isolated => match result {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::Retry { why: format!("not done within {} s", TIME_LIMIT.as_secs()), after: None }),
            Err(panic) => Err(Error::Retry { why: format!("the program failed: {panic}"), after: None }),
        },
        () = stopped => {
            let until = app.clock.now();
            Err(Error::Wait { why: "handed back by a worker that was told to stop".into(), until })
        }
    };
    match result {
        Ok(()) => app.metrics.job(claim.payload.kind(), "done"),
        Err(error) => settle(app, &claim, error).instrument(span).await?,
    }
    Ok(true)
}

async fn claim(app: &App) -> Result<Option<Claimed>> {
    let mut tx = app.store.write().await?;
    match store::job::claim(&mut tx, LEASE, app.clock.now()).await {
        Ok(claim) => {
            tx.commit().await?;
            Ok(claim)
        }
        // Another worker took a job of the same lane at the same moment. There is more to do, later.
        Err(error) if error.is_unique_violation() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Decides what becomes of a job that did not finish.
pub(super) async fn settle(app: &App, claim: &Claimed, error: Error) -> Result<()> {
    let (now, kind) = (app.clock.now(), claim.payload.kind());
    let mut tx = app.store.write().await?.because_of(claim.cause.clone());
    let result = if matches!(error, Error::Wait { .. }) { "wait" } else { "retry" };
    let (run_at, attempt, why) = match error {
        Error::LeaseLost => {
            tracing::warn!(job = %claim.id, "the lease was lost");
            app.metrics.job(kind, "lost");
            return Ok(());
        }
        // Waiting as told is no failed attempt.
        Error::Wait { why, until } => (until, claim.attempt - 1, why),
        Error::Retry { why, after } if claim.attempt < MAX_ATTEMPTS => {
            (now + after.unwrap_or_else(|| delay(claim.attempt)), claim.attempt, why)
        }
        Error::Retry { why, .. } | Error::Fail(why) => {
            tracing::error!(job = %claim.id, kind, error = why, "given up");
            if !store::job::bury(&mut tx, claim, &why, now).await? {
                return Ok(());
            }
            // Boxed for the same reason.
            let after = AfterCommit::default();
            Box::pin(give_up::tell(Context { app, claim, after: &after }, &mut tx, &why)).await?;
            app.commit(tx).await?;
            after.count(&app.metrics);
            app.metrics.job(kind, "dead");
            return Ok(());
        }
    };
    tracing::info!(job = %claim.id, kind, error = why, %run_at, "will be tried again");
    store::job::retry(&mut tx, claim, run_at, attempt, &why, now).await?;
    tx.commit().await?;
    app.metrics.job(kind, result);
    Ok(())
}

fn delay(attempt: i64) -> TimeDelta {
    match attempt {
        ..=1 => TimeDelta::seconds(5),
        2 => TimeDelta::seconds(15),
        3 => TimeDelta::minutes(1),
        4 => TimeDelta::minutes(5),
        5 => TimeDelta::minutes(15),
        6 => TimeDelta::minutes(30),
        _ => TimeDelta::hours(1),
    }
}
