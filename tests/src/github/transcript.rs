//! What GitHub was asked, kept in order: the full log for looking closely, and one stable line per write for assertions.
//!
//! Lines hold what was asked for, cut short; no times of arrival, no tokens, nothing that differs between two equal runs.

use std::fmt::Write as _;

use axum::http::Method;
use serde_json::Value;

use super::http::Request;

/// How many characters of a value a line shows.
const VALUE_CHARS: usize = 100;

/// One request with the answer it got.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request.
    pub request: Request,
    /// Who sent it: `app`, `installation 2001`, `user ada`, `nobody`.
    pub actor: String,
    /// The status the client was to see; none if it got no answer.
    pub status: Option<u16>,
    /// Whether the world carried it out.
    pub done: bool,
}

impl Exchange {
    /// The transcript's line: method, path, the body's values by name, and the answer unless it is a plain success.
    pub fn line(&self) -> String {
        let mut line = format!("{} {}", self.request.method, self.request.path);
        list_values("", &self.request.json(), &mut line);
        match (self.status, self.done) {
            (Some(200..300), _) => {}
            (Some(status), true) => _ = write!(line, " → {status}, but done"),
            (Some(status), false) => _ = write!(line, " → {status}"),
            (None, true) => line.push_str(" → no answer, but done"),
            (None, false) => line.push_str(" → no answer"),
        }
        line
    }

    /// Whether the transcript shows it: a write that people can see the result of, so no making of tokens and no asking for webhooks.
    pub(super) fn is_shown(&self) -> bool {
        let reads = matches!(self.request.method, Method::GET | Method::HEAD);
        let unseen = ["/access_tokens", "/attempts"];
        !reads && !unseen.iter().any(|end| self.request.path.ends_with(end))
    }
}

/// Appends ` name=value` for every value below `value`; a list is shown as its length.
fn list_values(name: &str, value: &Value, line: &mut String) {
    let text = match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                list_values(&name, value, line);
            }
            return;
        }
        Value::Null => return,
        Value::Array(items) => format!("[{}]", items.len()),
        Value::String(text) => shortened(text),
        other => other.to_string(),
    };
    _ = write!(line, " {name}={text}");
}

/// A text on one line; quoted if it holds anything but a plain word.
fn shortened(text: &str) -> String {
    let cut: String = text.chars().take(VALUE_CHARS).collect();
    let rest = if cut.len() < text.len() { "…" } else { "" };
    let plain = !cut.is_empty() && cut.chars().all(|c| c.is_ascii_graphic() && c != '"');
    if plain { cut + rest } else { format!("{cut:?}{rest}") }
}
