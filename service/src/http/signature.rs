//! GitHub's signature of a delivery: HMAC-SHA256 over the raw bytes.
//! <https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries>

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::problem::Problem;

/// The header that holds it.
pub(crate) const HEADER: &str = "x-hub-signature-256";

/// What the client claims.
pub(super) struct Claim([u8; 32]);

/// Reads the header. More than one is none: which of them would count?
pub(super) fn claim(headers: &HeaderMap) -> Result<Claim, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(if headers.contains_key(HEADER) { Problem::BadSignature } else { Problem::Unsigned });
    };
    if value.is_empty() {
        return Err(Problem::Unsigned);
    }
    let digits = value.as_bytes().strip_prefix(b"sha256=").ok_or(Problem::BadSignature)?;
    if digits.len() != 64 {
        return Err(Problem::BadSignature);
    }
    let mut claimed = [0; 32];
    for (byte, pair) in claimed.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex(pair[0])? << 4 | hex(pair[1])?;
    }
    Ok(Claim(claimed))
}

/// GitHub writes lower case; anything else did not come from there.
fn hex(digit: u8) -> Result<u8, Problem> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(Problem::BadSignature),
    }
}

/// Whether these headers hold a signature of these bytes by one of the secrets.
pub(crate) fn is_signed(headers: &HeaderMap, body: &[u8], secrets: &[SecretString]) -> bool {
    claim(headers).is_ok_and(|claim| verify(&claim, body, secrets).is_ok())
}

/// Whether one of our secrets signed these bytes. Every secret is tried, and each comparison takes the same time whatever it finds.
pub(super) fn verify(claim: &Claim, body: &[u8], secrets: &[SecretString]) -> Result<(), Problem> {
    let mut is_good = false;
    for secret in secrets {
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) {
            mac.update(body);
            is_good |= mac.verify_slice(&claim.0).is_ok();
        }
    }
    if is_good { Ok(()) } else { Err(Problem::BadSignature) }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(value: Option<&[u8]>, body: &[u8], secrets: &[&str]) -> Result<(), Problem> {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(HEADER, HeaderValue::from_bytes(value).expect("a header"));
        }
        let secrets: Vec<SecretString> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
        verify(&claim(&headers)?, body, &secrets)
    }

    /// The example of GitHub's own page.
    const GOOD: &[u8] = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn s1_the_published_example_is_accepted() {
        assert_eq!(check(Some(GOOD), b"Hello, World!", &["It's a Secret to Everybody"]), Ok(()));
    }

    #[test]
    fn s2_two_secrets_are_good_during_a_rotation() {
        assert_eq!(
            check(Some(GOOD), b"Hello, World!", &["the new one", "It's a Secret to Everybody"]),
            Ok(())
        );
        assert_eq!(check(Some(GOOD), b"Hello, World!", &["the new one"]), Err(Problem::BadSignature));
        assert_eq!(check(Some(GOOD), b"Hello, World!", &[]), Err(Problem::BadSignature));
    }

    #[test]
    fn s1_anything_else_is_refused() {
        let secrets = &["It's a Secret to Everybody"];
        assert_eq!(check(None, b"Hello, World!", secrets), Err(Problem::Unsigned));
        assert_eq!(check(Some(b""), b"Hello, World!", secrets), Err(Problem::Unsigned));
        assert_eq!(check(Some(GOOD), b"Hello, World?", secrets), Err(Problem::BadSignature));
        assert_eq!(
            check(Some(&GOOD.to_ascii_uppercase()), b"Hello, World!", secrets),
            Err(Problem::BadSignature)
        );
        assert_eq!(check(Some(&GOOD[..70]), b"Hello, World!", secrets), Err(Problem::BadSignature));
        assert_eq!(check(Some(b"sha1=757107ea"), b"Hello, World!", secrets), Err(Problem::BadSignature));
        assert_eq!(check(Some(b"sha256=\xe9\xe9"), b"Hello, World!", secrets), Err(Problem::BadSignature));
        for bit in 0..32 * 8 {
            let mut flipped = GOOD.to_vec();
            flipped[7 + bit / 4] ^= 1 << (bit % 4);
            assert_eq!(check(Some(&flipped), b"Hello, World!", secrets), Err(Problem::BadSignature));
        }
        let mut headers = HeaderMap::new();
        headers.append(HEADER, HeaderValue::from_bytes(GOOD).expect("a header"));
        headers.append(HEADER, HeaderValue::from_bytes(GOOD).expect("a header"));
        assert!(matches!(claim(&headers), Err(Problem::BadSignature)));
    }
}
