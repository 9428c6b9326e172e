//! `api_key`: who may do what with the API. A row holds the hash of its key and nothing that the key could be made from.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Result, Tx, on};
use crate::domain::api_key::Scope;
use crate::domain::id::{BakeryId, FeedstockId};

macro_rules! columns {
    () => {
        "id, name, hint, scopes, bakery_id, feedstock_id, created_at, expires_at, revoked_at, last_used_at"
    };
}

const INSERT: &str = "INSERT INTO api_key (name, hint, hash, scopes, bakery_id, feedstock_id, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
const FIND: &str = concat!("SELECT ", columns!(), " FROM api_key WHERE hash = $1");
const LIST: &str = concat!("SELECT ", columns!(), " FROM api_key ORDER BY id");
const REVOKE: &str = "UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
const SET_USED: &str = "UPDATE api_key SET last_used_at = $2 WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, LIST, REVOKE, SET_USED];

/// How exactly the last use is known: a write for every request would cost more than the request.
const USE_IS_KNOWN_TO: TimeDelta = TimeDelta::minutes(1);

/// What is known of a key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ApiKey {
    /// The row.
    pub id: i64,
    /// What its owner calls it.
    pub name: String,
    /// The beginning of the key.
    pub hint: String,
    scopes: String,
    /// The one bakery whose runs it is for; none for all.
    pub bakery_id: Option<BakeryId>,
    /// The one feedstock whose runs it is for; none for all.
    pub feedstock_id: Option<FeedstockId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// What it may be used for. A word of a newer version counts for nothing.
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.split(' ').filter_map(Scope::parse).collect()
    }

    /// Whether it opens anything now.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether a use now is worth noting.
    pub fn is_use_news(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|last| now - last >= USE_IS_KNOWN_TO)
    }
}

/// A key to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewApiKey<'a> {
    /// What its owner calls it.
    pub name: &'a str,
    /// The beginning of the key.
    pub hint: &'a str,
    /// Its hash.
    pub hash: &'a str,
    /// What it may be used for.
    pub scopes: &'a [Scope],
    /// The one bakery whose runs it is for.
    pub bakery: Option<BakeryId>,
    /// The one feedstock whose runs it is for.
    pub feedstock: Option<FeedstockId>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Keeps a key.
pub async fn insert(tx: &mut Tx, key: NewApiKey<'_>, now: DateTime<Utc>) -> Result<i64> {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    Ok(on!(tx, |c| sqlx::query_scalar(INSERT)
        .bind(key.name)
        .bind(key.hint)
        .bind(key.hash)
        .bind(scopes.join(" "))
        .bind(key.bakery)
        .bind(key.feedstock)
        .bind(now)
        .bind(key.expires_at)
        .fetch_one(c)
        .await?))
}

/// The key of that hash.
pub async fn find(tx: &mut Tx, hash: &str) -> Result<Option<ApiKey>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(hash).fetch_optional(c).await?))
}

/// Every key, oldest first.
pub async fn list(tx: &mut Tx) -> Result<Vec<ApiKey>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST).fetch_all(c).await?))
}

/// Takes a key back. Answers false when there is none that could be.
pub async fn revoke(tx: &mut Tx, id: i64, now: DateTime<Utc>) -> Result<bool> {
    Ok(on!(tx, |c| sqlx::query(REVOKE).bind(id).bind(now).execute(c).await?.rows_affected()) == 1)
}

/// Notes that a key was used.
pub async fn set_used(tx: &mut Tx, id: i64, now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_USED).bind(id).bind(now).execute(c).await?.rows_affected());
    Ok(())
}
