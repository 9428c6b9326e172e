//! HTTP: headers in, statuses out. A request stores what it brings, or reads what is there; it calls nobody, but for the keys that a
//! token's signature is checked with.

mod body;
mod dataflow;
mod form_event;
pub mod inbox;
mod oidc;
mod problem;
mod signature;
mod webhook;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::app::App;
use inbox::Inbox;
use problem::Problem;

/// What every handler can reach.
#[derive(Clone)]
struct Shared {
    app: Arc<App>,
    inbox: Inbox,
}

/// Every route.
pub fn router(app: Arc<App>, inbox: Inbox) -> Router {
    Router::new()
        .route("/", get(status))
        .route("/livez", get(status))
        .route("/readyz", get(ready))
        .route("/github/hooks/", post(webhook::receive))
        // GitHub follows no redirect, so the address works without its slash too.
        .route("/github/hooks", post(webhook::receive))
        .route("/dataflow/status", post(dataflow::receive))
        .route("/dataflow/status/", post(dataflow::receive))
        .fallback(|| async { Problem::NotFound })
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed })
        .with_state(Shared { app, inbox })
}

async fn status() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// Whether work can be taken in: the database answers and has the schema that this program needs.
async fn ready(State(shared): State<Shared>) -> Result<Response, Problem> {
    shared.app.store.check_schema().await.map_err(|error| Problem::database(&error))?;
    Ok((StatusCode::OK, Json(json!({ "status": "ok" }))).into_response())
}
