//! `delivery`: every webhook that was signed by GitHub, as it came.

use chrono::{DateTime, Utc};

use super::{Result, Tx, on};
use crate::domain::id::DeliveryId;

const INSERT: &str =
    "INSERT INTO delivery (id, event, body, received_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
const FIND: &str =
    "SELECT id, event, body, received_at, interpreted_at, interpreter, note FROM delivery WHERE id = $1";
const SET_INTERPRETED: &str =
    "UPDATE delivery SET interpreted_at = $2, interpreter = $3, note = $4 WHERE id = $1";
const LIST: &str = "SELECT id, event, body, received_at, interpreted_at, interpreter, note FROM delivery \
    WHERE received_at >= $1 AND (event = $2 OR $2 IS NULL) ORDER BY received_at DESC, id LIMIT $3";
const DELETE_OLD: &str =
    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE received_at < $1 LIMIT $2)";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, SET_INTERPRETED, LIST, DELETE_OLD];

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

/// Stores a delivery. Answers whether it is new: one that is here already is left as it is.
pub async fn insert(
    tx: &mut Tx,
    id: &DeliveryId,
    event: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<bool> {
    let rows = on!(tx, |c| sqlx::query(INSERT)
        .bind(id)
        .bind(event)
        .bind(body)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// The delivery of that id.
pub async fn find(tx: &mut Tx, id: &DeliveryId) -> Result<Option<Delivery>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(id).fetch_optional(c).await?))
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
