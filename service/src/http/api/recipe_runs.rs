//! `/recipe_runs/…`: attempts at recipes.

mod shapes;

use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use runner_redact::Redactor;
use serde_json::Value;

use shapes::{RecipeRunCreate, RecipeRunUpdate, RunWithPlaces};

use super::fields::{self, Fields};
use super::resource::{self, IdText, Removed, missing, refused};
use super::{list, values};
use crate::domain::id::{BakeryId, FeedstockId, RecipeRunId};
use crate::domain::public::{NaiveTime, RecipeRun};
use crate::domain::timeline::Happening;
use crate::http::Shared;
use crate::http::access::Caller;
use crate::http::body::ApiBody;
use crate::http::problem::Problem;
use crate::store::recipe_run::public::{self, CONCLUSION, DATASET_TYPE, STATUS};
use crate::store::{self, StoreError, Tx};

pub(super) const WHAT: &str = "recipe run";
const NOT_ITS: &str = "This key is for another bakery or another feedstock.";

/// Lists recipe runs.
#[utoipa::path(get, path = "/recipe_runs/", operation_id = "read_range_recipe_runs__get", tags = ["recipe_run", "public"],
    params(list::Parameters), responses((status = 200, body = Vec<RecipeRun>)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    list::answer::<RecipeRun>(&shared, &public::TABLE, "/recipe_runs/", pairs).await
}

/// Reads a run with its bakery and its feedstock.
#[utoipa::path(get, path = "/recipe_runs/{id}", operation_id = "read_single_recipe_runs__id__get", tags = ["recipe_run", "public"],
    params(("id" = i64, Path)), responses((status = 200, body = RunWithPlaces)))]
pub(in crate::http) async fn read(
    State(shared): State<Shared>,
    IdText(id): IdText,
) -> Result<Json<RunWithPlaces>, Problem> {
    let id = resource::id(&id)?;
    let found: Result<_, StoreError> = async {
        let mut tx = shared.app.store.glance().await?;
        let Some(run) = public::find(&mut tx, id).await? else { return Ok(None) };
        let bakery = store::bakery::find(&mut tx, run.bakery_id).await?;
        let feedstock = store::feedstock::find_by_id(&mut tx, run.feedstock_id).await?;
        // They can only be gone when the run is gone too, since it was read.
        Ok(bakery.zip(feedstock).map(|(bakery, feedstock)| RunWithPlaces { run, bakery, feedstock }))
    }
    .await;
    found.map_err(|error| Problem::database(&error))?.map(Json).ok_or_else(|| missing(WHAT))
}

/// Makes a run that is followed by whoever makes it: nothing is started.
#[utoipa::path(post, path = "/recipe_runs/", operation_id = "create_recipe_runs__post", tags = ["recipe_run", "admin"],
    request_body = RecipeRunCreate, responses((status = 200, body = RecipeRun)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    ApiBody(body): ApiBody,
) -> Result<Json<RecipeRun>, Problem> {
    let mut fields = Fields::read(&body)?;
    let told = (
        fields.required("recipe_id", values::text),
        fields.required("bakery_id", values::integer),
        fields.required("feedstock_id", values::integer),
        fields.required("head_sha", values::text),
        fields.required("version", values::text),
        fields.required("started_at", fields::time),
    );
    let (
        Some(recipe_id),
        Some(bakery_id),
        Some(feedstock_id),
        Some(head_sha),
        Some(version),
        Some(started_at),
    ) = told
    else {
        // What else is wrong is told together with what is missing.
        optional_fields(&mut fields, &mut blank(), &shared.app.redactor);
        fields.finish()?;
        return Err(Problem::incomplete());
    };
    let mut run = RecipeRun { recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, ..blank() };
    optional_fields(&mut fields, &mut run, &shared.app.redactor);
    let mut tx = shared.app.store.write().await.map_err(|error| Problem::database(&error))?;
    check(&mut tx, &mut fields, &run).await.map_err(|error| Problem::database(&error))?;
    fields.finish()?;
    if !may_touch(&caller, &run) {
        return Err(Problem::NotAllowed(NOT_ITS));
    }
    let made: Result<(), StoreError> = async {
        run.id = public::insert(&mut tx, &run).await?;
        tell(&shared, &mut tx, &run).await?;
        shared.app.commit(tx).await
    }
    .await;
    made.map_err(|error| refused(&error, DUPLICATE, PLACE_GONE))?;
    Ok(Json(run))
}

