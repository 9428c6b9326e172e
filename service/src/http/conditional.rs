//! Reads that a client has already: an `ETag` on every public answer, and 304 without a body to whoever names it (RFC 9110, 13.1.2).

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Larger answers are not held in memory a second time to be hashed.
const HASHED_MAX: u64 = 16 * 1024 * 1024;

/// Answers 304 where the client has what it would get. The tag is weak, since what is sent may be compressed.
pub(super) async fn answer(request: Request, next: Next) -> Response {
    let known = request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    // An answer without a known end is a stream.
    let is_whole = response.body().size_hint().exact().is_some_and(|size| size <= HASHED_MAX);
    if response.status() != StatusCode::OK || !is_whole || response.headers().contains_key(ETAG) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = tag(&body);
    head.headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    if is_known(&known, &tag) {
        head.status = StatusCode::NOT_MODIFIED;
        drop_content(&mut head.headers);
        head.headers.insert(ETAG, tag);
        return Response::from_parts(head, Body::empty());
    }
    head.headers.insert(ETAG, tag);
    Response::from_parts(head, Body::from(body))
}

fn tag(body: &[u8]) -> HeaderValue {
    use std::fmt::Write;
    let digest = Sha256::digest(body);
    let mut tag = String::with_capacity(36);
    tag.push_str("W/\"");
    for byte in &digest[..16] {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    HeaderValue::try_from(tag).unwrap_or_else(|_| unreachable!("hexadecimal digits can stand in a header"))
}

fn is_known(known: &[HeaderValue], tag: &HeaderValue) -> bool {
    let opaque = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let ours = tag.to_str().map(opaque).unwrap_or_default();
    known
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim() == "*" || opaque(one) == ours)
}

fn drop_content(headers: &mut HeaderMap) {
    headers.remove(CONTENT_LENGTH);
    headers.remove(CONTENT_TYPE);
}
