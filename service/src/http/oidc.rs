//! The token of a status message: a JWT that Google signs for the subscription's service account.
//! <https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions>
//!
//! A good signature proves little: anybody can have Google sign a token for an audience of their own. So everything is compared: the kind
//! of signature, the issuer, the one audience, the account, that its address is verified, and the times. Nothing that a token names is
//! ever fetched; keys come from the address that the operator told. Who sent a bad token learns nothing but that it is bad.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::app::App;
use crate::config::{DataflowConfig, PushConfig};

/// Google's have about 1 KiB.
const MAX_TOKEN: usize = 8 * 1024;
const MAX_KEY_NAME: usize = 100;
/// How far two clocks may differ.
const LEEWAY_SECONDS: i64 = 60;
/// Ways to bring a key along, or to demand what we do not know. Google's tokens have none of them.
const REFUSED_IN_HEADER: [&str; 5] = ["jwk", "jku", "x5u", "x5c", "crit"];

/// What the token claims. A field that is missing, twice there or of another type makes the token bad; so does a list of audiences.
#[derive(Debug, Clone, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    email: String,
    email_verified: bool,
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
}

/// Demands that the request was sent by the subscription's own account.
pub(super) async fn verify(app: &App, push: &PushConfig, headers: &HeaderMap) -> Result<(), Problem> {
    let (Some(config), Some(google)) = (&app.config.dataflow, &app.google) else {
        return Err(Problem::BadToken);
    };
    let now = app.clock.now();
    let token = bearer(headers)?;
    let key = key_name(token).map_err(refuse)?;
    let key = google.signing_key(&key, now).await.map_err(|error| {
        tracing::error!(%error, "a status message could not be checked");
        Problem::NoKeys
    })?;
    let key = key.ok_or_else(|| refuse("the issuer has no such key"))?;
    let mut rules = Validation::new(Algorithm::RS256);
    // The library would compare with the machine's clock, and take one audience of several.
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_nbf, rules.validate_aud) = (false, false, false);
    let token =
        jsonwebtoken::decode::<Claims>(token, &key, &rules).map_err(|_| refuse("signature or claims"))?;
    check(&token.claims, config, push, now).map_err(refuse)
}

fn refuse(why: &'static str) -> Problem {
    tracing::warn!(why, "dataflow_status_refused: a status message had a bad token");
    Problem::BadToken
}

/// The token. More than one is none: which of them would count?
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        let has_some = headers.contains_key(AUTHORIZATION);
        return Err(if has_some { refuse("several tokens") } else { Problem::NoToken });
    };
    let token = value.to_str().ok().and_then(|value| value.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && token.len() <= MAX_TOKEN => {
            Ok(token)
        }
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("bearer") => Err(refuse("too long")),
        _ => Err(Problem::NoToken),
    }
}

/// The name of the key that the token says it is signed with, if its header is one that Google writes.
fn key_name(token: &str) -> Result<String, &'static str> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, _, signature] = parts.as_slice() else { return Err("not three parts") };
    if signature.is_empty() {
        return Err("not signed");
    }
    let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| "its header is not base64")?;
    let header: Map<String, Value> = serde_json::from_slice(&header).map_err(|_| "its header is not JSON")?;
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err("not RS256");
    }
    if REFUSED_IN_HEADER.iter().any(|name| header.contains_key(*name)) {
        return Err("it brings a key, or demands what is not known");
    }
    let name = header.get("kid").and_then(Value::as_str).ok_or("it names no key")?;
    let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if name.is_empty() || name.len() > MAX_KEY_NAME || !is_word(name) {
        return Err("no name of a key");
    }
    Ok(name.to_owned())
}

fn check(
    claims: &Claims,
    config: &DataflowConfig,
    push: &PushConfig,
    now: DateTime<Utc>,
) -> Result<(), &'static str> {
    let now = now.timestamp();
    let is_over = claims.exp.saturating_add(LEEWAY_SECONDS) < now;
    let is_early = |at: i64| at > now.saturating_add(LEEWAY_SECONDS);
    if !config.issuers.contains(&claims.iss) {
        Err("issuer")
    } else if claims.aud != push.audience {
        Err("audience")
    } else if claims.email != push.service_account {
        Err("account")
    } else if !claims.email_verified {
        Err("account not verified")
    } else if is_over {
        Err("over")
    } else if is_early(claims.iat) || claims.nbf.is_some_and(is_early) {
        Err("not yet")
    } else {
        Ok(())
    }
}
