//! One request and its answer: time-outs, sizes, and no redirects.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, redirect};
use serde::de::DeserializeOwned;

use super::error::{self, Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Below the minute within which a job has to be done, with its token and its call.
const CALL_TIMEOUT: Duration = Duration::from_secs(12);
/// A job without its steps has a few KiB, and a list of a hundred of them stays far below.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A good answer.
pub(super) struct Answer {
    body: Vec<u8>,
    pub(super) headers: HeaderMap,
}

impl Answer {
    /// Reads the body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| Error::unreadable(what, error.to_string()))
    }
}

/// A client that goes where it is sent and nowhere else: a redirect would take a token to another host.
pub(super) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .redirect(redirect::Policy::none())
        .build()
}

/// Sends a request, and reads the answer to its end.
pub(super) async fn send(what: &'static str, request: RequestBuilder) -> Result<Answer> {
    let lost = |error: reqwest::Error| Error::lost(what, error::chain(&error.without_url()));
    let mut response = request.send().await.map_err(lost)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(Error::unreadable(what, format!("more than {MAX_ANSWER_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    if !response.status().is_success() {
        return Err(Error::answered(what, response.status().as_u16(), &body));
    }
    Ok(Answer { body, headers: response.headers().clone() })
}
