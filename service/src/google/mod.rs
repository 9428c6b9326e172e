//! Google, as far as we use it: the keys that its tokens are signed with, a token of our own, the Dataflow API, and what
//! Cloud Logging keeps of its jobs.
//!
//! No call follows a redirect, each has a time limit and a limit for its answer, and retries are a job's business. No database, no rules
//! and no sentence for a user may enter.

mod dataflow;
mod error;
mod keys;
mod logging;
mod token;
mod transport;

use jsonwebtoken::EncodingKey;
use secrecy::{ExposeSecret, SecretString};

pub use dataflow::JobPlace;
pub use error::{Error, Result, Retry};
use keys::Keys;
pub use logging::{LogEntry, LogQuery};
use token::{Account, Tokens};

/// Where Google is, and as whom it is asked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the issuer's keys are.
    pub jwks_url: String,
    /// The Dataflow API, without a slash at the end.
    pub api_url: String,
    /// The Cloud Logging API, without a slash at the end.
    pub logging_url: String,
    /// As whom the APIs are asked.
    pub identity: Identity,
}

/// As whom the API is asked.
#[derive(Debug, Clone)]
pub enum Identity {
    /// As the machine's service account, through the metadata server at this address.
    Machine {
        /// The server.
        url: String,
    },
    /// As the service account that has a key here.
    Account {
        /// Its e-mail address.
        email: String,
        /// The key's name.
        key_id: Option<String>,
        /// The key, PEM.
        private_key: SecretString,
        /// Where it is exchanged for a token.
        token_uri: String,
    },
}

/// The client.
pub struct Google {
    http: reqwest::Client,
    jwks_url: String,
    api_url: String,
    logging_url: String,
    account: Account,
    keys: Keys,
    tokens: Tokens,
}

/// Why the client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Not a key.
    #[error("the service account's private key is not an RSA key in PEM form")]
    PrivateKey,
    /// TLS or the connector could not be set up.
    #[error("the HTTP client for Google could not be set up: {0}")]
    Client(String),
}

impl Google {
    /// A client for what the settings name. Nothing is asked yet.
    pub fn new(settings: Settings) -> std::result::Result<Self, SetupError> {
        let account = match settings.identity {
            Identity::Machine { url } => Account::Machine { url },
            Identity::Account { email, key_id, private_key, token_uri } => {
                let key = EncodingKey::from_rsa_pem(private_key.expose_secret().as_bytes())
                    .map_err(|_| SetupError::PrivateKey)?;
                Account::Key { email, key_id, key, token_uri }
            }
        };
        let http = transport::client().map_err(|error| SetupError::Client(error::chain(&error)))?;
        Ok(Self {
            http,
            jwks_url: settings.jwks_url,
            api_url: settings.api_url,
            logging_url: settings.logging_url,
            account,
            keys: Keys::default(),
            tokens: Tokens::default(),
        })
    }
}
