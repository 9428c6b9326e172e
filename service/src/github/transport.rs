//! One request and its answer: time-outs, sizes, and what an answer means.

use std::time::Duration;

use axum::http::response::Parts;
use chrono::{DateTime, Utc};
use http_body_util::{BodyExt, Limited};
use octocrab::Octocrab;
use reqwest::header::{DATE, HeaderMap, LINK, LOCATION};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::app::THE_APP;
use super::call::Call;
use super::error::{Error, Kind, Result};
use super::{Github, error, observer};
use crate::domain::id::InstallationId;

/// One answer must be here within this time, or the call counts as lost on the way.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(12);
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// No JSON answer that we read comes near this; a larger one is refused before it fills the memory.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// A good answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    body: Vec<u8>,
    headers: HeaderMap,
}

impl Answer {
    /// Reads the body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, call: &'static Call) -> Result<T> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::unreadable(call, self.status, error.to_string()))
    }

    /// The body as text, or nothing where it is none.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// GitHub's clock when it answered.
    pub(super) fn told_at(&self) -> Option<DateTime<Utc>> {
        told_at(&self.headers)
    }

    /// Where a redirect points.
    pub(super) fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }

    /// The `cursor` of the next page of a list, as it stands in the address that GitHub names: `<…?cursor=…>; rel="next"`.
    pub(super) fn next_cursor(&self) -> Option<&str> {
        let links = self.headers.get(LINK)?.to_str().ok()?;
        let address = links.split(',').find_map(|link| {
            let (address, relation) = link.split_once(';')?;
            relation.contains("rel=\"next\"").then_some(address)
        })?;
        let (_, query) = address.trim().trim_matches(['<', '>']).split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix("cursor=")).filter(|cursor| !cursor.is_empty())
    }
}

/// The time in the header `Date`: <https://www.rfc-editor.org/rfc/rfc9110#name-date>
pub(super) fn told_at(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let text = headers.get(DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc())
}

impl Github {
    /// Sends a request as the App itself.
    pub(super) async fn exchange_as_app<B: Serialize + ?Sized>(
        &self,
        call: &'static Call,
        path: &str,
        body: Option<&B>,
    ) -> Result<Answer> {
        if !self.is_app {
            return Err(Error::new(call, Kind::Unsent("this deployment has no GitHub App".into())));
        }
        let (answer, remaining) = send(&self.octocrab, call, path, body).await;
        self.tell(call, THE_APP, &answer, remaining);
        answer
    }

    /// Sends a request with a token of that installation.
    pub(super) async fn exchange<B: Serialize + ?Sized>(
        &self,
        (installation, token): (InstallationId, &SecretString),
        call: &'static Call,
        path: &str,
        body: Option<&B>,
    ) -> Result<Answer> {
        let octocrab = self
            .octocrab
            .user_access_token(token.expose_secret().to_owned())
            .map_err(|error| Error::new(call, Kind::Unsent(error.to_string())))?;
        let (answer, remaining) = send(&octocrab, call, path, body).await;
        self.tell(call, installation, &answer, remaining);
        answer
    }

    /// Sends a request without any token, though there may be no App yet.
    pub(super) async fn exchange_as_nobody(&self, call: &'static Call, path: &str) -> Result<Answer> {
        // Made for this one request: a service never speaks so, only the command that makes an App.
        let anonymous = super::client(&self.base_url, None)
            .map_err(|error| Error::new(call, Kind::Unsent(error.to_string())))?;
        let (answer, remaining) = send(&anonymous, call, path, None::<&()>).await;
        self.tell(call, THE_APP, &answer, remaining);
        answer
    }

    fn tell(
        &self,
        call: &'static Call,
        installation: InstallationId,
        answer: &Result<Answer>,
        remaining: Option<i64>,
    ) {
        let status = match answer {
            Ok(answer) => Some(answer.status),
            Err(error) => error.status(),
        };
        self.observer.answered(call, installation, status, remaining);
    }
}

/// Answers also how many more requests GitHub allows, where it came to say so.
async fn send<B: Serialize + ?Sized>(
    octocrab: &Octocrab,
    call: &'static Call,
    path: &str,
    body: Option<&B>,
) -> (Result<Answer>, Option<i64>) {
    match exchange(octocrab, call, path, body).await {
        Ok((parts, body)) => {
            let (status, remaining) = (parts.status.as_u16(), observer::remaining(&parts.headers));
            if status < 400 {
                return (Ok(Answer { status, body, headers: parts.headers }), remaining);
            }
            (Err(Error::refused(call, status, &parts.headers, &body)), remaining)
        }
        Err(error) => (Err(error), None),
    }
}

async fn exchange<B: Serialize + ?Sized>(
    octocrab: &Octocrab,
    call: &'static Call,
    path: &str,
    body: Option<&B>,
) -> Result<(Parts, Vec<u8>)> {
    let builder = axum::http::Request::builder()
        .method(call.method)
        .uri(path)
        .header("accept", "application/vnd.github+json");
    let request = octocrab
        .build_request(builder, body)
        .map_err(|error| Error::new(call, Kind::Unsent(error.to_string())))?;
    let exchange = async {
        let response =
            octocrab.execute(request).await.map_err(|error| Error::lost(call, error::chain(&error)))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES)
            .collect()
            .await
            .map_err(|error| Error::lost(call, format!("the answer broke off: {error}")))?;
        Ok((parts, body.to_bytes().to_vec()))
    };
    tokio::time::timeout(CALL_TIMEOUT, exchange)
        .await
        .map_err(|_| Error::lost(call, format!("no answer in {} s", CALL_TIMEOUT.as_secs())))?
}
