//! What is told about Dataflow: who may say how a job stands, and as whom Google is asked.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, read_text, wrong};

const ISSUER: &str = "https://accounts.google.com";
/// Google leaves the scheme out in some tokens: <https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload>
const ISSUER_WITHOUT_SCHEME: &str = "accounts.google.com";
const JWKS_URL: &str = "https://www.googleapis.com/oauth2/v3/certs";
const API_URL: &str = "https://dataflow.googleapis.com";
const LOGGING_URL: &str = "https://logging.googleapis.com";
/// Answers on Google's own machines only: <https://cloud.google.com/compute/docs/metadata/overview>
const METADATA_URL: &str = "http://metadata.google.internal";
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataflowFile {
    audience: Option<String>,
    service_account: Option<String>,
    subscription: Option<String>,
    issuer: Option<String>,
    jwks_url: Option<String>,
    api_url: Option<String>,
    logging_url: Option<String>,
    credentials_file: Option<String>,
    #[serde(default)]
    accept_form_events: bool,
}

impl DataflowFile {
    /// Checks what was told in the file at `path`, and reads the file that it names beside it.
    pub(super) fn into_config(self, path: &Path) -> Result<DataflowConfig, ConfigError> {
        let push = match (self.audience, self.service_account, self.subscription) {
            (None, None, None) => None,
            (Some(audience), Some(service_account), Some(subscription)) => {
                let parts: Vec<&str> = subscription.split('/').collect();
                if !matches!(parts.as_slice(), ["projects", project, "subscriptions", name] if !project.is_empty() && !name.is_empty())
                {
                    return Err(wrong(
                        path,
                        "dataflow.subscription: not of the form projects/P/subscriptions/S",
                    ));
                }
                if audience.is_empty() || !service_account.contains('@') {
                    let what =
                        "dataflow: `audience` may not be empty, and `service_account` is an e-mail address";
                    return Err(wrong(path, what));
                }
                Some(PushConfig { audience, service_account, subscription })
            }
            _ => {
                let what = "dataflow: `audience`, `service_account` and `subscription` are checked together, \
                            so all of them or none must be there";
                return Err(wrong(path, what));
            }
        };
        let issuers = match self.issuer {
            None => vec![ISSUER.to_owned(), ISSUER_WITHOUT_SCHEME.to_owned()],
            Some(issuer) if issuer == ISSUER => vec![issuer, ISSUER_WITHOUT_SCHEME.to_owned()],
            Some(issuer) => vec![issuer],
        };
        let credentials = match self.credentials_file {
            None => GoogleCredentials::Metadata { url: METADATA_URL.to_owned() },
            Some(name) => read_key(&path.parent().unwrap_or(path).join(name))?,
        };
        Ok(DataflowConfig {
            push,
            issuers,
            jwks_url: address(path, "jwks_url", self.jwks_url, JWKS_URL)?,
            api_url: address(path, "api_url", self.api_url, API_URL)?,
            logging_url: address(path, "logging_url", self.logging_url, LOGGING_URL)?,
            credentials,
            accept_form_events: self.accept_form_events,
        })
    }
}

/// An address to which secrets are sent or from which keys come must not be read or changed on the way.
fn address(path: &Path, key: &str, told: Option<String>, default: &str) -> Result<String, ConfigError> {
    let address = told.unwrap_or_else(|| default.to_owned());
    let is_here = |host: &str| address.strip_prefix(host).is_some_and(|rest| rest.starts_with([':', '/']));
    if address.starts_with("https://") || is_here("http://127.0.0.1") || is_here("http://localhost") {
        return Ok(address.trim_end_matches('/').to_owned());
    }
    Err(wrong(path, format!("dataflow.{key}: neither https:// nor an address on this machine")))
}

/// Reads a service account's key, as Google writes it.
/// <https://cloud.google.com/iam/docs/keys-create-delete>
fn read_key(path: &Path) -> Result<GoogleCredentials, ConfigError> {
    #[derive(Deserialize)]
    struct KeyFile {
        #[serde(rename = "type")]
        kind: String,
        client_email: String,
        private_key_id: Option<String>,
        private_key: SecretString,
        token_uri: Option<String>,
    }
    // What the parser would say could quote the key.
    let file: KeyFile = serde_json::from_str(&read_text(path)?)
        .map_err(|error| wrong(path, format!("line {}: not a service account's key", error.line())))?;
    if file.kind != "service_account" || file.private_key.expose_secret().is_empty() {
        return Err(wrong(path, "not a service account's key"));
    }
    Ok(GoogleCredentials::Key {
        client_email: file.client_email,
        key_id: file.private_key_id,
        private_key: file.private_key,
        token_uri: address(path, "token_uri", file.token_uri, TOKEN_URI)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<DataflowConfig, String> {
        let file: DataflowFile = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        file.into_config(Path::new("secrets/config.x.yaml")).map_err(|error| error.to_string())
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
        let folder = std::env::temp_dir().join(format!("key-file-{}", std::process::id()));
        std::fs::write(&folder, r#"{"type": "service_account", "private_key": "hush"}"#).expect("a file");
        let said = read_key(&folder).expect_err("no e-mail address").to_string();
        std::fs::remove_file(&folder).expect("the file is there");
        assert!(said.contains("not a service account's key") && !said.contains("hush"), "{said}");
    }
}
