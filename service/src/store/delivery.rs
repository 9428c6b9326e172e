//! `delivery`: every webhook that was signed by GitHub, as it came.

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::{Result, Tx, on};
use crate::domain::id::DeliveryId;

const INSERT: &str = "INSERT INTO delivery (id, event, body, received_at) ";
const IF_NEW: &str = " ON CONFLICT (id) DO NOTHING RETURNING id";
/// The two with one row between them.
const INSERT_ONE: &str = "INSERT INTO delivery (id, event, body, received_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING RETURNING id";
const FIND: &str =
    "SELECT id, event, body, received_at, interpreted_at, interpreter, note FROM delivery WHERE id = $1";
const FIND_ENVELOPE: &str = "SELECT event, received_at FROM delivery WHERE id = $1";
const SET_INTERPRETED: &str =
    "UPDATE delivery SET interpreted_at = $2, interpreter = $3, note = $4 WHERE id = $1";
const LIST: &str = "SELECT id, event, body, received_at, interpreted_at, interpreter, note FROM delivery \
    WHERE received_at >= $1 AND (event = $2 OR $2 IS NULL) ORDER BY received_at DESC, id LIMIT $3";
const DELETE_OLD: &str =
    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE received_at < $1 LIMIT $2)";

const KNOWN: &str = "SELECT id FROM delivery WHERE id IN (";
/// The same with one id.
const KNOWN_ONE: &str = "SELECT id FROM delivery WHERE id IN ($1)";

pub(super) const STATEMENTS: &[&str] =
    &[INSERT_ONE, FIND, FIND_ENVELOPE, SET_INTERPRETED, LIST, DELETE_OLD, KNOWN_ONE];

/// One stored webhook.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Delivery {
    /// GitHub's unique id of it.
    pub id: DeliveryId,
    /// The kind of event, GitHub's word.
    pub event: String,
    /// The bytes that were signed.
    pub body: Vec<u8>,
    /// When we had it whole.
    pub received_at: DateTime<Utc>,
    /// When it was last interpreted.
    pub interpreted_at: Option<DateTime<Utc>>,
    /// By which version of the interpreter.
    pub interpreter: Option<i64>,
    /// What the interpreter made of it, for an operator.
    pub note: Option<String>,
}

/// A webhook that is about to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewDelivery<'a> {
    /// GitHub's unique id of it.
    pub id: &'a DeliveryId,
    /// The kind of event, GitHub's word.
    pub event: &'a str,
    /// The bytes that were signed.
    pub body: &'a [u8],
    /// When we had it whole.
    pub received_at: DateTime<Utc>,
}

/// Stores deliveries, one or more, in one statement. Answers the ids of those that are new: one that is here already is left as it is.
pub async fn insert(tx: &mut Tx, deliveries: &[NewDelivery<'_>]) -> Result<Vec<DeliveryId>> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(INSERT);
        query.push_values(deliveries, |mut row, delivery| {
            row.push_bind(delivery.id)
                .push_bind(delivery.event)
                .push_bind(delivery.body)
                .push_bind(delivery.received_at);
        });
        query.push(IF_NEW).build_query_scalar().fetch_all(c).await?
    }))
}

/// The delivery of that id.
pub async fn find(tx: &mut Tx, id: &DeliveryId) -> Result<Option<Delivery>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(id).fetch_optional(c).await?))
}

/// The kind of event of a delivery, and when we had it, without its body.
pub async fn find_envelope(tx: &mut Tx, id: &DeliveryId) -> Result<Option<(String, DateTime<Utc>)>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND_ENVELOPE).bind(id).fetch_optional(c).await?))
}

/// Those of the ids, a few thousand at most, that are here.
pub async fn list_known(tx: &mut Tx, ids: &[&DeliveryId]) -> Result<Vec<DeliveryId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(KNOWN);
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(")").build_query_scalar().fetch_all(c).await?
    }))
}

/// Notes what the interpreter made of it.
pub async fn set_interpreted(
    tx: &mut Tx,
    id: &DeliveryId,
    version: i64,
    note: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_INTERPRETED)
        .bind(id)
        .bind(now)
        .bind(version)
        .bind(note)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// The newest deliveries since a moment, of one kind of event or of all.
pub async fn list(
    tx: &mut Tx,
    since: DateTime<Utc>,
    event: Option<&str>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST).bind(since).bind(event).bind(limit).fetch_all(c).await?))
}

/// Removes deliveries received before `before`, read or not, `limit` at most; answers how many went.
pub async fn delete_old(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(DELETE_OLD).bind(before).bind(limit).execute(c).await?.rows_affected()))
}
