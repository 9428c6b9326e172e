//! What an unsuccessful call means for whoever made it: never again, or later.

use std::error::Error as StdError;
use std::fmt;

use serde::Deserialize;

/// A result of Google.
pub type Result<T> = std::result::Result<T, Error>;

/// A call that did not succeed. No header and no body of the request is kept: both may hold a token.
#[derive(Debug)]
pub struct Error {
    what: &'static str,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// No request was made.
    Unsent(String),
    /// No whole answer came: whether Google did it is not known.
    Lost(String),
    /// Google refused or failed.
    Answered { status: u16, message: String },
    /// Google answered well, in words we do not know.
    Unreadable(String),
}

/// Whether a call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same call will be refused again.
    Never,
    /// It may work later.
    Later,
}

impl Error {
    pub(super) fn unsent(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, kind: Kind::Unsent(why.into()) }
    }

    pub(super) fn lost(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, kind: Kind::Lost(why.into()) }
    }

    pub(super) fn unreadable(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, kind: Kind::Unreadable(why.into()) }
    }

    /// Reads a refusal. The API says `{"error": {"message": …}}`, the token server `{"error": …, "error_description": …}`:
    /// <https://cloud.google.com/apis/design/errors#http_mapping>, <https://datatracker.ietf.org/doc/html/rfc6749#section-5.2>
    pub(super) fn answered(what: &'static str, status: u16, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Body {
            Api { error: ApiError },
            Token { error: String, error_description: Option<String> },
        }
        #[derive(Deserialize)]
        struct ApiError {
            message: String,
        }
        let message = match serde_json::from_slice::<Body>(body) {
            Ok(Body::Api { error }) => error.message,
            Ok(Body::Token { error, error_description }) => error_description.unwrap_or(error),
            Err(_) => "no message".to_owned(),
        };
        let message = message.chars().filter(|c| !c.is_control()).take(300).collect();
        Self { what, kind: Kind::Answered { status, message } }
    }

    /// Whether the same call may be made again.
    pub fn retry(&self) -> Retry {
        match self.kind {
            // With 401 the token was refused, and is forgotten by now: the next one may be good.
            Kind::Lost(_) | Kind::Answered { status: 401 | 408 | 429 | 500.., .. } => Retry::Later,
            Kind::Unsent(_) | Kind::Answered { .. } | Kind::Unreadable(_) => Retry::Never,
        }
    }

    /// Whether there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, Kind::Answered { status: 404, .. })
    }

    /// Whether what was asked does not go with how things stand: of a job that has ended, mostly.
    pub fn is_conflict(&self) -> bool {
        matches!(self.kind, Kind::Answered { status: 400 | 409 | 412, .. })
    }

    pub(super) fn is_unauthorized(&self) -> bool {
        matches!(self.kind, Kind::Answered { status: 401, .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Google, {}: ", self.what)?;
        match &self.kind {
            Kind::Unsent(why) | Kind::Lost(why) => f.write_str(why),
            Kind::Answered { status, message } => write!(f, "{status} {message}"),
            Kind::Unreadable(why) => write!(f, "an answer we cannot read: {why}"),
        }
    }
}

impl StdError for Error {}

/// An error and its causes in one line: the outermost one of an HTTP client rarely says what happened.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_asked_again_is_told_apart() {
        for status in [401, 408, 429, 500, 503] {
            assert_eq!(Error::answered("x", status, b"").retry(), Retry::Later, "{status}");
        }
        for status in [301, 400, 403, 404, 409] {
            assert_eq!(Error::answered("x", status, b"").retry(), Retry::Never, "{status}");
        }
    }

    #[test]
    fn both_kinds_of_refusal_are_read() {
        let api = br#"{"error": {"code": 403, "message": "No\npermission", "status": "PERMISSION_DENIED"}}"#;
        assert_eq!(Error::answered("jobs.get", 403, api).to_string(), "Google, jobs.get: 403 Nopermission");
        let token = br#"{"error": "invalid_grant", "error_description": "Invalid JWT"}"#;
        assert_eq!(Error::answered("token", 400, token).to_string(), "Google, token: 400 Invalid JWT");
        assert_eq!(Error::answered("token", 502, b"<html>").to_string(), "Google, token: 502 no message");
    }
}
