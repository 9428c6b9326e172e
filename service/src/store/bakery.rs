//! `bakery`: the public face of the bakeries whose files this deployment has.

use super::{Result, Tx, on};
use crate::domain::id::BakeryId;

const INSERT: &str =
    "INSERT INTO bakery (region, name, description) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
const ID_OF: &str = "SELECT id FROM bakery WHERE name = $1";
const NAME_OF: &str = "SELECT name FROM bakery WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, ID_OF, NAME_OF];

/// The id of the bakery of that name, registering it when it is new. An existing row keeps its region and description.
pub async fn register(tx: &mut Tx, name: &str, region: &str, description: &str) -> Result<BakeryId> {
    // An insert that meets a row uses up an id all the same, and this is called for every commit.
    let known: Option<BakeryId> = on!(tx, |c| sqlx::query_scalar(ID_OF).bind(name).fetch_optional(c).await?);
    if let Some(known) = known {
        return Ok(known);
    }
    on!(tx, |c| sqlx::query(INSERT)
        .bind(region)
        .bind(name)
        .bind(description)
        .execute(c)
        .await?
        .rows_affected());
    Ok(on!(tx, |c| sqlx::query_scalar(ID_OF).bind(name).fetch_one(c).await?))
}

/// The name of a bakery.
pub async fn name_of(tx: &mut Tx, id: BakeryId) -> Result<String> {
    Ok(on!(tx, |c| sqlx::query_scalar(NAME_OF).bind(id).fetch_one(c).await?))
}
