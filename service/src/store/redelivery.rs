//! `redelivery`: deliveries that GitHub made in vain, and is asked to make again. A row stays until the delivery is here, or for some days
//! after it was given up, so that what GitHub's log still shows of it is not taken for news.

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::{Result, Tx, on};
use crate::domain::id::{DeliveryId, HookAttemptId};
use crate::domain::missed::Missed;

const INSERT: &str = "INSERT INTO redelivery (delivery, event, attempt, found_at) ";
/// A newer attempt takes the place of an older one; when it was found, and asked for, stays.
const OR_NEWER: &str = " ON CONFLICT (delivery) DO UPDATE SET attempt = excluded.attempt WHERE redelivery.attempt < excluded.attempt RETURNING found_at";
/// The two with one row between them.
const INSERT_ONE: &str = "INSERT INTO redelivery (delivery, event, attempt, found_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (delivery) DO UPDATE SET attempt = excluded.attempt WHERE redelivery.attempt < excluded.attempt RETURNING found_at";
const DELETE_ARRIVED: &str = "DELETE FROM redelivery WHERE EXISTS (SELECT 1 FROM delivery AS here WHERE here.id = redelivery.delivery)";
const GIVE_UP_OLD: &str = "UPDATE redelivery SET given_up_at = $2 WHERE given_up_at IS NULL AND found_at < $1 RETURNING delivery, event";
const GIVE_UP: &str = "UPDATE redelivery SET given_up_at = $2 WHERE delivery = $1 AND given_up_at IS NULL";
const LIST_DUE: &str = "SELECT delivery, event, attempt FROM redelivery WHERE given_up_at IS NULL AND (asked_at IS NULL OR asked_at <= $1) \
    ORDER BY attempt LIMIT $2";
const SET_ASKED: &str = "UPDATE redelivery SET asked_at = $2 WHERE delivery = $1";
const DELETE_OLD: &str = "DELETE FROM redelivery WHERE given_up_at < $1";

pub(super) const STATEMENTS: &[&str] =
    &[INSERT_ONE, DELETE_ARRIVED, GIVE_UP_OLD, GIVE_UP, LIST_DUE, SET_ASKED, DELETE_OLD];

/// Notes deliveries, a few thousand at most, that have to be asked for; answers how many are new.
pub async fn insert(tx: &mut Tx, missed: &[Missed], now: DateTime<Utc>) -> Result<usize> {
    if missed.is_empty() {
        return Ok(0);
    }
    let written: Vec<DateTime<Utc>> = on!(tx, |c| {
        let mut query = QueryBuilder::new(INSERT);
        query.push_values(missed, |mut row, one| {
            row.push_bind(&one.delivery).push_bind(&one.event).push_bind(one.attempt).push_bind(now);
        });
        query.push(OR_NEWER).build_query_scalar().fetch_all(c).await?
    });
    Ok(written.into_iter().filter(|found_at| *found_at == now).count())
}

/// Forgets those that are here by now; answers how many that were.
pub async fn delete_arrived(tx: &mut Tx) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(DELETE_ARRIVED).execute(c).await?.rows_affected()))
}

/// Gives up what was found before a moment and is still not here; answers what that is, and of which kind.
pub async fn give_up_old(
    tx: &mut Tx,
    found_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<(DeliveryId, String)>> {
    Ok(on!(tx, |c| sqlx::query_as(GIVE_UP_OLD).bind(found_before).bind(now).fetch_all(c).await?))
}

/// Gives one up.
pub async fn give_up(tx: &mut Tx, delivery: &DeliveryId, now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(GIVE_UP).bind(delivery).bind(now).execute(c).await?.rows_affected());
    Ok(())
}

/// Deliveries that were never asked for, or not since a moment; oldest first.
pub async fn list_due(tx: &mut Tx, not_asked_since: DateTime<Utc>, limit: i64) -> Result<Vec<Missed>> {
    let rows: Vec<(DeliveryId, String, HookAttemptId)> =
        on!(tx, |c| sqlx::query_as(LIST_DUE).bind(not_asked_since).bind(limit).fetch_all(c).await?);
    Ok(rows.into_iter().map(|(delivery, event, attempt)| Missed { delivery, attempt, event }).collect())
}

/// Notes that GitHub was asked for one.
pub async fn set_asked(tx: &mut Tx, delivery: &DeliveryId, now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_ASKED).bind(delivery).bind(now).execute(c).await?.rows_affected());
    Ok(())
}

/// Forgets what was given up before a moment.
pub async fn delete_old(tx: &mut Tx, given_up_before: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(DELETE_OLD).bind(given_up_before).execute(c).await?.rows_affected());
    Ok(())
}
