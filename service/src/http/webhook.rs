//! `POST /github/hooks/`: verify, store, answer. What a delivery means is for later.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use prometheus_client::metrics::gauge::Gauge;
use serde_json::json;

use super::inbox::{Letter, Stored};
use super::problem::Problem;
use super::{Shared, body, form_event, signature};
use crate::domain::id::DeliveryId;

/// GitHub's own limit for a payload.
const MAX_BODY: usize = 25 * 1024 * 1024;
/// A delivery that is not stored by then is refused: GitHub would wait for ten seconds, and can be asked for it again.
pub(super) const STORED_WITHIN: Duration = Duration::from_millis(1900);
const MAX_HEADER: usize = 100;

pub(super) async fn receive(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let began = shared.app.clock.ticks();
    let taken = take_in(&shared, &headers, body).await;
    let result = match &taken {
        Ok((result, _)) => result,
        Err(Problem::Unavailable) => "failed",
        Err(_) => "refused",
    };
    let event = headers.get("X-GitHub-Event").and_then(|value| value.to_str().ok()).unwrap_or_default();
    shared.app.metrics.delivery(event, result, shared.app.clock.ticks().saturating_sub(began));
    taken.map(|(_, response)| response)
}

/// Answers what became of it, in a word, with what GitHub is told.
async fn take_in(
    shared: &Shared,
    headers: &HeaderMap,
    body: Body,
) -> Result<(&'static str, Response), Problem> {
    // The signature's form is looked at before the body is read, and a body that says it is too large is not read at all.
    let claim = signature::claim(headers)?;
    let body = body::read(headers, body, MAX_BODY, Problem::TooLarge).await?;
    signature::verify(&claim, &body, &shared.app.config.github.webhook_secrets)?;

    let event = header(headers, "X-GitHub-Event")?;
    if event == form_event::EVENT && form_event::is_accepted(&shared.app) {
        return form_event::receive(&shared.app, &body).await;
    }
    let id = DeliveryId(header(headers, "X-GitHub-Delivery")?);
    tracing::Span::current().record("delivery", id.as_str());
    let is_ours = is_for_app(headers, shared.app.config.github.app_id);
    let letter =
        Letter { id: id.clone(), event: event.clone(), body, received_at: shared.app.clock.now(), is_ours };
    let _waits = AtTheDoor::new(&shared.app.metrics.at_the_door);
    let stored = tokio::time::timeout(STORED_WITHIN, shared.inbox.store(letter))
        .await
        .map_err(|_| Problem::Unavailable)?;
    let status = match stored? {
        Stored::Accepted => "accepted",
        Stored::Duplicate => "duplicate",
        Stored::Ignored => "ignored",
    };
    // Everything that is logged of the work that follows has the same `cause`.
    tracing::info!(cause = %id, event, status, "a delivery came");
    Ok((status, (StatusCode::ACCEPTED, Json(json!({ "status": status, "delivery": id }))).into_response()))
}

/// Counts a delivery for as long as it waits, whatever becomes of its request.
struct AtTheDoor<'a>(&'a Gauge);

impl<'a> AtTheDoor<'a> {
    fn new(count: &'a Gauge) -> Self {
        count.inc();
        Self(count)
    }
}

impl Drop for AtTheDoor<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn header(headers: &HeaderMap, name: &'static str) -> Result<String, Problem> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).unwrap_or_default();
    if value.is_empty() || value.len() > MAX_HEADER || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::MissingHeader(name));
    }
    Ok(value.to_owned())
}

/// Whether the delivery is for this App: GitHub names the App that a webhook belongs to. Where it names none, the secret decides.
fn is_for_app(headers: &HeaderMap, app_id: u64) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("X-GitHub-Hook-Installation-Target-Type"), text("X-GitHub-Hook-Installation-Target-ID")) {
        (Some("integration"), Some(id)) => id == app_id.to_string(),
        _ => true,
    }
}
