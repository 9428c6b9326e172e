//! A token for the Dataflow API, as a service account: asked for with its key, or of the machine that runs as it. Kept in memory until
//! five minutes before its end.
//!
//! - With a key: <https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests>
//! - On Google's machines: <https://cloud.google.com/compute/docs/access/authenticate-workloads#applications>

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::error::{Error, Result};
use super::{Google, transport};

const WHAT: &str = "access token";
/// What `jobs.get`, `jobs.list`, `jobs.update` and `entries.list` ask for; what the account may do there is for its roles to say.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const LEFT_AT_LEAST: TimeDelta = TimeDelta::minutes(5);
const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";

/// As whom we ask.
pub(super) enum Account {
    Machine { url: String },
    Key { email: String, key_id: Option<String>, key: EncodingKey, token_uri: String },
}

#[derive(Default)]
pub(super) struct Tokens {
    known: Mutex<Option<Token>>,
}

struct Token {
    secret: SecretString,
    good_until: DateTime<Utc>,
}

impl Google {
    /// A token that is good for some minutes more.
    pub(super) async fn access_token(&self, now: DateTime<Utc>) -> Result<SecretString> {
        #[derive(Deserialize)]
        struct Answer {
            access_token: SecretString,
            expires_in: i64,
        }
        if let Some(secret) = self.known_token(now) {
            return Ok(secret);
        }
        let request = match &self.account {
            Account::Machine { url } => {
                let path = "computeMetadata/v1/instance/service-accounts/default/token";
                self.http.get(format!("{url}/{path}")).header("Metadata-Flavor", "Google")
            }
            Account::Key { email, key_id, key, token_uri } => {
                let assertion = assertion(email, key_id.clone(), key, token_uri, now)?;
                self.http
                    .post(token_uri)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(format!("grant_type={GRANT}&assertion={assertion}"))
            }
        };
        let answer: Answer = transport::send(WHAT, request).await?.json(WHAT)?;
        let lasts = TimeDelta::try_seconds(answer.expires_in).unwrap_or_default();
        let token = Token { secret: answer.access_token.clone(), good_until: now + lasts - LEFT_AT_LEAST };
        *self.tokens.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(answer.access_token)
    }

    fn known_token(&self, now: DateTime<Utc>) -> Option<SecretString> {
        let known = self.tokens.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|token| now < token.good_until).map(|token| token.secret.clone())
    }

    /// Drops a token that Google refused.
    pub(super) fn forget_token(&self) {
        *self.tokens.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What the key signs, to be exchanged for a token.
fn assertion(
    email: &str,
    key_id: Option<String>,
    key: &EncodingKey,
    token_uri: &str,
    now: DateTime<Utc>,
) -> Result<String> {
    #[derive(Serialize)]
    struct Claims<'a> {
        iss: &'a str,
        scope: &'a str,
        aud: &'a str,
        iat: i64,
        exp: i64,
    }
    let header = Header { kid: key_id, ..Header::new(Algorithm::RS256) };
    let iat = now.timestamp();
    let claims = Claims { iss: email, scope: SCOPE, aud: token_uri, iat, exp: iat + 3600 };
    jsonwebtoken::encode(&header, &claims, key)
        .map_err(|error| Error::unsent(WHAT, format!("the key does not sign: {error}")))
}
