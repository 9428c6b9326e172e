//! Every error that a client can get, its status and its words: one table. The body keeps the old service's `detail`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::store::StoreError;

/// An error for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// No such page.
    NotFound,
    /// No such method on it.
    MethodNotAllowed,
    /// The delivery has no signature.
    Unsigned,
    /// The delivery's signature is not ours.
    BadSignature,
    /// The message has no token.
    NoToken,
    /// The message's token is not one that we believe; why is for the log.
    BadToken,
    /// More bytes than a status message ever has.
    MessageTooLarge,
    /// Whether the message's token is good cannot be told at present.
    NoKeys,
    /// The form of the old monitoring function says something else than that one did.
    BadForm,
    /// The delivery names neither itself nor its kind.
    MissingHeader(&'static str),
    /// More bytes than GitHub ever sends.
    TooLarge,
    /// The body did not come to its end in time.
    TooSlow,
    /// The body broke off.
    Unreadable,
    /// The database does not answer; GitHub counts the delivery as failed, and it can be asked for again.
    Unavailable,
}

impl Problem {
    pub(super) fn database(error: &StoreError) -> Self {
        tracing::error!(%error, "the database failed a request");
        Self::Unavailable
    }

    fn status_and_detail(self) -> (StatusCode, String) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found".into()),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed".into()),
            Self::Unsigned => {
                (StatusCode::UNAUTHORIZED, "Request does not include a GitHub hash signature header.".into())
            }
            Self::BadSignature => (StatusCode::UNAUTHORIZED, "Request hash signature invalid.".into()),
            Self::NoToken => (StatusCode::UNAUTHORIZED, "Request does not include a bearer token.".into()),
            Self::BadToken => (StatusCode::UNAUTHORIZED, "Request token invalid.".into()),
            Self::MessageTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "A status message has at most 1 MiB.".into())
            }
            Self::NoKeys => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The keys of the token's issuer cannot be had; please deliver again later.".into(),
            ),
            Self::BadForm => (
                StatusCode::BAD_REQUEST,
                "The form has the fields action, recipe_run_id and conclusion, for a job that has ended."
                    .into(),
            ),
            Self::MissingHeader(name) => (
                StatusCode::BAD_REQUEST,
                format!("The header {name} is missing, or is not up to 100 visible ASCII characters."),
            ),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "A delivery has at most 25 MiB.".into()),
            Self::TooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "The body did not arrive within 30 seconds.".into())
            }
            Self::Unreadable => (StatusCode::BAD_REQUEST, "The body broke off.".into()),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The database does not answer; please deliver again later.".into(),
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, detail) = self.status_and_detail();
        (status, Json(json!({ "detail": detail }))).into_response()
    }
}
