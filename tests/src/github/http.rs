//! A request as the routes see it, the answer they give, and GitHub's way to page and to refuse.
//!
//! Nothing about the world is decided here.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A request that has been read to its end.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its place in the order of arrival, from 1.
    pub number: usize,
    /// The method.
    pub method: Method,
    /// The path as it came, without the query.
    pub path: String,
    /// The parts of the path, decoded.
    pub segments: Vec<String>,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// Takes a request apart.
    pub(super) fn read(number: usize, parts: Parts, body: Vec<u8>) -> Self {
        let path = parts.uri.path().to_owned();
        let segments = path.split('/').filter(|part| !part.is_empty()).map(percent_decoded).collect();
        let query = axum::extract::Query::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
        Self { number, method: parts.method, path, segments, query, headers: parts.headers, body }
    }

    /// The value of a query parameter; an empty one counts as absent, as it does on GitHub.
    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// Not for a page of GitHub's, nor for the storage that it leads to.
    pub(super) fn is_of_the_api(&self) -> bool {
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        !matches!(segments.as_slice(), [] | ["blob", ..] | ["organizations", _, "settings", ..])
    }

    /// The value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON; null where it is empty or no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as the fields of a page's form.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        let text = String::from_utf8_lossy(&self.body);
        let address = format!("http://form/?{text}");
        let fields = reqwest::Url::parse(&address).map(|url| url.query_pairs().into_owned().collect());
        fields.unwrap_or_default()
    }

    /// The body as the fields that a route reads. An empty body stands for an empty object.
    pub(super) fn fields<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        let bytes: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        let value: Value =
            serde_json::from_slice(bytes).map_err(|_| Answer::refusal(400, "Problems parsing JSON"))?;
        serde_json::from_value(value)
            .map_err(|error| Answer::refusal(422, &format!("Invalid request.\n\n{error}")))
    }
}

fn percent_decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| first_byte(after)).flatten();
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn first_byte(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits.get(..2)?).ok()?, 16).ok()
}

/// What a route answers.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Empty,
    Json(Value),
    Bytes(&'static str, Vec<u8>),
}

/// The result of a route; a refusal travels as the error so that `?` ends the route.
pub(super) type Reply = Result<Answer, Answer>;

impl Answer {
    /// JSON with a status.
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status: status_code(status), headers: Vec::new(), body: Body::Json(body) }
    }

    /// A status and nothing else.
    pub(super) fn empty(status: u16) -> Self {
        Self { status: status_code(status), headers: Vec::new(), body: Body::Empty }
    }

    /// Bytes of a media type.
    pub(super) fn bytes(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), body: Body::Bytes(media_type, bytes) }
    }

    /// GitHub's way to say no.
    pub(super) fn refusal(status: u16, message: &str) -> Self {
        let documentation = "https://docs.github.com/rest";
        Self::json(
            status,
            json!({"message": message, "documentation_url": documentation, "status": status.to_string()}),
        )
    }

    /// What is not there, or not to be seen.
    pub(super) fn not_found() -> Self {
        Self::refusal(404, "Not Found")
    }

    /// A field that breaks a rule: 422 with GitHub's list of one error.
    pub(super) fn invalid(resource: &str, field: &str, message: &str) -> Self {
        let error = json!({"resource": resource, "field": field, "code": "invalid", "message": message});
        let body = json!({
            "message": "Validation Failed",
            "errors": [error],
            "documentation_url": "https://docs.github.com/rest",
            "status": "422",
        });
        Self::json(422, body)
    }

    /// The same with one more header.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// One page of a list, wrapped by `wrap` (which gets the page and the length of the whole), with the `Link` header that leads
/// to the other pages. `base_url` has no slash at the end.
pub(super) fn page(
    request: &Request,
    base_url: &str,
    items: Vec<Value>,
    wrap: impl FnOnce(Vec<Value>, usize) -> Value,
) -> Answer {
    let number =
        |name, default: usize| request.query(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let per_page = number("per_page", 30).clamp(1, 100);
    let current = number("page", 1).max(1);
    let total = items.len();
    let last = total.div_ceil(per_page).max(1);
    let items = items.into_iter().skip((current - 1) * per_page).take(per_page).collect();

    let mut links = Vec::new();
    let mut link = |page: usize, relation: &str| {
        let Ok(mut url) = reqwest::Url::parse(base_url) else { return };
        let others = request.query.iter().filter(|(name, _)| name != "page");
        url.set_path(&request.path);
        url.query_pairs_mut().extend_pairs(others).append_pair("page", &page.to_string());
        links.push(format!("<{url}>; rel=\"{relation}\""));
    };
    if current > 1 {
        link(current - 1, "prev");
        link(1, "first");
    }
    if current < last {
        link(current + 1, "next");
        link(last, "last");
    }
    let answer = Answer::json(200, wrap(items, total));
    if links.is_empty() { answer } else { answer.header("link", links.join(", ")) }
}

/// The wrapping of a list that is a bare array.
pub(super) fn bare(items: Vec<Value>, _total: usize) -> Value {
    Value::Array(items)
}
