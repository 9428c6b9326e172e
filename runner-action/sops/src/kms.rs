//! AWS KMS: data keys that are wrapped for a key which never leaves Amazon. The only network of this crate.
//!
//! Two calls, `Decrypt` and `Encrypt` (<https://docs.aws.amazon.com/kms/latest/APIReference/>), signed with Signature Version 4
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{DataKey, SopsError, WrappedKey};

const SERVICE: &str = "kms";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// As whom AWS is asked.
#[derive(Clone)]
pub struct AwsCredentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: Zeroizing<String>,
    /// `AWS_SESSION_TOKEN`, for credentials that end.
    pub session_token: Option<Zeroizing<String>>,
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwsCredentials({})", self.access_key_id)
    }
}

/// A client of AWS KMS in every region.
#[derive(Debug, Clone)]
pub struct Kms {
    /// Carries the requests.
    pub client: reqwest::Client,
    /// As whom.
    pub credentials: AwsCredentials,
    /// What stands for `https://kms.<region>.amazonaws.com`.
    pub endpoint: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plaintext: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ciphertext_blob: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    encryption_context: &'a BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    plaintext: Option<String>,
    ciphertext_blob: Option<String>,
}

impl Kms {
    /// The data key that is wrapped so; `None` for one that is wrapped otherwise. `now` is the time in RFC 3339, UTC, in whole seconds.
    pub async fn open(&self, wrapped: &WrappedKey, now: &str) -> Result<Option<DataKey>, SopsError> {
        let WrappedKey::Kms { arn, ciphertext, context } = wrapped else { return Ok(None) };
        let request = Request {
            key_id: arn,
            plaintext: None,
            ciphertext_blob: Some(ciphertext),
            encryption_context: context,
        };
        let answer = self.call("Decrypt", arn, &request, now).await?;
        let plain = answer.plaintext.map(Zeroizing::new);
        let plain = plain.and_then(|text| BASE64_STANDARD.decode(text.as_bytes()).ok()).map(Zeroizing::new);
        let key = plain.and_then(|plain| <[u8; 32]>::try_from(plain.as_slice()).ok());
        key.map(|key| Some(Zeroizing::new(key))).ok_or_else(|| SopsError::Wrapped(arn.clone()))
    }

    /// Wraps a data key.
    pub async fn wrap(
        &self,
        key: &DataKey,
        arn: &str,
        context: &BTreeMap<String, String>,
        now: &str,
    ) -> Result<WrappedKey, SopsError> {
        let plain = Zeroizing::new(BASE64_STANDARD.encode(key.as_ref()));
        let request = Request {
            key_id: arn,
            plaintext: Some(&plain),
            ciphertext_blob: None,
            encryption_context: context,
        };
        let answer = self.call("Encrypt", arn, &request, now).await?;
        let ciphertext = answer.ciphertext_blob.ok_or_else(|| SopsError::Wrapped(arn.to_owned()))?;
        Ok(WrappedKey::Kms { arn: arn.to_owned(), ciphertext, context: context.clone() })
    }

    async fn call(
        &self,
        action: &str,
        arn: &str,
        request: &Request<'_>,
        now: &str,
    ) -> Result<Answer, SopsError> {
        let refused = |why: String| SopsError::Kms { arn: arn.to_owned(), why };
        let region =
            region_of(arn).ok_or_else(|| refused("not of the form `arn:aws:kms:<region>:…`".into()))?;
        let default = format!("https://kms.{region}.amazonaws.com");
        let endpoint = self.endpoint.as_deref().unwrap_or(&default).trim_end_matches('/');
        let host = endpoint.split_once("://").map_or(endpoint, |(_, host)| host);
        let body =
            serde_json::to_string(request).map_err(|_| refused("the request cannot be written".into()))?;
        let body = Zeroizing::new(body);
        let time: String = now.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let target = format!("TrentService.{action}");
        let signature = authorization(&self.credentials, region, host, &time, &target, &body);
        let mut post = self
            .client
            .post(format!("{endpoint}/"))
            .header("content-type", CONTENT_TYPE)
            .header("x-amz-date", &time)
            .header("x-amz-target", &target)
            .header("authorization", signature);
        if let Some(token) = &self.credentials.session_token {
            post = post.header("x-amz-security-token", token.as_str());
        }
        let answer = post.body(body.to_string()).send().await;
        let answer =
            answer.map_err(|error| refused(format!("AWS cannot be reached ({})", error.without_url())))?;
        let status = answer.status();
        let text = Zeroizing::new(answer.text().await.map_err(|_| refused("AWS broke off".into()))?);
        if !status.is_success() {
            return Err(refused(format!("AWS answered {} {}", status.as_u16(), exception(&text))));
        }
        serde_json::from_str(&text).map_err(|_| refused("AWS answered in words that are not known".into()))
    }
}

