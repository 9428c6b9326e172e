//! `/bakeries/…`: where recipes run.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::Fields;
use super::nested::{self, Nested};
use super::resource::{self, IdText, Removed, missing, refused};
use super::{list, values};
use crate::domain::public::{Bakery, RecipeRun};
use crate::http::Shared;
use crate::http::body::ApiBody;
use crate::http::problem::Problem;
use crate::store::{StoreError, bakery, recipe_run};

const WHAT: &str = "bakery";

// For the document: an answer is written run by run.
/// A bakery with every run on it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BakeryReadWithRecipeRuns)]
pub(in crate::http) struct BakeryWithRuns {
    #[serde(flatten)]
    bakery: Bakery,
    /// Every run on it, oldest first.
    recipe_runs: Vec<RecipeRun>,
}

/// What a new bakery needs.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "it is in the document; a body is read field by field, to tell everything that is wrong"
)]
pub(in crate::http) struct BakeryCreate {
    /// The cloud region.
    region: String,
    /// The name by which recipes choose it; no other bakery has it.
    name: String,
    /// What it is, for people.
    description: String,
}

/// What can be changed of a bakery.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(in crate::http) struct BakeryUpdate {
    /// The cloud region.
    #[schema(nullable = false)]
    region: Option<String>,
    /// The name by which recipes choose it; no other bakery has it.
    #[schema(nullable = false)]
    name: Option<String>,
    /// What it is, for people.
    #[schema(nullable = false)]
    description: Option<String>,
}

/// Lists bakeries.
#[utoipa::path(get, path = "/bakeries/", operation_id = "read_range_bakeries__get", tags = ["bakery", "public"],
    params(list::Parameters), responses((status = 200, body = Vec<Bakery>)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    list::answer::<Bakery>(&shared, &bakery::TABLE, "/bakeries/", pairs).await
}

/// Reads a bakery with every run on it.
#[utoipa::path(get, path = "/bakeries/{id}", operation_id = "read_single_bakeries__id__get", tags = ["bakery", "public"],
    params(("id" = i64, Path)), responses((status = 200, body = BakeryWithRuns)))]
pub(in crate::http) async fn read(
    State(shared): State<Shared>,
    IdText(id): IdText,
) -> Result<Response, Problem> {
    let id = resource::id(&id)?;
    let found: Result<_, StoreError> = async {
        let mut tx = shared.app.store.glance().await?;
        let Some(bakery) = bakery::find(&mut tx, id).await? else { return Ok(None) };
        let mut nested = Nested::new(&bakery);
        recipe_run::public::each_by_bakery(&mut tx, id, |run| nested.push(&run)).await?;
        Ok(Some(nested))
    }
    .await;
    nested::answer(found, missing(WHAT))
}

/// Makes a bakery.
#[utoipa::path(post, path = "/bakeries/", operation_id = "create_bakeries__post", tags = ["bakery", "admin"],
    request_body = BakeryCreate, responses((status = 200, body = Bakery)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    ApiBody(body): ApiBody,
) -> Result<Json<Bakery>, Problem> {
    let mut fields = Fields::read(&body)?;
    let told = (
        fields.required("region", values::text),
        fields.required("name", values::text),
        fields.required("description", values::long_text),
    );
    fields.finish()?;
    let (Some(region), Some(name), Some(description)) = told else { return Err(Problem::incomplete()) };
    let mut bakery = Bakery { region, name, description, id: 0 };
    let made: Result<i64, StoreError> = async {
        let mut tx = shared.app.store.write().await?;
        let id = bakery::insert(&mut tx, &bakery).await?;
        tx.commit().await?;
        Ok(id)
    }
    .await;
    bakery.id = made.map_err(|error| refused(&error, &duplicate(&bakery), ""))?;
    Ok(Json(bakery))
}

/// Changes what is told of a bakery.
#[utoipa::path(patch, path = "/bakeries/{id}", operation_id = "update_bakeries__id__patch", tags = ["bakery", "admin"],
    params(("id" = i64, Path)), request_body = BakeryUpdate, responses((status = 200, body = Bakery)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    IdText(id): IdText,
    ApiBody(body): ApiBody,
) -> Result<Json<Bakery>, Problem> {
    let id = resource::id(&id)?;
    let mut fields = Fields::read(&body)?;
    let mut tx = shared.app.store.write().await.map_err(|error| Problem::database(&error))?;
    let found = bakery::find(&mut tx, id).await.map_err(|error| Problem::database(&error))?;
    let mut bakery = found.ok_or_else(|| missing(WHAT))?;
    fields.change("region", values::text, &mut bakery.region);
    fields.change("name", values::text, &mut bakery.name);
    fields.change("description", values::long_text, &mut bakery.description);
    fields.finish()?;
    let changed: Result<(), StoreError> = async {
        bakery::update(&mut tx, &bakery).await?;
        tx.commit().await
    }
    .await;
    changed.map_err(|error| refused(&error, &duplicate(&bakery), ""))?;
    Ok(Json(bakery))
}

/// Removes a bakery on which nothing ever ran.
#[utoipa::path(delete, path = "/bakeries/{id}", operation_id = "delete_bakeries__id__delete", tags = ["bakery", "admin"],
    params(("id" = i64, Path)), responses((status = 200, body = Removed)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    IdText(id): IdText,
) -> Result<Response, Problem> {
    let id = resource::id(&id)?;
    let removed: Result<bool, StoreError> = async {
        let mut tx = shared.app.store.write().await?;
        let there = bakery::find(&mut tx, id).await?.is_some();
        bakery::delete(&mut tx, id).await?;
        tx.commit().await?;
        Ok(there)
    }
    .await;
    let needed = "recipe runs or keys refer to this bakery; remove those first";
    if removed.map_err(|error| refused(&error, "", needed))? {
        Ok(Removed::answer())
    } else {
        Err(missing(WHAT))
    }
}

fn duplicate(bakery: &Bakery) -> String {
    format!("another bakery is named '{}'", bakery.name)
}
