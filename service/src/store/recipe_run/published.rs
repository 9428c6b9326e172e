//! What runs have published.

use crate::domain::id::RecipeRunId;
use crate::store::{Result, Tx, on};

const FIND: &str = "SELECT id FROM recipe_run WHERE dataset_public_url IN ($1, $2, $3) \
    AND status = 'completed' AND conclusion = 'success' LIMIT 1";

pub(in crate::store) const STATEMENTS: &[&str] = &[FIND];

/// Whether a run that succeeded, of a test or of production, names one of these addresses as its dataset's.
pub async fn exists(tx: &mut Tx, [one, two, three]: &[String; 3]) -> Result<bool> {
    let found: Option<RecipeRunId> =
        on!(tx, |c| sqlx::query_scalar(FIND).bind(one).bind(two).bind(three).fetch_optional(c).await?);
    Ok(found.is_some())
}
