//! GitHub brings webhooks, and others try to: what is taken in, what is refused, and what every door answers.

mod database;
mod doors;
mod examples;
mod signature;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use harness::app::TestApp;
use harness::github::{Hook, sign};
use harness::world::WEBHOOK_SECRET;
use http_body_util::BodyExt;
use orchestrator::store;
use orchestrator::store::delivery::Delivery;
use serde_json::Value;
use tower::ServiceExt;

const HOOKS: &str = "/github/hooks/";

/// A webhook of any kind and content.
pub(crate) fn hook(event: &str, delivery: &str, body: impl Into<Vec<u8>>) -> Hook {
    let headers =
        [("content-type", "application/json"), ("x-github-event", event), ("x-github-delivery", delivery)];
    Hook {
        delivery: delivery.to_owned(),
        event: event.to_owned(),
        action: String::new(),
        body: body.into(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

/// Headers as they stand, with the usual secret's signature of the body.
pub(crate) fn signed(headers: &[(&str, &str)], body: &[u8]) -> Vec<(String, String)> {
    let mut all: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    all.push(("x-hub-signature-256".to_owned(), sign(WEBHOOK_SECRET, body)));
    all
}

/// Every delivery that is stored, newest first.
pub(crate) async fn stored(app: &TestApp) -> Vec<Delivery> {
    let mut tx = app.app.store.read().await.unwrap();
    store::delivery::list(&mut tx, chrono::DateTime::UNIX_EPOCH, None, 1_000).await.unwrap()
}

/// How many jobs there are, in whatever state.
async fn jobs(app: &TestApp) -> usize {
    let mut tx = app.app.store.read().await.unwrap();
    store::job::list(&mut tx, None, 1_000).await.unwrap().len()
}

/// Asks a door by itself, and answers its status and its JSON.
async fn ask(router: &Router, method: Method, path: &str) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}
