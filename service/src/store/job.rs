//! `job`: durable work with leases.
//!
//! A claim raises the row's epoch, and every later write of the worker names the epoch it was given: a worker that was paused past
//! its lease cannot finish, or commit under, somebody else's claim.
//!
//! ```text
//!   ready ──claim──▶ running ──finish──▶ done
//!     ▲                 │ retry, or the lease ran out
//!     └─────────────────┤
//!                       └──bury──▶ dead ──revive (an operator)──▶ ready
//! ```

mod operator;
mod queue;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::QueryBuilder;
use sqlx::types::Json;

pub use operator::{Row, count_by_state, list, revive};
pub use queue::{Waiting, queue};

use super::{Result, Tx, on};
use crate::domain::id::{Cause, JobId};
use crate::domain::job::Job;

const INSERT: &str = "INSERT INTO job (kind, payload, lane, dedup_key, state, attempt, epoch, run_at, created_at, cause) \
    VALUES ($1, $2, $3, $4, 'ready', 0, 0, $5, $6, $7) ON CONFLICT (dedup_key) WHERE state = 'ready' DO NOTHING";
const INSERT_ALL: &str =
    "INSERT INTO job (kind, payload, lane, dedup_key, state, attempt, epoch, run_at, created_at, cause) ";

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE job SET state = 'running', attempt = attempt + 1, epoch = epoch + 1, lease_until = $1 WHERE id = (",
            "SELECT id FROM job AS candidate WHERE state = 'ready' AND run_at <= $2 AND (lane IS NULL OR NOT EXISTS (",
            "SELECT 1 FROM job AS other WHERE other.lane = candidate.lane AND other.state = 'running')) ",
            "ORDER BY run_at, id LIMIT 1",
            $lock,
            ") RETURNING id, payload, attempt, epoch, cause"
        )
    };
}
pub(super) const CLAIM_SQLITE: &str = claim!("");
pub(super) const CLAIM_POSTGRES: &str = claim!(" FOR UPDATE SKIP LOCKED");

const HOLD: &str = "UPDATE job SET lease_until = $3 WHERE id = $1 AND epoch = $2 AND state = 'running'";
const FINISH: &str = "UPDATE job SET state = 'done', finished_at = $3, lease_until = NULL, last_error = NULL \
    WHERE id = $1 AND epoch = $2 AND state = 'running'";
const BURY: &str = "UPDATE job SET state = 'dead', finished_at = $3, lease_until = NULL, last_error = $4 \
    WHERE id = $1 AND epoch = $2 AND state = 'running'";
/// A waiting twin will do the same work: this one is then done.
const FOLD: &str = "UPDATE job SET state = 'done', finished_at = $3, lease_until = NULL, last_error = $4 \
    WHERE id = $1 AND epoch = $2 AND state = 'running' \
    AND EXISTS (SELECT 1 FROM job AS twin WHERE twin.dedup_key = job.dedup_key AND twin.state = 'ready')";
const RETRY: &str = "UPDATE job SET state = 'ready', run_at = $3, attempt = $4, lease_until = NULL, last_error = $5 \
    WHERE id = $1 AND epoch = $2 AND state = 'running'";
const EXPIRED: &str = "SELECT id, payload, attempt, epoch, cause FROM job WHERE state = 'running' AND lease_until < $1 ORDER BY id LIMIT 100";
const RUNNING: &str =
    "SELECT id, payload, attempt, epoch, cause FROM job WHERE state = 'running' ORDER BY id";
const IS_BEHIND: &str =
    "SELECT EXISTS (SELECT 1 FROM job WHERE kind = $1 AND lane = $2 AND state = 'ready' AND id < $3)";
const IS_OPEN: &str = "SELECT COUNT(*) FROM job WHERE kind = $1 AND state IN ('ready', 'running')";
const NEXT_DUE: &str = "SELECT MIN(run_at) FROM job WHERE state = 'ready'";
const DELETE_OLD: &str = "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state = 'done' AND finished_at < $1 ORDER BY finished_at LIMIT $2)";

pub(super) const OPERATOR_STATEMENTS: &[&str] = operator::STATEMENTS;
pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    HOLD,
    FINISH,
    BURY,
    FOLD,
    RETRY,
    EXPIRED,
    RUNNING,
    IS_BEHIND,
    IS_OPEN,
    queue::QUEUE,
    NEXT_DUE,
    DELETE_OLD,
];

/// A row that some worker holds, before anybody knows whether this version can read what is to be done.
#[derive(sqlx::FromRow)]
struct Held {
    id: JobId,
    #[sqlx(json)]
    payload: serde_json::Value,
    attempt: i64,
    epoch: i64,
    cause: Option<Cause>,
}

impl Held {
    fn read(&self) -> std::result::Result<Claimed, serde_json::Error> {
        let payload = Job::deserialize(&self.payload)?;
        let cause = self.cause.clone();
        Ok(Claimed { id: self.id, payload, attempt: self.attempt, epoch: self.epoch, cause })
    }
}

/// A job that this worker holds until its lease ends.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The row.
    pub id: JobId,
    /// What to do.
    pub payload: Job,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// The claim's number.
    pub epoch: i64,
    /// What it goes back to; none for one that an earlier version queued.
    pub cause: Option<Cause>,
}

