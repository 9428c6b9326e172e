//! `feedstock`: the repositories whose recipes we run.

use super::page::{Column, Kind, Table};
use super::{Result, Tx, on};
use crate::domain::id::{FeedstockId, RepoName};
use crate::domain::public::Feedstock;

/// The table, in the order of the API's fields.
pub static TABLE: Table = Table::new(
    "feedstock",
    &[
        Column { name: "spec", kind: Kind::Text, nullable: false },
        Column { name: "provider", kind: Kind::Word(&["github"]), nullable: false },
        Column { name: "id", kind: Kind::Integer, nullable: false },
    ],
);

const INSERT: &str =
    "INSERT INTO feedstock (spec, provider) VALUES ($1, 'github') ON CONFLICT (spec) DO NOTHING";
const ID_OF: &str = "SELECT id FROM feedstock WHERE spec = $1";
const SPEC_OF: &str = "SELECT spec FROM feedstock WHERE id = $1";

const COUNT: &str = "SELECT COUNT(*) FROM feedstock";

const FIND: &str = "SELECT spec, provider, id FROM feedstock WHERE id = $1";
const CREATE: &str = "INSERT INTO feedstock (spec, provider) VALUES ($1, $2) RETURNING id";
const UPDATE: &str = "UPDATE feedstock SET spec = $1, provider = $2 WHERE id = $3";
const DELETE: &str = "DELETE FROM feedstock WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, ID_OF, SPEC_OF, COUNT, FIND, CREATE, UPDATE, DELETE];

/// The id of the feedstock in that repository, registering it when it is new.
pub async fn register(tx: &mut Tx, spec: &RepoName) -> Result<FeedstockId> {
    // An insert that meets a row uses up an id all the same, and this is called for every event.
    if let Some(known) = find(tx, spec).await? {
        return Ok(known);
    }
    on!(tx, |c| sqlx::query(INSERT).bind(spec).execute(c).await?.rows_affected());
    Ok(on!(tx, |c| sqlx::query_scalar(ID_OF).bind(spec).fetch_one(c).await?))
}

/// The id of the feedstock in that repository.
pub async fn find(tx: &mut Tx, spec: &RepoName) -> Result<Option<FeedstockId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(ID_OF).bind(spec).fetch_optional(c).await?))
}

/// How many there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    Ok(on!(tx, |c| sqlx::query_scalar(COUNT).fetch_one(c).await?))
}

/// The repository of the feedstock of that id, as it is written there; none when there is no such row.
pub async fn find_spec(tx: &mut Tx, id: FeedstockId) -> Result<Option<String>> {
    Ok(on!(tx, |c| sqlx::query_scalar(SPEC_OF).bind(id).fetch_optional(c).await?))
}

/// The repository of a feedstock.
pub async fn spec_of(tx: &mut Tx, id: FeedstockId) -> Result<RepoName> {
    Ok(on!(tx, |c| sqlx::query_scalar(SPEC_OF).bind(id).fetch_one(c).await?))
}

/// The feedstock of that id.
pub async fn find_by_id(tx: &mut Tx, id: i64) -> Result<Option<Feedstock>> {
    Ok(on!(tx, |c| sqlx::query_as(FIND).bind(id).fetch_optional(c).await?))
}

/// The id of the feedstock of that spec, which in the old service's rows may be any text.
pub async fn find_by_spec(tx: &mut Tx, spec: &str) -> Result<Option<FeedstockId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(ID_OF).bind(spec).fetch_optional(c).await?))
}

/// Writes a row as it is told, but for its id, which is new and answered.
pub async fn insert(tx: &mut Tx, feedstock: &Feedstock) -> Result<i64> {
    Ok(on!(tx, |c| sqlx::query_scalar(CREATE)
        .bind(&feedstock.spec)
        .bind(&feedstock.provider)
        .fetch_one(c)
        .await?))
}

/// Writes every column of the row of that id.
pub async fn update(tx: &mut Tx, feedstock: &Feedstock) -> Result<()> {
    on!(tx, |c| sqlx::query(UPDATE)
        .bind(&feedstock.spec)
        .bind(&feedstock.provider)
        .bind(feedstock.id)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Removes a feedstock that nothing refers to.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    on!(tx, |c| sqlx::query(DELETE).bind(id).execute(c).await?.rows_affected());
    Ok(())
}
