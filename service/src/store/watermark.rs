//! `watermark`: up to when something that is done again and again has been done.

use chrono::{DateTime, Utc};

use super::{Result, Tx, on};

/// Up to when GitHub's deliveries were looked through.
pub const RECOVER_DELIVERIES: &str = "recover_deliveries";

const FIND: &str = "SELECT at FROM watermark WHERE name = $1";
/// It never goes back: of two that end at once the later counts.
const SET: &str = "INSERT INTO watermark (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at \
    WHERE watermark.at < excluded.at";

pub(super) const STATEMENTS: &[&str] = &[FIND, SET];

/// Up to when it was done; none if never.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<DateTime<Utc>>> {
    Ok(on!(tx, |c| sqlx::query_scalar(FIND).bind(name).fetch_optional(c).await?))
}

/// Notes up to when it has been done.
pub async fn set(tx: &mut Tx, name: &str, at: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET).bind(name).bind(at).execute(c).await?.rows_affected());
    Ok(())
}
