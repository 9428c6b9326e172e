//! `feedstock`: the repositories whose recipes we run.

use super::{Result, Tx, on};
use crate::domain::id::{FeedstockId, RepoName};

const INSERT: &str =
    "INSERT INTO feedstock (spec, provider) VALUES ($1, 'github') ON CONFLICT (spec) DO NOTHING";
const ID_OF: &str = "SELECT id FROM feedstock WHERE spec = $1";
const SPEC_OF: &str = "SELECT spec FROM feedstock WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, ID_OF, SPEC_OF];

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

/// The repository of a feedstock.
pub async fn spec_of(tx: &mut Tx, id: FeedstockId) -> Result<RepoName> {
    Ok(on!(tx, |c| sqlx::query_scalar(SPEC_OF).bind(id).fetch_one(c).await?))
}
