//! What GitHub knows of the App and shows through us: deliveries and check runs. Lists are for everybody and show no payload; a single
//! delivery is for administrators.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde_json::{Value, json};

use super::log_query::path_integer;
use super::resource::IdText;
use crate::domain::id::{FeedstockId, HookAttemptId};
use crate::http::Shared;
use crate::http::problem::{Issue, Problem};
use crate::lookup;
use crate::store;

/// Every webhook that GitHub delivered to the App in the last days, newest first.
#[utoipa::path(get, path = "/github/hooks/deliveries", operation_id = "get_deliveries_github_hooks_deliveries_get", tag = "github_app",
    responses(
        (status = 200, description = "GitHub's list, without what was sent.", body = Vec<Object>),
        (status = 502, description = "GitHub did not answer."),
        (status = 503, description = "GitHub wants no requests at present."),
    ))]
pub(in crate::http) async fn deliveries(State(shared): State<Shared>) -> Result<Json<Value>, Problem> {
    let all = lookup::deliveries::all(&shared.app).await?;
    Ok(Json(Value::Array(all.to_vec())))
}

/// One delivery: what was answered, or all of it. Signatures and secrets are masked.
#[utoipa::path(get, path = "/github/hooks/deliveries/{id}", operation_id = "get_delivery_github_hooks_deliveries__id__get", tag = "github_app",
    params(
        ("id" = i64, Path, description = "GitHub's number for the delivery."),
        ("response_only" = Option<bool>, Query, description = "Only what was answered; so when not told."),
    ),
    responses(
        (status = 200, description = "GitHub's answer.", body = Object),
        (status = 404, description = "GitHub has no such delivery."),
        (status = 422, description = "A parameter cannot be used."),
        (status = 502, description = "GitHub did not answer."),
        (status = 503, description = "GitHub wants no requests at present."),
    ))]
pub(in crate::http) async fn delivery(
    State(shared): State<Shared>,
    IdText(id): IdText,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let mut issues = Vec::new();
    let id = path_integer("id", &id).map_err(|issue| issues.push(issue)).ok();
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let given =
        query.iter().rfind(|(name, _)| name == "response_only").map(|(_, value)| value.to_lowercase());
    let response_only = match given.as_deref() {
        None | Some("true" | "1" | "yes" | "on" | "t" | "y") => true,
        Some("false" | "0" | "no" | "off" | "f" | "n") => false,
        Some(_) => {
            let message = "value could not be parsed to a boolean";
            issues.push(Issue::new(["query", "response_only"], message, "type_error.bool"));
            true
        }
    };
    match id {
        Some(id) if issues.is_empty() => {
            Ok(Json(lookup::deliveries::one(&shared.app, HookAttemptId(id), response_only).await?))
        }
        _ => Err(Problem::Invalid(issues)),
    }
}

/// The webhooks about a feedstock that GitHub delivered to the App in the last days, newest first.
#[utoipa::path(get, path = "/feedstocks/{id}/deliveries", tag = "github_app",
    operation_id = "get_feedstock_hook_deliveries_feedstocks__id__deliveries_get",
    params(("id" = i64, Path, description = "The feedstock.")),
    responses(
        (status = 200, description = "GitHub's list, without what was sent.", body = Vec<Object>),
        (status = 404, description = "There is no such feedstock, or the App is not installed there."),
        (status = 422, description = "A parameter cannot be used."),
        (status = 502, description = "GitHub did not answer."),
        (status = 503, description = "GitHub wants no requests at present."),
    ))]
pub(in crate::http) async fn feedstock_deliveries(
    State(shared): State<Shared>,
    IdText(id): IdText,
) -> Result<Json<Value>, Problem> {
    let id = path_integer("id", &id).map_err(|issue| Problem::Invalid(vec![issue]))?;
    let spec = spec_of(&shared, id).await?;
    Ok(Json(Value::Array(lookup::deliveries::of_feedstock(&shared.app, &spec).await?)))
}

/// The check runs of a commit of a feedstock, as GitHub shows them.
#[utoipa::path(get, path = "/feedstocks/{id}/commits/{commit_sha}/check-runs", tag = "github_app",
    operation_id = "get_feedstock_check_runs_feedstocks__id__commits__commit_sha__check_runs_get",
    params(
        ("id" = i64, Path, description = "The feedstock."),
        ("commit_sha" = String, Path, description = "The commit: a sha, a branch or a tag."),
    ),
    responses(
        (status = 200, description = "GitHub's answer.", body = Object),
        (status = 404, description = "There is no such feedstock or commit, or the App is not installed there."),
        (status = 422, description = "A parameter cannot be used."),
        (status = 502, description = "GitHub did not answer."),
        (status = 503, description = "GitHub wants no requests at present."),
    ))]
pub(in crate::http) async fn feedstock_check_runs(
    State(shared): State<Shared>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    // Bytes that are no text are neither an id nor a commit.
    let (id, commit) = path.map(|Path(both)| both).unwrap_or_default();
    let id = path_integer("id", &id).map_err(|issue| Problem::Invalid(vec![issue]))?;
    if !lookup::check_runs::is_commit(&commit) {
        let message = "not a commit's sha, a branch or a tag";
        return Err(Problem::Invalid(vec![Issue::new(["path", "commit_sha"], message, "value_error")]));
    }
    let spec = spec_of(&shared, id).await?;
    let runs = lookup::check_runs::of_commit(&shared.app, &spec, &commit).await?;
    Ok(Json(json!({ "total_count": runs.len(), "check_runs": *runs })))
}

/// The repository of a feedstock; the old service's sentence when there is no such feedstock.
async fn spec_of(shared: &Shared, id: i64) -> Result<String, Problem> {
    let mut tx = shared.app.store.read().await.map_err(|error| Problem::database(&error))?;
    let spec = store::feedstock::find_spec(&mut tx, FeedstockId(id)).await;
    let spec = spec.map_err(|error| Problem::database(&error))?;
    spec.ok_or_else(|| Problem::Missing(format!("Id {id} not found in feedstock table.")))
}
