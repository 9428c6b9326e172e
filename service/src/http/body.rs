//! Reading a body to its end, within a size and a time.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;

use super::problem::Problem;

const WITHIN: Duration = Duration::from_secs(30);

/// Reads a body of at most `max` bytes. One that says it is too large is not read at all.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    too_large: Problem,
) -> Result<Bytes, Problem> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > max) {
        return Err(too_large);
    }
    let body = tokio::time::timeout(WITHIN, to_bytes(body, max)).await.map_err(|_| Problem::TooSlow)?;
    body.map_err(|error| if is_length_limit(&error) { too_large } else { Problem::Unreadable })
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

/// The most that a body of the API has: a run's message is the largest thing in one.
const API_MAX: usize = 1024 * 1024;

/// The body of a request to the API.
pub(super) struct ApiBody(pub(super) Bytes);

impl<S: Sync> FromRequest<S> for ApiBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        read(&head.headers, body, API_MAX, Problem::BodyTooLarge).await.map(Self)
    }
}
