//! `/feedstocks/…`: repositories of recipes, and the datasets that they have made.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::fields::Fields;
use super::nested::{self, Nested};
use super::params::Params;
use super::resource::{self, IdText, Removed, missing, refused};
use super::{list, values};
use crate::domain::public::{Dataset, Feedstock, RecipeRun, RepoProvider};
use crate::http::Shared;
use crate::http::body::ApiBody;
use crate::http::problem::Problem;
use crate::store::{StoreError, feedstock, recipe_run};

const WHAT: &str = "feedstock";

// For the document: an answer is written run by run.
/// A feedstock with every run of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedstockReadWithRecipeRuns)]
pub(in crate::http) struct FeedstockWithRuns {
    #[serde(flatten)]
    feedstock: Feedstock,
    /// Every run of it, oldest first.
    recipe_runs: Vec<RecipeRun>,
}

/// What a new feedstock needs.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "it is in the document; a body is read field by field, to tell everything that is wrong"
)]
pub(in crate::http) struct FeedstockCreate {
    /// The repository, `owner/name`; no other feedstock has it.
    spec: String,
    /// Where the repository is.
    #[schema(default = "github", nullable = false)]
    provider: Option<RepoProvider>,
}

/// What can be changed of a feedstock.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(in crate::http) struct FeedstockUpdate {
    /// The repository, `owner/name`; no other feedstock has it.
    #[schema(nullable = false)]
    spec: Option<String>,
    /// Where the repository is.
    #[schema(nullable = false)]
    provider: Option<RepoProvider>,
}

/// Lists feedstocks.
#[utoipa::path(get, path = "/feedstocks/", operation_id = "read_range_feedstocks__get", tags = ["feedstock", "public"],
    params(list::Parameters), responses((status = 200, body = Vec<Feedstock>)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    list::answer::<Feedstock>(&shared, &feedstock::TABLE, "/feedstocks/", pairs).await
}

/// Reads a feedstock with every run of it.
#[utoipa::path(get, path = "/feedstocks/{id}", operation_id = "read_single_feedstocks__id__get", tags = ["feedstock", "public"],
    params(("id" = i64, Path)), responses((status = 200, body = FeedstockWithRuns)))]
pub(in crate::http) async fn read(
    State(shared): State<Shared>,
    IdText(id): IdText,
) -> Result<Response, Problem> {
    let id = resource::id(&id)?;
    let found: Result<_, StoreError> = async {
        let mut tx = shared.app.store.glance().await?;
        let Some(feedstock) = feedstock::find_by_id(&mut tx, id).await? else { return Ok(None) };
        let mut nested = Nested::new(&feedstock);
        recipe_run::public::each_by_feedstock(&mut tx, id, |run| nested.push(&run)).await?;
        Ok(Some(nested))
    }
    .await;
    nested::answer(found, missing(WHAT))
}

/// Makes a feedstock. No repository is made with it.
#[utoipa::path(post, path = "/feedstocks/", operation_id = "create_feedstocks__post", tags = ["feedstock", "admin"],
    request_body = FeedstockCreate, responses((status = 200, body = Feedstock)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    ApiBody(body): ApiBody,
) -> Result<Json<Feedstock>, Problem> {
    let mut fields = Fields::read(&body)?;
    let spec = fields.required("spec", values::text);
    let mut provider = "github".to_owned();
    fields.change("provider", provider_word, &mut provider);
    fields.finish()?;
    let spec = spec.ok_or_else(Problem::incomplete)?;
    let mut feedstock = Feedstock { spec, provider, id: 0 };
    let made: Result<i64, StoreError> = async {
        let mut tx = shared.app.store.write().await?;
        let id = feedstock::insert(&mut tx, &feedstock).await?;
        tx.commit().await?;
        Ok(id)
    }
    .await;
    feedstock.id = made.map_err(|error| refused(&error, &duplicate(&feedstock), ""))?;
    Ok(Json(feedstock))
}

/// Changes what is told of a feedstock.
#[utoipa::path(patch, path = "/feedstocks/{id}", operation_id = "update_feedstocks__id__patch", tags = ["feedstock", "admin"],
    params(("id" = i64, Path)), request_body = FeedstockUpdate, responses((status = 200, body = Feedstock)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    IdText(id): IdText,
    ApiBody(body): ApiBody,
) -> Result<Json<Feedstock>, Problem> {
    let id = resource::id(&id)?;
    let mut fields = Fields::read(&body)?;
    let mut tx = shared.app.store.write().await.map_err(|error| Problem::database(&error))?;
    let found = feedstock::find_by_id(&mut tx, id).await.map_err(|error| Problem::database(&error))?;
    let mut feedstock = found.ok_or_else(|| missing(WHAT))?;
    fields.change("spec", values::text, &mut feedstock.spec);
    fields.change("provider", provider_word, &mut feedstock.provider);
    fields.finish()?;
    let changed: Result<(), StoreError> = async {
        feedstock::update(&mut tx, &feedstock).await?;
        tx.commit().await
    }
    .await;
    changed.map_err(|error| refused(&error, &duplicate(&feedstock), ""))?;
    Ok(Json(feedstock))
}

/// Removes a feedstock of which nothing ever ran.
#[utoipa::path(delete, path = "/feedstocks/{id}", operation_id = "delete_feedstocks__id__delete", tags = ["feedstock", "admin"],
    params(("id" = i64, Path)), responses((status = 200, body = Removed)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    IdText(id): IdText,
) -> Result<Response, Problem> {
    let id = resource::id(&id)?;
    let removed: Result<bool, StoreError> = async {
        let mut tx = shared.app.store.write().await?;
        let there = feedstock::find_by_id(&mut tx, id).await?.is_some();
        feedstock::delete(&mut tx, id).await?;
        tx.commit().await?;
        Ok(there)
    }
    .await;
    let needed = "recipe runs, pull requests or keys refer to this feedstock; remove those first";
    if removed.map_err(|error| refused(&error, "", needed))? {
        Ok(Removed::answer())
    } else {
        Err(missing(WHAT))
    }
}

/// Lists the datasets that successful runs of a feedstock have made, oldest first. A feedstock that is not there has none.
#[utoipa::path(get, path = "/feedstocks/{id}/datasets", operation_id = "get_feedstock_datasets_feedstocks__id__datasets_get",
    tags = ["feedstock", "public"], params(("id" = i64, Path), ("type" = inline(Option<DatasetsOf>), Query)),
    responses((status = 200, body = Vec<Dataset>)))]
pub(in crate::http) async fn datasets(
    State(shared): State<Shared>,
    IdText(id): IdText,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Vec<Dataset>>, Problem> {
    let mut params = Params::new(pairs);
    let id = params.id(&id);
    let of = params.constant("type", &["all", "production", "test"]);
    params.finish()?;
    let found: Result<_, StoreError> = async {
        let mut tx = shared.app.store.glance().await?;
        recipe_run::public::list_datasets(&mut tx, id, of != "production", of != "test").await
    }
    .await;
    Ok(Json(found.map_err(|error| Problem::database(&error))?))
}

/// Whose datasets.
#[derive(Debug, Default, ToSchema)]
#[schema(rename_all = "lowercase", default)]
#[expect(dead_code, reason = "it is in the document")]
enum DatasetsOf {
    /// Of all runs.
    #[default]
    All,
    /// Of production runs.
    Production,
    /// Of tests.
    Test,
}

fn duplicate(feedstock: &Feedstock) -> String {
    format!("another feedstock has the spec '{}'", feedstock.spec)
}

fn provider_word(value: &Value) -> Result<String, values::Wrong> {
    values::json_word(value, &["github"])
}
