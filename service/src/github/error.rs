//! What an unsuccessful call means for whoever made it: never again, later, or at a certain time.

use std::error::Error as StdError;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::call::Call;
use super::transport;

/// A result of GitHub.
pub type Result<T> = std::result::Result<T, Error>;

/// A call that did not succeed. Bodies are never kept whole, and no header of the request is kept at all.
#[derive(Debug)]
pub struct Error {
    call: &'static Call,
    kind: Kind,
    request_id: Option<String>,
    told_at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// The request never left.
    Unsent(String),
    /// No whole answer came: whether GitHub did it is not known.
    Lost(String),
    /// GitHub failed: whether it did it is not known.
    Failed { status: u16, message: String },
    /// GitHub wants no more for a while.
    Limited { wait: Wait, message: String },
    /// GitHub refused.
    Refused { status: u16, message: String },
    /// GitHub answered well, in words we do not know.
    Unreadable { status: u16, why: String },
}

/// How long a rate limit lasts, as GitHub said it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// So long from now.
    For(TimeDelta),
    /// Until then.
    Until(DateTime<Utc>),
    /// Not said: a minute at least, and longer each time.
    Growing,
}

/// Whether a call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same call will be refused again.
    Never,
    /// It may work later.
    Later,
    /// It may not be made before this time.
    At(DateTime<Utc>),
}

impl Error {
    pub(super) fn new(call: &'static Call, kind: Kind) -> Self {
        Self { call, kind, request_id: None, told_at: None }
    }

    pub(super) fn lost(call: &'static Call, why: String) -> Self {
        Self::new(call, Kind::Lost(why))
    }

    pub(super) fn unreadable(call: &'static Call, status: u16, why: String) -> Self {
        Self::new(call, Kind::Unreadable { status, why })
    }

    /// Reads a refusal. Which of GitHub's two kinds of rate limit it is shows in the headers or, for want of them, in the message:
    /// <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>
    pub(super) fn refused(call: &'static Call, status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Body {
            message: String,
            #[serde(default)]
            errors: serde_json::Value,
        }
        let message = serde_json::from_slice::<Body>(body).map_or_else(
            |_| "no message".to_owned(),
            |body| {
                // "Validation Failed" says little; what failed stands below it.
                let details = body.errors.as_array().into_iter().flatten();
                let details = details.filter_map(|error| error.get("message")?.as_str());
                details.fold(body.message, |text, detail| format!("{text}: {detail}"))
            },
        );
        let message: String = message.chars().filter(|c| !c.is_control()).take(300).collect();
        let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<i64>().ok();
        let wait = match (
            status,
            number("retry-after"),
            number("x-ratelimit-remaining"),
            number("x-ratelimit-reset"),
        ) {
            (403 | 429, Some(seconds), _, _) => TimeDelta::try_seconds(seconds).map(Wait::For),
            (403 | 429, None, Some(0), Some(reset)) => DateTime::from_timestamp(reset, 0).map(Wait::Until),
            (429, ..) => Some(Wait::Growing),
            (403, ..) if message.to_lowercase().contains("rate limit") => Some(Wait::Growing),
            _ => None,
        };
        let kind = match wait {
            Some(wait) => Kind::Limited { wait, message },
            None if status >= 500 => Kind::Failed { status, message },
            None => Kind::Refused { status, message },
        };
        let request_id =
            headers.get("x-github-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        Self { call, kind, request_id, told_at: transport::told_at(headers) }
    }

    pub(super) fn limited_until(call: &'static Call, until: DateTime<Utc>) -> Self {
        Self::new(call, Kind::Limited { wait: Wait::Until(until), message: "asked to wait".into() })
    }

    /// The status that GitHub answered, for those who only count; a limit is told as 429, whichever of its two it came as.
    pub(super) fn status(&self) -> Option<u16> {
        match self.kind {
            Kind::Unsent(_) | Kind::Lost(_) => None,
            Kind::Failed { status, .. } | Kind::Refused { status, .. } | Kind::Unreadable { status, .. } => {
                Some(status)
            }
            Kind::Limited { .. } => Some(429),
        }
    }

    pub(super) fn limit(&self) -> Option<Wait> {
        match self.kind {
            Kind::Limited { wait, .. } => Some(wait),
            _ => None,
        }
    }

