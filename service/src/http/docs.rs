//! `/docs`: the document as a page that people can try requests on, and `/openapi.json`. Everything comes from this program: no other host
//! is asked for a script or a style.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_swagger_ui::Config;

use super::Shared;
use super::problem::Problem;

/// What the page may load: itself. Its styles are partly written into it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn index() -> Result<Response, Problem> {
    page("index.html")
}

pub(super) async fn file(Path(file): Path<String>) -> Result<Response, Problem> {
    page(&file)
}

/// The old service had a second page for the same document.
pub(super) async fn redoc() -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "/docs/")]).into_response()
}

pub(super) async fn document(State(shared): State<Shared>) -> Response {
    ([(CONTENT_TYPE, "application/json")], shared.document).into_response()
}

fn page(file: &str) -> Result<Response, Problem> {
    static CONFIG: LazyLock<Arc<Config<'static>>> =
        LazyLock::new(|| Arc::new(Config::new(["/openapi.json"]).validator_url("none").use_base_layout()));
    let found =
        utoipa_swagger_ui::serve(file, Arc::clone(&CONFIG)).ok().flatten().ok_or(Problem::NotFound)?;
    let mut headers = HeaderMap::new();
    if let Ok(content_type) = HeaderValue::try_from(found.content_type) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Ok((headers, found.bytes.into_owned()).into_response())
}
