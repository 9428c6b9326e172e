//! Runs by the installation through which we speak about them.

use super::RecipeRun;
use crate::domain::id::InstallationId;
use crate::store::{Result, Tx, on};

const LIST_OPEN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM recipe_run WHERE installation = $1 AND status <> 'completed' ORDER BY id"
);
const LIST_INSTALLATIONS: &str = "SELECT DISTINCT installation FROM recipe_run WHERE status <> 'completed' AND installation IS NOT NULL ORDER BY 1";

pub(in crate::store) const STATEMENTS: &[&str] = &[LIST_OPEN, LIST_INSTALLATIONS];

/// The runs of an installation that have not ended, of whichever of its feedstocks.
pub async fn list_open(tx: &mut Tx, installation: InstallationId) -> Result<Vec<RecipeRun>> {
    Ok(on!(tx, |c| sqlx::query_as(LIST_OPEN).bind(installation).fetch_all(c).await?))
}

/// The installations with runs that have not ended.
pub async fn list_installations(tx: &mut Tx) -> Result<Vec<InstallationId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_INSTALLATIONS).fetch_all(c).await?))
}
