//! `/stats/…`: how much there is.

use axum::Json;
use axum::extract::{Query, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::Params;
use crate::http::Shared;
use crate::http::problem::Problem;
use crate::store::{self, Tx, recipe_run};

/// How many there are.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Count {
    /// The number of rows.
    count: i64,
}

type Answer = Result<Json<Count>, Problem>;

/// Counts recipe runs.
#[utoipa::path(get, path = "/stats/recipe_runs", operation_id = "get_recipe_stats_stats_recipe_runs_get", tag = "stats",
    responses((status = 200, body = Count)))]
pub(in crate::http) async fn recipe_runs(State(shared): State<Shared>) -> Answer {
    count(&shared, async |tx| recipe_run::public::count(tx).await).await
}

/// Counts bakeries.
#[utoipa::path(get, path = "/stats/bakeries", operation_id = "get_bakery_stats_stats_bakeries_get", tag = "stats",
    responses((status = 200, body = Count)))]
pub(in crate::http) async fn bakeries(State(shared): State<Shared>) -> Answer {
    count(&shared, async |tx| store::bakery::count(tx).await).await
}

/// Counts feedstocks.
#[utoipa::path(get, path = "/stats/feedstocks", operation_id = "get_feedstock_stats_stats_feedstocks_get", tag = "stats",
    responses((status = 200, body = Count)))]
pub(in crate::http) async fn feedstocks(State(shared): State<Shared>) -> Answer {
    count(&shared, async |tx| store::feedstock::count(tx).await).await
}

/// Counts runs that name a dataset; without tests, only those that succeeded.
#[utoipa::path(get, path = "/stats/datasets", operation_id = "get_dataset_stats_stats_datasets_get", tag = "stats",
    params(("exclude_test_runs" = Option<bool>, Query)), responses((status = 200, body = Count)))]
pub(in crate::http) async fn datasets(
    State(shared): State<Shared>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer {
    let mut params = Params::new(pairs);
    let only_published = params.truth("exclude_test_runs", false);
    params.finish()?;
    count(&shared, async |tx| recipe_run::public::count_datasets(tx, only_published).await).await
}

async fn count(shared: &Shared, rows: impl AsyncFnOnce(&mut Tx) -> store::Result<i64>) -> Answer {
    let counted = async { rows(&mut shared.app.store.glance().await?).await };
    let count = counted.await.map_err(|error| Problem::database(&error))?;
    Ok(Json(Count { count }))
}
