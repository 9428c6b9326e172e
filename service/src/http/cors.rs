//! Which pages of other sites may read what is answered (<https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! Public reads are open to every page, without credentials. What needs a key is open to the pages that the deployment's file lists.

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::access::KEY_HEADER;

const READS: HeaderValue = HeaderValue::from_static("GET, HEAD");
const WRITES: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PATCH, DELETE");
/// The headers that a page may send with a public read, in small letters.
const READ_HEADERS: [&str; 8] = [
    "accept",
    "accept-language",
    "authorization",
    "cache-control",
    "content-type",
    "if-none-match",
    "last-event-id",
    "x-request-id",
];
/// The headers of an answer that a page may see besides the usual ones.
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, Link, Retry-After, X-Request-Id, X-Total-Count");
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Lets every page read a public answer.
pub(super) async fn open(request: Request, next: Next) -> Response {
    let is_asked = request.headers().contains_key(ORIGIN);
    let mut response = next.run(request).await;
    if is_asked {
        show_to_all(&mut response);
    }
    response
}

/// Lets every page read this answer.
pub(super) fn show_to_all(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// Lets the pages that are listed read what a key has opened.
pub(super) async fn listed(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = next.run(request).await;
    if let Some(origin) = origin.filter(|origin| is_listed(&shared, origin)) {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// Answers what a browser asks before it sends a request that a plain page could not send.
pub(super) async fn preflight(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let (Some(origin), Some(method)) = (headers.get(ORIGIN), headers.get(ACCESS_CONTROL_REQUEST_METHOD))
    else {
        return next.run(request).await;
    };
    if request.method() != Method::OPTIONS {
        return next.run(request).await;
    }
    let asked = headers.get(ACCESS_CONTROL_REQUEST_HEADERS);
    let mut answer = HeaderMap::new();
    answer.insert(
        VARY,
        HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    );
    let is_read =
        [Method::GET.as_str(), Method::HEAD.as_str()].contains(&method.to_str().unwrap_or_default());
    if is_listed(&shared, origin) {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, WRITES);
        answer.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            asked.cloned().unwrap_or(HeaderValue::from_static(KEY_HEADER)),
        );
        answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else if is_read && asked.is_none_or(are_read_headers) {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, READS);
        if let Some(asked) = asked {
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
        answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    (StatusCode::OK, answer, "OK").into_response()
}

fn is_listed(shared: &Shared, origin: &HeaderValue) -> bool {
    let listed = &shared.app.config.origins;
    origin.to_str().is_ok_and(|origin| listed.iter().any(|known| known == origin))
}

fn are_read_headers(asked: &HeaderValue) -> bool {
    asked.to_str().is_ok_and(|asked| {
        asked.split(',').all(|one| READ_HEADERS.contains(&one.trim().to_ascii_lowercase().as_str()))
    })
}
