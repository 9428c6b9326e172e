//! Every error that a client can get, its status and its words: one table. The body keeps the old service's `detail`.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::lookup;
use crate::store::StoreError;

/// An error for the client.
#[derive(Debug, Clone, PartialEq)]
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
    /// More bytes than the API takes.
    BodyTooLarge,
    /// More bytes than GitHub ever sends.
    TooLarge,
    /// The body did not come to its end in time.
    TooSlow,
    /// The body broke off.
    Unreadable,
    /// A key is needed, and none was shown.
    NotAuthenticated,
    /// The key is not one of ours, or no longer; which, nobody is told.
    BadKey,
    /// The key is good, and not for this.
    NotAllowed(&'static str),
    /// It is not for anybody; the sentence says why.
    Refused(String),
    /// There is no such thing; the sentence says which.
    Missing(String),
    /// What was asked for cannot be done to things as they are; the sentence says why.
    Conflict(String),
    /// Parameters or a body that cannot be used, each with its place.
    Invalid(Vec<Issue>),
    /// What we ask in turn (GitHub, Google, an object store) did not answer, or not usably; the sentence says who.
    Upstream(String),
    /// What we ask in turn may not be asked now.
    Busy {
        /// Why.
        detail: String,
        /// When it may be, in seconds.
        seconds: i64,
    },
    /// As many listen to runs as one process bears.
    TooManyListeners,
    /// Somebody asks too often, and may again after so long.
    TooMany(Duration),
    /// The process is not ready for work; the sentence says why.
    NotReady(&'static str),
    /// The database does not answer; GitHub counts the delivery as failed, and it can be asked for again.
    Unavailable,
}

/// One thing that is wrong with a request, in the old service's form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Issue {
    /// Where: `["query", "limit"]`, `["body", "spec"]`.
    pub(super) loc: Vec<Value>,
    /// What is wrong, for people.
    pub(super) msg: String,
    /// What is wrong, for programs: `value_error.missing`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// The figures of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ctx: Option<Value>,
}

impl Issue {
    pub(super) fn new(loc: [&str; 2], msg: impl Into<String>, kind: &'static str) -> Self {
        Self { loc: loc.into_iter().map(Value::from).collect(), msg: msg.into(), kind, ctx: None }
    }
}

impl From<lookup::Error> for Problem {
    fn from(error: lookup::Error) -> Self {
        match error {
            lookup::Error::Missing(what) => Self::Missing(what),
            lookup::Error::Upstream(who) => Self::Upstream(who),
            lookup::Error::Busy { detail, seconds } => Self::Busy { detail, seconds },
        }
    }
}

impl Problem {
    /// A body whose fields were read without a complaint, and are not all there: never met.
    pub(super) fn incomplete() -> Self {
        Self::Invalid(vec![Issue::new(["body", ""], "field required", "value_error.missing")])
    }

    pub(super) fn database(error: &StoreError) -> Self {
        tracing::error!(%error, "the database failed a request");
        Self::Unavailable
    }

    fn status_and_detail(self) -> (StatusCode, Value) {
        let (status, detail): (StatusCode, String) = match self {
            Self::Invalid(issues) => {
                let issues = serde_json::to_value(issues).unwrap_or_default();
                return (StatusCode::UNPROCESSABLE_ENTITY, issues);
            }
            Self::NotAuthenticated => (StatusCode::FORBIDDEN, "Not authenticated".into()),
            Self::BadKey => (StatusCode::UNAUTHORIZED, "Invalid API Key".into()),
            Self::NotAllowed(why) => (StatusCode::FORBIDDEN, why.into()),
            Self::Refused(why) => (StatusCode::FORBIDDEN, why),
            Self::Missing(what) => (StatusCode::NOT_FOUND, what),
            Self::Conflict(why) => (StatusCode::CONFLICT, why),
            Self::Upstream(who) => (StatusCode::BAD_GATEWAY, who),
            Self::Busy { detail, .. } => (StatusCode::SERVICE_UNAVAILABLE, detail),
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
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "A body has at most 1 MiB.".into()),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "A delivery has at most 25 MiB.".into()),
            Self::TooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "The body did not arrive within 30 seconds.".into())
            }
            Self::Unreadable => (StatusCode::BAD_REQUEST, "The body broke off.".into()),
            Self::TooManyListeners => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many listen already; please read without `Accept: text/event-stream`, or try again later.".into(),
            ),
            Self::TooMany(wait) => {
                let seconds = whole_seconds(wait);
                (StatusCode::TOO_MANY_REQUESTS, format!("Too many requests; please wait {seconds} s."))
            }
            Self::NotReady(why) => (StatusCode::SERVICE_UNAVAILABLE, why.into()),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The database does not answer; please deliver again later.".into(),
            ),
        };
        (status, detail.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let wait = match &self {
            Self::Busy { seconds, .. } => u64::try_from(*seconds).ok(),
            Self::TooMany(wait) => Some(whole_seconds(*wait)),
            _ => None,
        };
        let (status, detail) = self.status_and_detail();
        let mut response = (status, Json(json!({ "detail": detail }))).into_response();
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A wait in whole seconds, one at least: who comes back a moment too early would be refused again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0).max(u64::from(wait.is_zero()))
}
