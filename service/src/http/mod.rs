//! HTTP: headers in, statuses out. A request stores what it brings, or reads what is there; it calls nobody, but for the keys that a
//! token's signature is checked with.

pub mod access;
mod api;
mod body;
mod conditional;
mod cors;
mod dataflow;
mod docs;
mod form_event;
mod health;
pub mod inbox;
pub mod limit;
pub mod listeners;
mod metrics;
mod oidc;
mod openapi;
mod operating;
mod problem;
pub mod routes;
pub(crate) mod signature;
mod slash;
mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;

use crate::app::App;
use access::Access::{self, Operator, Public, Signature, Token};
use access::Scope;
use inbox::Inbox;
use problem::Problem;
use routes::{Built, Route, Routes};

const ADMIN: Access = Access::Key(&[Scope::Admin]);
const LOGS: Access = Access::Key(&[Scope::Admin, Scope::Logs]);
const RUNS: Access = Access::Key(&[Scope::Admin, Scope::Runs]);

/// What every handler can reach.
#[derive(Clone)]
struct Shared {
    app: Arc<App>,
    inbox: Inbox,
    /// The OpenAPI document, as JSON.
    document: Bytes,
    /// The path of every route.
    paths: Arc<[String]>,
}

/// The service's router.
pub fn router(app: Arc<App>, inbox: Inbox) -> Router {
    let built = table();
    let document = built.openapi.to_json().unwrap_or_else(|_| unreachable!("the document is plain data"));
    let paths = built.table.iter().map(|route| route.path.clone()).collect();
    let shared = Shared { app, inbox, document: document.into(), paths };
    let table = built.table.clone();
    let router = built
        .router(&shared)
        .fallback(slash::redirect)
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed })
        .layer(from_fn_with_state(shared.clone(), cors::preflight))
        .layer(CompressionLayer::new());
    operating::layers(router, &shared, &table).with_state(shared)
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    table().openapi
}

/// Every route with who may use it, for the documentation.
pub fn list_routes() -> Vec<Route> {
    table().table
}

/// Every route with who may use it, on one screen.
fn table() -> Built {
    Routes::new(openapi::begin())
        .api(Public, routes!(api::recipe_runs::list))
        .api(RUNS, routes!(api::recipe_runs::create))
        .api(Public, routes!(api::recipe_runs::read))
        .api(RUNS, routes!(api::recipe_runs::update))
        .api(RUNS, routes!(api::recipe_runs::delete))
        .api(Public, routes!(api::bakeries::list))
        .api(ADMIN, routes!(api::bakeries::create))
        .api(Public, routes!(api::bakeries::read))
        .api(ADMIN, routes!(api::bakeries::update))
        .api(ADMIN, routes!(api::bakeries::delete))
        .api(Public, routes!(api::feedstocks::list))
        .api(ADMIN, routes!(api::feedstocks::create))
        .api(Public, routes!(api::feedstocks::read))
        .api(ADMIN, routes!(api::feedstocks::update))
        .api(ADMIN, routes!(api::feedstocks::delete))
        .api(Public, routes!(api::feedstocks::datasets))
        .api(Public, routes!(api::stats::recipe_runs))
        .api(Public, routes!(api::stats::bakeries))
        .api(Public, routes!(api::stats::feedstocks))
        .api(Public, routes!(api::stats::datasets))
        .other(Public, Method::GET, "/openapi.json", get(docs::document))
        .other(Public, Method::GET, "/docs/", get(docs::index))
        .other(Public, Method::GET, "/docs/{*file}", get(docs::file))
        .other(Public, Method::GET, "/redoc", get(docs::redoc))
        .api(Public, routes!(api::repr::xarray))
        .api(LOGS, routes!(api::logs::of_run))
        .api(Public, routes!(api::logs::trace_of_run))
        .behind_recipe(vec![
            (Public, routes!(api::logs::trace_of_recipe)),
            (LOGS, routes!(api::logs::of_recipe)),
        ])
        .api(Public, routes!(api::github_app::feedstock_deliveries))
        .api(Public, routes!(api::github_app::feedstock_check_runs))
        .api(Public, routes!(api::github_app::deliveries))
        .api(ADMIN, routes!(api::github_app::delivery))
        .api(Public, routes!(api::events::list))
        .other(Public, Method::GET, "/", get(health::live))
        .other(Public, Method::GET, "/livez", get(health::live))
        .other(Public, Method::GET, "/readyz", get(health::ready))
        .other(Public, Method::GET, "/version", get(health::version))
        .other(Operator, Method::GET, "/metrics", get(metrics::for_token))
        .other(Signature, Method::POST, "/github/hooks/", post(webhook::receive))
        // GitHub follows no redirect, so the address works without its slash too.
        .other(Signature, Method::POST, "/github/hooks", post(webhook::receive))
        .other(Token, Method::POST, "/dataflow/status", post(dataflow::receive))
        .other(Token, Method::POST, "/dataflow/status/", post(dataflow::receive))
        .build()
}

/// What is served to operators on a listener of their own.
pub fn operators_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/version", get(health::version))
        .route("/metrics", get(metrics::for_operators))
        .fallback(|| async { Problem::NotFound })
        .with_state(app)
}
