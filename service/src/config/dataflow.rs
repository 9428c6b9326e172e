//! What is told about Dataflow: who may say how a job stands, and as whom Google is asked.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::secrets::KeyText;
use crate::domain::yaml::finding::Findings;
use crate::domain::yaml::form::{Form, Told};

const ISSUER: &str = "https://accounts.google.com";
/// Google leaves the scheme out in some tokens: <https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload>
const ISSUER_WITHOUT_SCHEME: &str = "accounts.google.com";
const JWKS_URL: &str = "https://www.googleapis.com/oauth2/v3/certs";
const API_URL: &str = "https://dataflow.googleapis.com";
const LOGGING_URL: &str = "https://logging.googleapis.com";
/// Answers on Google's own machines only: <https://cloud.google.com/compute/docs/metadata/overview>
const METADATA_URL: &str = "http://metadata.google.internal";
const NOT_SAFE: &str = "is neither https:// nor an address on this machine";
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// What is told about Dataflow.
#[derive(Debug, Clone)]
pub struct DataflowConfig {
    /// Whose status messages are believed; nobody's when it is not told.
    pub push: Option<PushConfig>,
    /// Who may have issued a token.
    pub issuers: Vec<String>,
    /// Where the issuer's keys are.
    pub jwks_url: String,
    /// The Dataflow API.
    pub api_url: String,
    /// The Cloud Logging API.
    pub logging_url: String,
    /// As whom the APIs are asked.
    pub credentials: GoogleCredentials,
    /// Whether the form that the old monitoring function sends is read.
    pub accept_form_events: bool,
}

/// The one subscription whose messages are believed.
#[derive(Debug, Clone)]
pub struct PushConfig {
    /// For whom its tokens are.
    pub audience: String,
    /// Who signs its requests: an e-mail address.
    pub service_account: String,
    /// Its full name: `projects/P/subscriptions/S`.
    pub subscription: String,
}

impl PushConfig {
    /// The project that the subscription lies in.
    pub fn project(&self) -> &str {
        self.subscription.split('/').nth(1).unwrap_or_default()
    }
}

/// As whom Google is asked.
#[derive(Debug, Clone)]
pub enum GoogleCredentials {
    /// As the service account of the machine, which this server knows.
    Metadata {
        /// The server.
        url: String,
    },
    /// As the service account whose key lies in a file.
    Key {
        /// The account's e-mail address.
        client_email: String,
        /// The key's name.
        key_id: Option<String>,
        /// The key, PEM.
        private_key: SecretString,
        /// Where it is exchanged for a token.
        token_uri: String,
    },
}

/// Reads the section `dataflow` of the file at `path`; `key` is what the file holds that it names beside that one.
pub(super) fn read(
    path: &Path,
    form: Form<'_>,
    key: &KeyText,
    said: &mut Findings,
) -> Option<DataflowConfig> {
    let push = push(&form, said);
    let issuer = form.text("issuer", said).map(|told| told.value.to_owned());
    let jwks_url = address(&form, "jwks_url", JWKS_URL, said);
    let api_url = address(&form, "api_url", API_URL, said);
    let logging_url = address(&form, "logging_url", LOGGING_URL, said);
    let credentials = match form.text("credentials_file", said) {
        None => Some(GoogleCredentials::Metadata { url: METADATA_URL.to_owned() }),
        Some(told) => key_file(path, &told, key, said),
    };
    let accept_form_events = form.flag("accept_form_events", said).is_some_and(|told| told.value);
    form.close(said);
    let issuers = match issuer {
        None => vec![ISSUER.to_owned(), ISSUER_WITHOUT_SCHEME.to_owned()],
        Some(issuer) if issuer == ISSUER => vec![issuer, ISSUER_WITHOUT_SCHEME.to_owned()],
        Some(issuer) => vec![issuer],
    };
    Some(DataflowConfig {
        push,
        issuers,
        jwks_url,
        api_url,
        logging_url,
        credentials: credentials?,
        accept_form_events,
    })
}

fn push(form: &Form<'_>, said: &mut Findings) -> Option<PushConfig> {
    const TOGETHER: [&str; 3] = ["audience", "service_account", "subscription"];
    if TOGETHER.iter().all(|key| form.value(key).is_none()) {
        return None;
    }
    let missing = |key: &&'static str| form.value(key).is_none();
    for key in TOGETHER.into_iter().filter(|key| missing(key)) {
        form.missing(key, "there with the two others of `audience`, `service_account` and `subscription`: they are checked together", said);
    }
    let audience = form.text("audience", said);
    if let Some(told) = audience.as_ref().filter(|told| told.value.is_empty()) {
        told.is_wrong("is empty; it is the address that the subscription pushes to", said);
    }
    let account = form.text("service_account", said);
    if let Some(told) = account.as_ref().filter(|told| !told.value.contains('@')) {
        told.is_wrong(
            format!("is {:?}; it must be the e-mail address of a service account", told.value),
            said,
        );
    }
    let subscription = form.text("subscription", said);
    if let Some(told) = subscription.as_ref().filter(|told| !is_subscription(told.value)) {
        told.is_wrong(format!("is {:?}; it must be `projects/P/subscriptions/S`", told.value), said);
    }
    Some(PushConfig {
        audience: audience?.value.to_owned(),
        service_account: account?.value.to_owned(),
        subscription: subscription?.value.to_owned(),
    })
}

fn is_subscription(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    matches!(parts.as_slice(), ["projects", project, "subscriptions", name] if !project.is_empty() && !name.is_empty())
}

