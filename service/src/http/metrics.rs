//! `/metrics`: the figures, in Prometheus's text format. On a listener of their own whoever reaches it may read them; among the public pages
//! only who has the token.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::problem::Problem;
use crate::app::App;
use crate::store;
use crate::store::job::Waiting;

/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Below the ten seconds that Prometheus waits.
const QUEUE_WITHIN: Duration = Duration::from_secs(2);

/// For whoever reaches it.
pub(super) async fn for_operators(State(app): State<Arc<App>>) -> Response {
    page(&app).await
}

/// For who has the token. Where none is told there is no such page.
pub(super) async fn for_token(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(ours) = &app.config.operating.metrics_token else { return Err(Problem::NotFound) };
    let shown = headers.get(AUTHORIZATION).map(axum::http::HeaderValue::as_bytes).unwrap_or_default();
    let Some((scheme, shown)) = shown.split_at_checked("Bearer ".len()) else { return Err(Problem::NoToken) };
    if !scheme.eq_ignore_ascii_case(b"Bearer ") {
        return Err(Problem::NoToken);
    }
    if !bool::from(ours.expose_secret().as_bytes().ct_eq(shown)) {
        return Err(Problem::BadToken);
    }
    Ok(page(&app).await)
}

async fn page(app: &App) -> Response {
    let queue = tokio::time::timeout(QUEUE_WITHIN, queue(app)).await;
    // That it did not answer is a figure too: the others are shown all the same.
    let queue = queue.ok().and_then(|read| {
        read.inspect_err(|error| tracing::warn!(%error, "the queue could not be counted")).ok()
    });
    let text = app.metrics.page(queue.as_deref(), app.clock.now());
    ([(CONTENT_TYPE, FORMAT)], text).into_response()
}

async fn queue(app: &App) -> store::Result<Vec<Waiting>> {
    let mut tx = app.store.read().await?;
    store::job::queue(&mut tx).await
}
