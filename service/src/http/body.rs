//! Reading a body to its end, within a size and a time.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
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
