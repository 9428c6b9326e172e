//! One delivery as a channel hands it on: GitHub's headers in lower case, and the body as JSON below `body`.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::http::signature;

/// The headers that the service reads, besides all of GitHub's own.
const HEADERS: [&str; 4] = ["content-type", "user-agent", "x-hub-signature", "x-hub-signature-256"];

/// What can be said about the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Signature {
    /// A secret of the deployment signed these bytes.
    Fits,
    /// None did.
    Differs,
    /// There is no signature.
    None,
    /// There is no secret to hold it against.
    Unknown,
}

/// A delivery, ready to be made.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) signature: Signature,
}

impl Delivery {
    /// Reads the data of an event. The body is taken as it stands there; if its signature does not fit and it is not written compactly,
    /// without the blanks that a channel has put between.
    pub(super) fn read(data: &str, secrets: &[SecretString]) -> Result<Self, String> {
        let fields: BTreeMap<String, &RawValue> =
            serde_json::from_str(data).map_err(|error| format!("it is not a JSON object: {error}"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &fields {
            let name = name.to_ascii_lowercase();
            if !name.starts_with("x-github-") && !HEADERS.contains(&name.as_str()) {
                continue;
            }
            let value =
                serde_json::from_str::<String>(value.get()).unwrap_or_else(|_| value.get().to_owned());
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
                headers.insert(name, value);
            }
        }
        if !headers.contains_key("x-github-event") {
            return Err("it has no `x-github-event`".to_owned());
        }
        let exact = fields.get("rawBody").and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let body = fields.get("body").map(|raw| raw.get());
        let written = exact.as_deref().or(body).ok_or("it has no `body`")?;
        let fits = |text: &str| signature::is_signed(&headers, text.as_bytes(), secrets);
        let compact = compact(written);
        let body =
            if fits(written) || !fits(&compact) && exact.is_some() { written.to_owned() } else { compact };
        let signature = if !headers.contains_key(signature::HEADER) {
            Signature::None
        } else if secrets.is_empty() {
            Signature::Unknown
        } else if fits(&body) {
            Signature::Fits
        } else {
            Signature::Differs
        };
        Ok(Self { headers, body: body.into_bytes(), signature })
    }

    /// The text of a header, empty where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// JSON without the blanks and line breaks between its parts. Nothing else changes: neither the order of keys nor how a text or a number is
/// written.
fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut in_text, mut is_escaped) = (false, false);
    for character in json.chars() {
        if in_text {
            in_text = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
        } else if character.is_ascii_whitespace() {
            continue;
        } else {
            in_text = character == '"';
        }
        compact.push(character);
    }
    compact
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_order_its_numbers_and_its_texts() {
        let body =
            r#"{"z":1.0,"a":"two  blanks \" and \\","n":12345678901234567890123,"é":"\u00e9 / \/","b":[]}"#;
        let spaced = body.replace("\",\"", "\" ,\n \"").replace(":[]", ": [ ]");
        for told in [body, &spaced] {
            let data = format!(
                "{{\"x-github-event\": \"ping\", \"body\": {told}, \"host\": \"smee.io\", \"timestamp\": 1}}"
            );
            let delivery = Delivery::read(&data, &[]).expect("a delivery");
            assert_eq!(String::from_utf8_lossy(&delivery.body), body);
            assert_eq!(delivery.signature, Signature::None);
            assert_eq!(delivery.headers.len(), 1, "{:?}", delivery.headers);
        }
    }

    #[test]
    fn what_github_documents_as_signed_fits() {
        let signed = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let data = format!(
            r#"{{"x-github-event":"ping","x-hub-signature-256":"{signed}","rawBody":"Hello, World!","body":{{}}}}"#
        );
        let read = |secrets: &[SecretString]| Delivery::read(&data, secrets).expect("a delivery").signature;
        assert_eq!(read(&["It's a Secret to Everybody".into()]), Signature::Fits);
        assert_eq!(read(&["another".into()]), Signature::Differs);
        assert_eq!(read(&[]), Signature::Unknown);
    }

    #[test]
    fn anything_else_is_left_out() {
        for data in ["", "[]", "{}", r#"{"body":{}}"#, r#"{"x-github-event":"ping"}"#, "{\"body\":"] {
            assert!(Delivery::read(data, &[]).is_err(), "{data}");
        }
    }
}