/// An address to which secrets are sent or from which keys come must not be read or changed on the way.
fn address(form: &Form<'_>, key: &'static str, default: &str, said: &mut Findings) -> String {
    let Some(told) = form.text(key, said) else { return default.to_owned() };
    if !is_safe(told.value) {
        told.is_wrong(NOT_SAFE, said);
    }
    told.value.trim_end_matches('/').to_owned()
}

fn is_safe(address: &str) -> bool {
    let is_here = |host: &str| address.strip_prefix(host).is_some_and(|rest| rest.starts_with([':', '/']));
    address.starts_with("https://") || is_here("http://127.0.0.1") || is_here("http://localhost")
}

/// The file that is told by this name.
pub(super) fn beside(path: &Path, told: &Told<&str>) -> PathBuf {
    path.parent().unwrap_or(path).join(told.value)
}

fn key_file(path: &Path, told: &Told<&str>, key: &KeyText, said: &mut Findings) -> Option<GoogleCredentials> {
    let key = key.as_ref().map_err(Clone::clone).and_then(|text| read_key(text));
    key.map_err(|why| told.is_wrong(format!("names {}, which {why}", beside(path, told).display()), said))
        .ok()
}

/// Reads a service account's key: JSON, as Google writes it, or the same as YAML, as it is encrypted. What is wrong follows the file's name.
/// <https://cloud.google.com/iam/docs/keys-create-delete>
fn read_key(text: &str) -> Result<GoogleCredentials, String> {
    #[derive(Deserialize)]
    struct KeyFile {
        #[serde(rename = "type")]
        kind: String,
        client_email: String,
        private_key_id: Option<String>,
        private_key: SecretString,
        token_uri: Option<String>,
    }
    const NOT_A_KEY: &str = "is not a service account's key";
    // What the parser would say could quote the key.
    let file: KeyFile = serde_yaml::from_str(text).map_err(|error| {
        error
            .location()
            .map_or_else(|| NOT_A_KEY.into(), |place| format!("{NOT_A_KEY} (line {})", place.line()))
    })?;
    if file.kind != "service_account" || file.private_key.expose_secret().is_empty() {
        return Err(NOT_A_KEY.to_owned());
    }
    let token_uri = file.token_uri.unwrap_or_else(|| TOKEN_URI.to_owned());
    if !is_safe(&token_uri) {
        return Err(format!("has a `token_uri` that {NOT_SAFE}"));
    }
    Ok(GoogleCredentials::Key {
        client_email: file.client_email,
        key_id: file.private_key_id,
        private_key: file.private_key,
        token_uri: token_uri.trim_end_matches('/').to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing;

    fn read(yaml: &str) -> Result<DataflowConfig, String> {
        testing::read(yaml, |form, said| {
            super::read(Path::new("secrets/config.x.yaml"), form, &Err("is not there".to_owned()), said)
        })
    }

    #[test]
    fn with_nothing_told_google_is_meant_and_nobody_is_believed() {
        let config = read("{}").expect("an empty section");
        assert!(config.push.is_none() && !config.accept_form_events);
        assert_eq!(config.issuers, [ISSUER, ISSUER_WITHOUT_SCHEME]);
        assert_eq!((config.jwks_url.as_str(), config.api_url.as_str()), (JWKS_URL, API_URL));
        assert_eq!(config.logging_url, LOGGING_URL);
        assert!(matches!(config.credentials, GoogleCredentials::Metadata { .. }));
    }

    #[test]
    fn what_is_checked_together_is_told_together() {
        let whole = "{audience: a, service_account: b@c, subscription: projects/p/subscriptions/s}";
        assert_eq!(read(whole).expect("all three").push.expect("a subscription").project(), "p");
        for part in [
            "{audience: a}",
            "{audience: a, service_account: b@c}",
            "{audience: a, service_account: b@c, subscription: s}",
            "{audience: a, service_account: b@c, subscription: projects//subscriptions/s}",
            "{audience: '', service_account: b@c, subscription: projects/p/subscriptions/s}",
            "{audience: a, service_account: b, subscription: projects/p/subscriptions/s}",
        ] {
            assert!(read(part).is_err(), "{part}");
        }
    }

    #[test]
    fn s20_keys_and_secrets_travel_only_where_nobody_listens() {
        for good in ["https://keys.example.org/", "http://127.0.0.1:1234", "http://localhost:1/x"] {
            let config = read(&format!("{{jwks_url: '{good}'}}")).expect(good);
            assert_eq!(config.jwks_url, good.trim_end_matches('/'));
        }
        for bad in [
            "http://keys.example.org",
            "http://127.0.0.1.example.org/",
            "http://localhost.example.org",
            "keys",
            "",
        ] {
            assert!(read(&format!("{{jwks_url: '{bad}'}}")).is_err(), "{bad}");
            assert!(read(&format!("{{api_url: '{bad}'}}")).is_err(), "{bad}");
            assert!(read(&format!("{{logging_url: '{bad}'}}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_issuer_stands_alone_and_an_unknown_key_is_refused() {
        assert_eq!(
            read("{issuer: 'https://id.example.org'}").expect("an issuer").issuers,
            ["https://id.example.org"]
        );
        assert!(read("{issuers: []}").is_err());
    }

    #[test]
    fn s6_a_key_file_that_cannot_be_read_is_not_quoted() {
        let said = read_key(r#"{"type": "service_account", "private_key": "hush"}"#).expect_err("no address");
        assert!(said.contains("not a service account's key") && !said.contains("hush"), "{said}");
    }
}
