//! `POST /github/hooks/`: verify, store, answer. What a delivery means is for later.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::inbox::{Letter, Stored};
use super::problem::Problem;
use super::{Shared, signature};
use crate::domain::id::DeliveryId;

/// GitHub's own limit for a payload.
const MAX_BODY: usize = 25 * 1024 * 1024;
const BODY_WITHIN: Duration = Duration::from_secs(30);
/// A delivery that is not stored by then is refused: GitHub would wait for ten seconds, and can be asked for it again.
const STORED_WITHIN: Duration = Duration::from_millis(1900);
const MAX_HEADER: usize = 100;

pub(super) async fn receive(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    // The signature's form is looked at before the body is read, and a body that says it is too large is not read at all.
    let claim = signature::claim(&headers)?;
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > MAX_BODY) {
        return Err(Problem::TooLarge);
    }
    let body =
        tokio::time::timeout(BODY_WITHIN, to_bytes(body, MAX_BODY)).await.map_err(|_| Problem::TooSlow)?;
    let body =
        body.map_err(|error| if is_length_limit(&error) { Problem::TooLarge } else { Problem::Unreadable })?;
    signature::verify(&claim, &body, &shared.app.config.github.webhook_secrets)?;

    let event = header(&headers, "X-GitHub-Event")?;
    let id = DeliveryId(header(&headers, "X-GitHub-Delivery")?);
    let letter = Letter { id: id.clone(), event, body, received_at: shared.app.clock.now() };
    let _waits = AtTheDoor::new(&shared.app.at_the_door);
    let stored = tokio::time::timeout(STORED_WITHIN, shared.inbox.store(letter))
        .await
        .map_err(|_| Problem::Unavailable)?;
    let status = match stored? {
        Stored::Accepted => "accepted",
        Stored::Duplicate => "duplicate",
        Stored::Ignored => "ignored",
    };
    Ok((StatusCode::ACCEPTED, Json(json!({ "status": status, "delivery": id }))).into_response())
}

/// Counts a delivery for as long as it waits, whatever becomes of its request.
struct AtTheDoor<'a>(&'a AtomicUsize);

impl<'a> AtTheDoor<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for AtTheDoor<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn header(headers: &HeaderMap, name: &'static str) -> Result<String, Problem> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).unwrap_or_default();
    if value.is_empty() || value.len() > MAX_HEADER || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::MissingHeader(name));
    }
    Ok(value.to_owned())
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = cause.source();
    }
    false
}