/// Changes what is told of a run.
#[utoipa::path(patch, path = "/recipe_runs/{id}", operation_id = "update_recipe_runs__id__patch", tags = ["recipe_run", "admin"],
    params(("id" = i64, Path)), request_body = RecipeRunUpdate, responses((status = 200, body = RecipeRun)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    IdText(id): IdText,
    ApiBody(body): ApiBody,
) -> Result<Json<RecipeRun>, Problem> {
    let id = resource::id(&id)?;
    let mut fields = Fields::read(&body)?;
    let mut tx = shared.app.store.write().await.map_err(|error| Problem::database(&error))?;
    let found = public::find_to_change(&mut tx, id).await.map_err(|error| Problem::database(&error))?;
    let before = found.ok_or_else(|| missing(WHAT))?;
    let mut run = before.clone();
    fields.change("recipe_id", values::text, &mut run.recipe_id);
    fields.change("bakery_id", values::integer, &mut run.bakery_id);
    fields.change("feedstock_id", values::integer, &mut run.feedstock_id);
    fields.change("head_sha", values::text, &mut run.head_sha);
    fields.change("version", values::text, &mut run.version);
    fields.change("started_at", fields::time, &mut run.started_at);
    optional_fields(&mut fields, &mut run, &shared.app.redactor);
    check(&mut tx, &mut fields, &run).await.map_err(|error| Problem::database(&error))?;
    fields.finish()?;
    if !may_touch(&caller, &before) || !may_touch(&caller, &run) {
        return Err(Problem::NotAllowed(NOT_ITS));
    }
    if !is_about_its_dataset(&before, &run)
        && public::is_ours(&mut tx, id).await.map_err(|error| Problem::database(&error))?
    {
        return Err(Problem::Conflict(format!("recipe run {id} {OURS}")));
    }
    let changed: Result<(), StoreError> = async {
        public::update(&mut tx, &run).await?;
        if (&run.status, &run.conclusion) != (&before.status, &before.conclusion) {
            tell(&shared, &mut tx, &run).await?;
        }
        shared.app.commit(tx).await
    }
    .await;
    changed.map_err(|error| refused(&error, DUPLICATE, PLACE_GONE))?;
    Ok(Json(run))
}

/// Removes a run that waits or has ended, with its history.
#[utoipa::path(delete, path = "/recipe_runs/{id}", operation_id = "delete_recipe_runs__id__delete", tags = ["recipe_run", "admin"],
    params(("id" = i64, Path)), responses((status = 200, body = Removed)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    IdText(id): IdText,
) -> Result<Response, Problem> {
    let id = resource::id(&id)?;
    let mut tx = shared.app.store.write().await.map_err(|error| Problem::database(&error))?;
    let found = public::find_to_change(&mut tx, id).await.map_err(|error| Problem::database(&error))?;
    let run = found.ok_or_else(|| missing(WHAT))?;
    if !may_touch(&caller, &run) {
        return Err(Problem::NotAllowed(NOT_ITS));
    }
    let removed: Result<bool, StoreError> = async {
        if public::is_worked_on(&mut tx, id).await? {
            return Ok(false);
        }
        public::delete(&mut tx, id).await?;
        shared.app.commit(tx).await?;
        Ok(true)
    }
    .await;
    let worked_on =
        format!("recipe run {id} is being worked on; cancel it first, or wait until GitHub shows its end");
    match removed {
        Ok(true) => Ok(Removed::answer()),
        Ok(false) => Err(Problem::Conflict(worked_on)),
        // Somebody began to while it was looked at.
        Err(error) => Err(refused(&error, DUPLICATE, &worked_on)),
    }
}

