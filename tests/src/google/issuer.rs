//! Tokens: those that Google signs for a subscription's account, and those that somebody else would like to pass for them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{AUDIENCE, FakeGoogle, PUSH_ACCOUNT};

const FIRST: &str = include_str!("test-issuer-1.private-key.pem");
const SECOND: &str = include_str!("test-issuer-2.private-key.pem");
/// The public half of the issuer's first key, PEM.
pub const ISSUER_PUBLIC_KEY: &str = include_str!("test-issuer-1.public-key.pem");
pub(crate) const ACCOUNT_PRIVATE_KEY: &str = include_str!("test-account.private-key.pem");
pub(super) const ACCOUNT_PUBLIC_KEY: &str = include_str!("test-account.public-key.pem");

/// What a token claims.
pub type Claims = Value;

/// A key of the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The one that it begins with.
    First,
    /// The one that it may go on with.
    Second,
}

impl Signer {
    /// The key's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "key-1",
            Self::Second => "key-2",
        }
    }

    /// The key itself.
    pub fn key(self) -> EncodingKey {
        let pem = match self {
            Self::First => FIRST,
            Self::Second => SECOND,
        };
        EncodingKey::from_rsa_pem(pem.as_bytes()).expect("the tests' own key")
    }

    /// The public half, as a key server shows it.
    pub fn jwk(self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key(), Algorithm::RS256).expect("an RSA key");
        let AlgorithmParameters::RSA(public) = jwk.algorithm else { unreachable!("an RSA key") };
        json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.name(), "n": public.n, "e": public.e})
    }
}

impl FakeGoogle {
    /// The claims of a good token that was made now.
    pub fn claims(&self) -> Claims {
        let now = self.now();
        json!({
            "iss": "https://accounts.google.com", "aud": AUDIENCE, "azp": "117", "sub": "117", "email": PUSH_ACCOUNT,
            "email_verified": true, "iat": now.timestamp(), "exp": (now + TimeDelta::hours(1)).timestamp(),
        })
    }

    /// A good token.
    pub fn token(&self) -> String {
        self.sign(Signer::First, &self.claims())
    }

    /// A token with these claims, signed as Google does.
    pub fn sign(&self, signer: Signer, claims: &Claims) -> String {
        let header = json!({"alg": "RS256", "kid": signer.name(), "typ": "JWT"});
        self.sign_with(&header, claims, &signer.key(), Algorithm::RS256)
    }

    /// A token with this header, whatever it says, signed so.
    pub fn sign_with(
        &self,
        header: &Value,
        claims: &Claims,
        key: &EncodingKey,
        algorithm: Algorithm,
    ) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), key, algorithm).expect("the key signs");
        format!("{signed}.{signature}")
    }
}