/// Queues a job, not to start before `run_at`, that goes back to what the transaction does. Answers false when the same work already
/// waits, which keeps what it goes back to.
pub async fn insert(tx: &mut Tx, job: &Job, run_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool> {
    let (kind, lane, dedup_key) = (job.kind(), job.lane(), job.dedup_key());
    let cause = tx.cause().cloned();
    let rows = on!(tx, |c| sqlx::query(INSERT)
        .bind(kind)
        .bind(Json(job))
        .bind(lane)
        .bind(dedup_key)
        .bind(run_at)
        .bind(now)
        .bind(cause)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Queues jobs for now, one or more, each with what it goes back to, in one statement. None of them may wait already.
pub async fn insert_all(tx: &mut Tx, jobs: &[(Job, Cause)], now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| {
        let mut query = QueryBuilder::new(INSERT_ALL);
        query.push_values(jobs, |mut row, (job, cause)| {
            row.push_bind(job.kind()).push_bind(Json(job)).push_bind(job.lane()).push_bind(job.dedup_key());
            row.push_bind("ready")
                .push_bind(0_i64)
                .push_bind(0_i64)
                .push_bind(now)
                .push_bind(now)
                .push_bind(cause);
        });
        query.build().execute(c).await?.rows_affected()
    });
    Ok(())
}

/// Takes the job that has been due for longest, unless another of its lane runs. One that this version cannot read is given up on the
/// way, for an operator to see: it must not stand before all others.
///
/// On Postgres two workers may reach for one lane at the same moment; the index refuses one of them, which then has to ask again.
pub async fn claim(tx: &mut Tx, lease: TimeDelta, now: DateTime<Utc>) -> Result<Option<Claimed>> {
    let statement = if tx.is_postgres() { CLAIM_POSTGRES } else { CLAIM_SQLITE };
    loop {
        let held: Option<Held> =
            on!(tx, |c| sqlx::query_as(statement).bind(now + lease).bind(now).fetch_optional(c).await?);
        let Some(held) = held else { return Ok(None) };
        match held.read() {
            Ok(claim) => return Ok(Some(claim)),
            Err(error) => {
                let why = format!("this version of the program cannot read the job: {error}");
                bury_row(tx, (held.id, held.epoch), &why, now).await?;
            }
        }
    }
}

/// Renews the lease. Answers false when the claim is lost.
pub async fn hold(tx: &mut Tx, claim: &Claimed, lease: TimeDelta, now: DateTime<Utc>) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(HOLD)
        .bind(claim.id)
        .bind(claim.epoch)
        .bind(now + lease)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Marks the job done. Answers false when the claim is lost.
pub async fn finish(tx: &mut Tx, claim: &Claimed, now: DateTime<Utc>) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(FINISH)
        .bind(claim.id)
        .bind(claim.epoch)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Gives the job up, for an operator to see. Answers false when the claim is lost.
pub async fn bury(tx: &mut Tx, claim: &Claimed, error: &str, now: DateTime<Utc>) -> Result<bool> {
    bury_row(tx, (claim.id, claim.epoch), error, now).await
}

async fn bury_row(tx: &mut Tx, (id, epoch): (JobId, i64), error: &str, now: DateTime<Utc>) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(BURY)
        .bind(id)
        .bind(epoch)
        .bind(now)
        .bind(error)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Puts the job back, to start at `run_at` with `attempt` attempts on its account.
pub async fn retry(
    tx: &mut Tx,
    claim: &Claimed,
    run_at: DateTime<Utc>,
    attempt: i64,
    error: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let folded = on!(tx, |c| sqlx::query(FOLD)
        .bind(claim.id)
        .bind(claim.epoch)
        .bind(now)
        .bind(error)
        .execute(c)
        .await?
        .rows_affected());
    if folded == 0 {
        on!(tx, |c| sqlx::query(RETRY)
            .bind(claim.id)
            .bind(claim.epoch)
            .bind(run_at)
            .bind(attempt)
            .bind(error)
            .execute(c)
            .await?
            .rows_affected());
    }
    Ok(())
}

/// Jobs whose worker has not been heard of since its lease ended, 100 at most.
pub async fn list_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Claimed>> {
    let held: Vec<Held> = on!(tx, |c| sqlx::query_as(EXPIRED).bind(now).fetch_all(c).await?);
    Ok(readable(&held))
}

/// Every job that some worker holds.
pub async fn list_running(tx: &mut Tx) -> Result<Vec<Claimed>> {
    let held: Vec<Held> = on!(tx, |c| sqlx::query_as(RUNNING).fetch_all(c).await?);
    Ok(readable(&held))
}

/// What a newer version began is left to it.
fn readable(held: &[Held]) -> Vec<Claimed> {
    held.iter().filter_map(|held| held.read().ok()).collect()
}

/// Whether a job of the same kind and lane that was queued before this one still waits, after an attempt that failed say.
pub async fn is_behind(tx: &mut Tx, claim: &Claimed) -> Result<bool> {
    let (kind, lane) = (claim.payload.kind(), claim.payload.lane());
    Ok(on!(tx, |c| sqlx::query_scalar(IS_BEHIND).bind(kind).bind(lane).bind(claim.id).fetch_one(c).await?))
}

/// Whether a job of that kind waits or runs.
pub async fn is_open(tx: &mut Tx, kind: &str) -> Result<bool> {
    let open: i64 = on!(tx, |c| sqlx::query_scalar(IS_OPEN).bind(kind).fetch_one(c).await?);
    Ok(open > 0)
}

/// When the next waiting job is due.
pub async fn next_due(tx: &mut Tx) -> Result<Option<DateTime<Utc>>> {
    Ok(on!(tx, |c| sqlx::query_scalar(NEXT_DUE).fetch_one(c).await?))
}

/// Removes jobs done before `before`, `limit` at most; answers how many went.
pub async fn delete_old(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(DELETE_OLD).bind(before).bind(limit).execute(c).await?.rows_affected()))
}