fn region_of(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    let is_kms = parts.next() == Some("arn") && parts.next().is_some() && parts.next() == Some(SERVICE);
    parts.next().filter(|region| {
        is_kms && !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

/// The name of the exception in an answer: `AccessDeniedException`.
fn exception(text: &str) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "__type")]
        kind: String,
    }
    let kind =
        serde_json::from_str::<Refusal>(text).map_or_else(|_| "without a reason".into(), |told| told.kind);
    let name = kind.rsplit('#').next().unwrap_or_default();
    name.chars().filter(char::is_ascii_alphanumeric).take(60).collect()
}

/// The header `Authorization` of a POST to `/`.
fn authorization(
    credentials: &AwsCredentials,
    region: &str,
    host: &str,
    time: &str,
    target: &str,
    body: &str,
) -> String {
    let day = time.split('T').next().unwrap_or_default();
    let body = hex(digest(&SHA256, body.as_bytes()).as_ref());
    let mut headers = vec![("content-type", CONTENT_TYPE), ("host", host), ("x-amz-date", time)];
    headers
        .extend(credentials.session_token.as_deref().map(|token| ("x-amz-security-token", token.as_str())));
    headers.push(("x-amz-target", target));
    let lines = headers.iter().fold(Zeroizing::new(String::new()), |mut lines, (name, value)| {
        lines.extend([name, ":", value, "\n"]);
        lines
    });
    let signed = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = Zeroizing::new(format!("POST\n/\n\n{}\n{signed}\n{body}", lines.as_str()));
    let scope = format!("{day}/{region}/{SERVICE}/aws4_request");
    let canonical = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
    let key = signing_key(&credentials.secret_access_key, day, region, SERVICE);
    let signature = hex(hmac::sign(&key, text.as_bytes()).as_ref());
    let id = &credentials.access_key_id;
    format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={signed}, Signature={signature}")
}

fn signing_key(secret: &str, day: &str, region: &str, service: &str) -> hmac::Key {
    let start = Zeroizing::new(format!("AWS4{secret}"));
    let start = hmac::Key::new(hmac::HMAC_SHA256, start.as_bytes());
    [day, region, service, "aws4_request"].into_iter().fold(start, |key, part| {
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
    })
}

fn hex(bytes: &[u8]) -> String {
    crate::document::hex(bytes).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the page on deriving a signing key.
    #[test]
    fn a_signing_key_is_derived_as_amazon_shows_it() {
        let key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215", "us-east-1", "iam");
        let signed = hex(hmac::sign(&key, b"x").as_ref());
        let expected = [
            0xf4_u8, 0x78, 0x0e, 0x2d, 0x9f, 0x65, 0xfa, 0x89, 0x5f, 0x9c, 0x67, 0xb3, 0x2c, 0xe1, 0xba,
            0xf0, 0xb0, 0xd8, 0xa4, 0x35, 0x05, 0xa0, 0x00, 0xa1, 0xa9, 0xe0, 0x90, 0xd4, 0x14, 0xdb, 0x40,
            0x4d,
        ];
        let same = hmac::Key::new(hmac::HMAC_SHA256, &expected);
        assert_eq!(signed, hex(hmac::sign(&same, b"x").as_ref()));
    }

    #[test]
    fn the_region_comes_from_the_name_of_the_key_alone() {
        assert_eq!(region_of("arn:aws:kms:us-west-1:111122223333:key/x"), Some("us-west-1"));
        for bad in
            ["", "arn:aws:s3:us-west-1:1:x", "arn:aws:kms::1:key/x", "arn:aws:kms:a.example.org/:1:key/x"]
        {
            assert_eq!(region_of(bad), None, "{bad}");
        }
    }
}