    /// Replaces GitHub's word on how long to wait by a time.
    pub(super) fn wait_until(mut self, until: DateTime<Utc>) -> Self {
        if let Kind::Limited { wait, .. } = &mut self.kind {
            *wait = Wait::Until(until);
        }
        self
    }

    /// Whether the same call may be made again, and when.
    pub fn retry(&self) -> Retry {
        match &self.kind {
            Kind::Limited { wait: Wait::Until(until), .. } => Retry::At(*until),
            // With 401 the token was refused, and is forgotten by now: the next one may be good.
            Kind::Unsent(_)
            | Kind::Lost(_)
            | Kind::Failed { .. }
            | Kind::Limited { .. }
            | Kind::Refused { status: 401, .. } => Retry::Later,
            Kind::Refused { .. } | Kind::Unreadable { .. } => Retry::Never,
        }
    }

    /// Whether there is no such thing, or none that we may see.
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, Kind::Refused { status: 404 | 410, .. })
    }

    /// Whether it is not for us to do.
    pub fn is_forbidden(&self) -> bool {
        matches!(self.kind, Kind::Refused { status: 403, .. })
    }

    /// Whether GitHub understood and cannot do it as things are: a name is taken, a branch is there or not there.
    pub fn is_unprocessable(&self) -> bool {
        matches!(self.kind, Kind::Refused { status: 422, .. }) && !self.is_no_token()
    }

    /// Whether a pull request cannot be merged as it is now.
    pub fn is_unmergeable(&self) -> bool {
        matches!(self.kind, Kind::Refused { status: 405 | 409, .. })
    }

    /// Whether GitHub gave no token, which it does not for a repository that the installation does not cover.
    pub fn is_no_token(&self) -> bool {
        *self.call == *super::call::CREATE_TOKEN
            && matches!(self.kind, Kind::Refused { status: 403 | 404 | 422, .. })
    }

    /// Whether it may be that a repository is too new: it is not covered by the installation yet, not there on every server, or has
    /// no first commit.
    pub fn is_out_of_reach(&self) -> bool {
        self.is_no_token() || matches!(self.kind, Kind::Refused { status: 403 | 404 | 409, .. })
    }

    /// Whether what is there already stands in the way.
    pub fn is_conflict(&self) -> bool {
        matches!(self.kind, Kind::Refused { status: 409, .. })
    }

    /// Whether GitHub holds the request itself for wrong: the same words will never do.
    pub fn is_invalid(&self) -> bool {
        matches!(self.kind, Kind::Refused { status: 400 | 422, .. })
    }

    /// Whether GitHub holds the request itself for wrong because of this field.
    pub(super) fn refuses_field(&self, field: &str) -> bool {
        matches!(&self.kind, Kind::Refused { status: 400 | 422, message } if message.contains(field))
    }

    /// Says in the message of a refusal what was asked for, where the path of the call does not tell.
    pub(super) fn asking_for(mut self, what: &str) -> Self {
        if let Kind::Refused { message, .. } = &mut self.kind {
            *message = format!("{message} Asked for: {what}.");
        }
        self
    }

    /// GitHub's clock when it refused, where it told.
    pub fn told_at(&self) -> Option<DateTime<Utc>> {
        self.told_at
    }

    /// GitHub's own sentence, where it refused.
    pub fn message(&self) -> Option<&str> {
        match &self.kind {
            Kind::Refused { message, .. } => Some(message),
            _ => None,
        }
    }

    /// Whether GitHub does not believe who we are.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.kind, Kind::Refused { status: 401, .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitHub {} {}: ", self.call.method, self.call.path)?;
        let told = match &self.kind {
            Kind::Unsent(why) | Kind::Lost(why) => why.clone(),
            Kind::Failed { status, message } | Kind::Refused { status, message } => {
                format!("{status} {message}")
            }
            Kind::Limited { wait: Wait::Until(until), message } => {
                format!("rate limited until {until}: {message}")
            }
            Kind::Limited { message, .. } => format!("rate limited: {message}"),
            Kind::Unreadable { status, why } => format!("{status} with an answer we cannot read: {why}"),
        };
        f.write_str(&told)?;
        match &self.call.permission {
            Some((permission, level)) if matches!(self.kind, Kind::Refused { status: 403, .. }) => {
                write!(f, " (the App needs `{permission}: {level}`)")?;
            }
            _ => {}
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {}

/// An error and its causes in one line: the outermost one of an HTTP client rarely says what happened.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.lines().next().unwrap_or_default().to_owned()
}
