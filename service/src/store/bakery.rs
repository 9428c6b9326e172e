//! `bakery`: the public face of the bakeries whose files this deployment has.

use super::page::{Column, Kind, Table};
use super::{Result, Tx, on};
use crate::domain::id::BakeryId;
use crate::domain::public::Bakery;

/// The table, in the order of the API's fields.
pub static TABLE: Table = Table::new(
    "bakery",
    &[
        Column { name: "region", kind: Kind::Text, nullable: false },
        Column { name: "name", kind: Kind::Text, nullable: false },
        Column { name: "description", kind: Kind::Text, nullable: false },
        Column { name: "id", kind: Kind::Integer, nullable: false },
    ],
);

const INSERT: &str =
    "INSERT INTO bakery (region, name, description) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
const ID_OF: &str = "SELECT id FROM bakery WHERE name = $1";
const NAME_OF: &str = "SELECT name FROM bakery WHERE id = $1";

const FIND: &str = "SELECT region, name, description, id FROM bakery WHERE id = $1";
const CREATE: &str = "INSERT INTO bakery (region, name, description) VALUES ($1, $2, $3) RETURNING id";
const UPDATE: &str = "UPDATE bakery SET region = $1, name = $2, description = $3 WHERE id = $4";
const DELETE: &str = "DELETE FROM bakery WHERE id = $1";
const COUNT: &str = "SELECT COUNT(*) FROM bakery";

pub(super) const STATEMENTS: &[&str] = &[INSERT, ID_OF, NAME_OF, FIND, CREATE, UPDATE, DELETE, COUNT];

/// The id of the bakery of that name, registering it when it is new. An existing row keeps its region and description.
pub async fn register(tx: &mut Tx, name: &str, region: &str, description: &str) -> Result<BakeryId> {
    // An insert that meets a row uses up an id all the same, and this is called for every commit.
    if let Some(known) = find_by_name(tx, name).await? {
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

/// The bakery of that name.
pub async fn find_by_name(tx: &mut Tx, name: &str) -> Result<Option<BakeryId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(ID_OF).bind(name).fetch_optional(c).await?))
}

/// The bakery of that id.
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<Bakery>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(id).fetch_optional(c).await?))
}

/// Writes a row as it is told, but for its id, which is new and answered.
pub async fn insert(tx: &mut Tx, bakery: &Bakery) -> Result<i64> {
    Ok(on!(tx, |c| sqlx::query_scalar(CREATE)
        .bind(&bakery.region)
        .bind(&bakery.name)
        .bind(&bakery.description)
        .fetch_one(c)
        .await?))
}

/// Writes every column of the row of that id.
pub async fn update(tx: &mut Tx, bakery: &Bakery) -> Result<()> {
    on!(tx, |c| sqlx::query(UPDATE)
        .bind(&bakery.region)
        .bind(&bakery.name)
        .bind(&bakery.description)
        .bind(bakery.id)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Removes a bakery that nothing refers to.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    on!(tx, |c| sqlx::query(DELETE).bind(id).execute(c).await?.rows_affected());
    Ok(())
}

/// How many there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    Ok(on!(tx, |c| sqlx::query_scalar(COUNT).fetch_one(c).await?))
}