const DUPLICATE: &str =
    "another run of this recipe waits or works for the same commit, or writes to the same store";

const PLACE_GONE: &str = "its bakery or its feedstock has just been removed";
const OURS: &str = "is carried out by this service, which alone tells how it stands: only `message`, `dataset_type` and `dataset_public_url` \
    can be changed";

/// Whether nothing but what is known of its dataset differs.
fn is_about_its_dataset(before: &RecipeRun, after: &RecipeRun) -> bool {
    let RecipeRun { dataset_type, dataset_public_url, message, .. } = before.clone();
    *before == RecipeRun { dataset_type, dataset_public_url, message, ..after.clone() }
}

/// Adds how a run stands to its timeline.
async fn tell(shared: &Shared, tx: &mut Tx, run: &RecipeRun) -> Result<(), StoreError> {
    let what = Happening::Told(&run.status, run.conclusion.as_deref());
    let now = shared.app.clock.now();
    store::run_event::insert(tx, RecipeRunId(run.id), what.kind(), &what.reason(), now).await
}

fn may_touch(caller: &Caller, run: &RecipeRun) -> bool {
    caller.may_touch(BakeryId(run.bakery_id), FeedstockId(run.feedstock_id))
}

/// A run of which nothing is told yet.
fn blank() -> RecipeRun {
    RecipeRun {
        recipe_id: String::new(),
        bakery_id: 0,
        feedstock_id: 0,
        head_sha: String::new(),
        version: String::new(),
        started_at: NaiveTime(chrono::DateTime::UNIX_EPOCH),
        completed_at: None,
        conclusion: None,
        status: STATUS.first().copied().unwrap_or_default().to_owned(),
        is_test: false,
        dataset_type: None,
        dataset_public_url: None,
        message: None,
        id: 0,
    }
}

fn optional_fields(fields: &mut Fields, run: &mut RecipeRun, redactor: &Redactor) {
    fields.change_or_clear("completed_at", fields::time, &mut run.completed_at);
    fields.change_or_clear("conclusion", conclusion_word, &mut run.conclusion);
    fields.change("status", status_word, &mut run.status);
    fields.change("is_test", values::truth, &mut run.is_test);
    fields.change_or_clear("dataset_type", dataset_type_word, &mut run.dataset_type);
    fields.change_or_clear("dataset_public_url", values::text, &mut run.dataset_public_url);
    // Everybody can read it, and whoever writes it may have copied it from a log.
    let clean = |value: &Value| values::long_text(value).map(|text| redactor.mask(&text));
    fields.change_or_clear("message", clean, &mut run.message);
}

/// Notes what is wrong with a run as a whole.
async fn check(tx: &mut Tx, fields: &mut Fields, run: &RecipeRun) -> Result<(), StoreError> {
    let is_completed = run.status == "completed";
    if is_completed != run.conclusion.is_some() && !fields.have_issues() {
        let msg = "a run has a conclusion when, and only when, its status is completed";
        fields.refuse("conclusion", msg, "value_error.conclusion");
    }
    for (field, id) in [("bakery_id", run.bakery_id), ("feedstock_id", run.feedstock_id)] {
        let is_there = match field {
            "bakery_id" => store::bakery::find(tx, id).await?.is_some(),
            _ => store::feedstock::find_by_id(tx, id).await?.is_some(),
        };
        if !is_there {
            let what = field.trim_end_matches("_id");
            fields.refuse(field, format!("there is no {what} {id}"), "value_error.foreign_key");
        }
    }
    Ok(())
}

fn conclusion_word(value: &Value) -> Result<String, values::Wrong> {
    values::json_word(value, CONCLUSION)
}

fn status_word(value: &Value) -> Result<String, values::Wrong> {
    values::json_word(value, STATUS)
}

fn dataset_type_word(value: &Value) -> Result<String, values::Wrong> {
    values::json_word(value, DATASET_TYPE)
}
