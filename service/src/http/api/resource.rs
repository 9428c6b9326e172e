//! What the three tables of the API share: one row by its id, and the words of what is refused.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::Params;
use crate::http::problem::Problem;
use crate::store::StoreError;

/// What removing a row is answered.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Removed {
    ok: bool,
}

impl Removed {
    pub(in crate::http) fn answer() -> Response {
        Json(Self { ok: true }).into_response()
    }
}

/// The one parameter of a path, as text. Bytes that are no text become none, which no id is: they are refused like every other nonsense.
pub(in crate::http) struct IdText(pub(in crate::http) String);

impl<S: Send + Sync> FromRequestParts<S> for IdText {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(text.map(|Path(text)| text).unwrap_or_default()))
    }
}

/// The id in a path, where nothing else can be wrong.
pub(in crate::http) fn id(text: &str) -> Result<i64, Problem> {
    let mut params = Params::new(Vec::new());
    let id = params.id(text);
    params.finish()?;
    Ok(id)
}

/// The answer for a row that is not there: `recipe run not found`.
pub(in crate::http) fn missing(what: &str) -> Problem {
    Problem::Missing(format!("{what} not found"))
}

/// What a failed write means: a row that is there already, a row that others need, or a database that does not answer.
pub(in crate::http) fn refused(error: &StoreError, duplicate: &str, needed: &str) -> Problem {
    if error.is_unique_violation() {
        Problem::Conflict(duplicate.to_owned())
    } else if error.is_foreign_key_violation() {
        Problem::Conflict(needed.to_owned())
    } else {
        Problem::database(error)
    }
}
