//! The keys that an issuer's tokens are signed with. They change every few days, and a request that brings a token cannot wait for a
//! job, so they are fetched when one is needed: <https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken>
//!
//! - A set is good for as long as the server's `Cache-Control` says, and goes on serving for a day when the server is down.
//! - A key that is not in the set may be a new one: the set is then fetched again. Whoever makes names up can cause one fetch a minute.
//! - A token whose key is in a good set never waits for a fetch that somebody else caused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;
use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
use serde::Deserialize;

use super::error::{Error, Result};
use super::{Google, transport};

const WHAT: &str = "signing keys";
const BETWEEN_FETCHES: TimeDelta = TimeDelta::minutes(1);
/// When the server does not say how long its answer is good.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(5);
/// However long the server says: a key that was withdrawn must end some day.
const GOOD_FOR_AT_MOST: TimeDelta = TimeDelta::hours(24);
/// When the server is down.
const SERVES_FOR: TimeDelta = TimeDelta::hours(24);

/// What is known of the keys.
#[derive(Default)]
pub(super) struct Keys {
    known: Mutex<Known>,
    /// Held by whoever fetches.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default, Clone)]
struct Known {
    set: Option<Arc<Set>>,
    tried_at: Option<DateTime<Utc>>,
    /// Whether the newest try brought a set.
    is_current: bool,
}

struct Set {
    keys: HashMap<String, DecodingKey>,
    fetched_at: DateTime<Utc>,
    good_until: DateTime<Utc>,
}

impl Known {
    /// The key, as far as it can be told without asking the server.
    fn find(&self, key: &str, now: DateTime<Utc>) -> Found {
        let may_fetch = self.tried_at.is_none_or(|at| now >= at + BETWEEN_FETCHES);
        let Some(set) = self.set.as_ref().filter(|set| now < set.fetched_at + SERVES_FOR) else {
            return if may_fetch { Found::Ask } else { Found::CannotTell };
        };
        match set.keys.get(key) {
            Some(key) if now < set.good_until || !may_fetch => Found::Key(key.clone()),
            None if !may_fetch && self.is_current => Found::None,
            None if !may_fetch => Found::CannotTell,
            _ => Found::Ask,
        }
    }
}

enum Found {
    Key(DecodingKey),
    /// The issuer has no such key.
    None,
    /// The server has to be asked.
    Ask,
    /// It was asked in vain a moment ago.
    CannotTell,
}

impl Google {
    /// The issuer's key of that name; none when it has no such key. An error when that cannot be told at present.
    pub async fn signing_key(&self, name: &str, now: DateTime<Utc>) -> Result<Option<DecodingKey>> {
        let cannot_tell = || Error::lost(WHAT, "the key server was asked in vain a moment ago");
        match self.known_keys().find(name, now) {
            Found::Key(key) => return Ok(Some(key)),
            Found::None => return Ok(None),
            // Somebody may be asking at this moment.
            Found::Ask | Found::CannotTell => {}
        }
        let _turn = self.keys.fetching.lock().await;
        if matches!(self.known_keys().find(name, now), Found::Ask) {
            self.fetch(now).await;
        }
        match self.known_keys().find(name, now) {
            Found::Key(key) => Ok(Some(key)),
            Found::None => Ok(None),
            Found::Ask | Found::CannotTell => Err(cannot_tell()),
        }
    }

    fn known_keys(&self) -> Known {
        self.keys.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_keys(&self, note: impl FnOnce(&mut Known)) {
        note(&mut self.keys.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn fetch(&self, now: DateTime<Utc>) {
        // Noted before: a request that goes away in the middle counts too.
        self.note_keys(|known| (known.tried_at, known.is_current) = (Some(now), false));
        let answer = transport::send(WHAT, self.http.get(&self.jwks_url)).await;
        let read = answer.and_then(|answer| {
            let keys = read(&answer.json(WHAT)?)?;
            Ok(Set { keys, fetched_at: now, good_until: now + good_for(&answer.headers) })
        });
        match read {
            Ok(set) => self.note_keys(|known| (known.set, known.is_current) = (Some(Arc::new(set)), true)),
            Err(error) => tracing::warn!(%error, "the signing keys could not be fetched"),
        }
    }
}

/// <https://datatracker.ietf.org/doc/html/rfc7517>
#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The RSA keys for RS256 signatures among them; an issuer may have others, for others.
fn read(jwks: &Jwks) -> Result<HashMap<String, DecodingKey>> {
    let usable = jwks.keys.iter().filter_map(|key| {
        let is_for_us = key.kty == "RSA"
            && key.alg.as_deref().is_none_or(|alg| alg == "RS256")
            && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let (Some(name), Some(n), Some(e), true) = (&key.kid, &key.n, &key.e, is_for_us) else { return None };
        Some((name.clone(), DecodingKey::from_rsa_components(n, e).ok()?))
    });
    let keys: HashMap<_, _> = usable.collect();
    if keys.is_empty() {
        return Err(Error::unreadable(WHAT, "no RSA key among them"));
    }
    Ok(keys)
}

/// How long an answer is good, by its `Cache-Control` less its `Age`.
fn good_for(headers: &HeaderMap) -> TimeDelta {
    let told = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut words = told.split(',').map(str::trim);
    let seconds = words.find_map(|word| word.strip_prefix("max-age=")?.parse::<i64>().ok());
    let Some(max_age) = seconds.and_then(TimeDelta::try_seconds) else { return GOOD_FOR };
    let age = headers.get(AGE).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let age = age.and_then(TimeDelta::try_seconds).unwrap_or_default();
    (max_age - age).clamp(BETWEEN_FETCHES, GOOD_FOR_AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_as_long_as_it_says_within_reason() {
        for (cache_control, age, minutes) in [
            (None, None, 5),
            (Some("private"), None, 5),
            (Some("public, max-age=22200, must-revalidate, no-transform"), None, 370),
            (Some("public,max-age=22200"), Some("21600"), 10),
            (Some("max-age=0"), None, 1),
            (Some("max-age=600"), Some("6000"), 1),
            (Some("max-age=99999999999999999"), None, 5),
            (Some("max-age=864000"), None, 24 * 60),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(CACHE_CONTROL, cache_control), (AGE, age)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().expect("a header"));
                }
            }
            assert_eq!(good_for(&headers), TimeDelta::minutes(minutes), "{cache_control:?} {age:?}");
        }
    }

    #[test]
    fn only_keys_for_rsa_signatures_are_taken() {
        let read = |keys: &str| {
            let jwks: Jwks = serde_json::from_str(&format!(r#"{{"keys": [{keys}]}}"#)).expect("a set");
            let mut names: Vec<_> =
                read(&jwks).map_or_else(|_| Vec::new(), |keys| keys.into_keys().collect());
            names.sort_unstable();
            names.join(" ")
        };
        let good = r#"{"kty": "RSA", "kid": "a", "alg": "RS256", "use": "sig", "n": "AQAB", "e": "AQAB"}"#;
        let plain = r#"{"kty": "RSA", "kid": "b", "n": "AQAB", "e": "AQAB"}"#;
        let others = r#"{"kty": "oct", "kid": "c", "k": "AQAB"}, {"kty": "RSA", "kid": "d", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {"kty": "RSA", "kid": "f", "alg": "RS512", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "g", "n": "?", "e": "AQAB"}"#;
        assert_eq!(read(&format!("{good}, {plain}, {others}")), "a b");
        assert_eq!(read(others), "", "a set without a key is no set");
    }
}
