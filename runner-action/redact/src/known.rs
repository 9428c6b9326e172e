//! The forms in which a known secret is met.

use std::fmt::Write as _;

/// Shorter texts of the secret arguments (`eu`, `true`, a port) are no secrets, and would blacken every line.
pub(crate) const SECRET_MIN: usize = 6;

/// A secret with more spaces than these is a text, of which a part says little.
const BREAKS_MAX: usize = 32;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The secrets whole and line by line, plain, as JSON writes them and percent-encoded; the longest first. A key of many lines is
/// printed by some programs line by line.
pub(crate) fn pieces(secrets: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for secret in secrets {
        for piece in std::iter::once(secret.trim()).chain(secret.lines().map(str::trim)) {
            let json = serde_json::Value::from(piece).to_string();
            let json = json.get(1..json.len() - 1).unwrap_or_default().to_owned();
            all.extend([piece.to_owned(), json]);
            all.extend(percent_encodings(piece));
        }
    }
    all.retain(|text| text.len() >= SECRET_MIN && !text.starts_with("-----"));
    all.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    all.dedup();
    all
}

/// The secret without one of its spaces: who breaks a line there leaves it out.
pub(crate) fn broken_at_spaces(secret: &str) -> Vec<String> {
    let without = |(at, space): (usize, &str)| format!("{}{}", &secret[..at], &secret[at + space.len()..]);
    secret.match_indices(' ').take(BREAKS_MAX).map(without).collect()
}

/// The secrets in base64, also as a part of something longer, and in hexadecimal.
pub(crate) fn encodings(secrets: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for secret in secrets {
        // With its last newline, a secret that came out of a file has another end.
        for bytes in [secret.trim().as_bytes(), secret.as_bytes()] {
            if bytes.len() < SECRET_MIN {
                continue;
            }
            for alphabet in [STANDARD, URL_SAFE] {
                all.extend((0..3).map(|before| base64_within(bytes, before, alphabet)));
            }
            let lower = bytes.iter().fold(String::new(), |mut hex, byte| {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            all.extend([lower.to_uppercase(), lower]);
        }
    }
    all.sort();
    all.dedup();
    all
}

/// The characters of base64 that depend on these bytes alone when `before` other bytes (modulo 3) stand before them, and any after.
fn base64_within(bytes: &[u8], before: usize, alphabet: &[u8; 64]) -> String {
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    // The first group of six bits that begins within these bytes.
    let first = (6 - before * 8 % 6) % 6;
    let whole = (bytes.len() * 8 - first) / 6;
    let groups = (0..whole).map(|group| {
        (0..6).fold(0_usize, |value, offset| value << 1 | usize::from(bit(first + group * 6 + offset)))
    });
    groups.map(|value| char::from(alphabet[value])).collect()
}

/// As the common libraries write it in an address: in capital or small digits, with or without the slash, with `+` for a space.
fn percent_encodings(text: &str) -> impl Iterator<Item = String> {
    let whole = percent_encode(text);
    let pathlike = whole.replace("%2F", "/");
    let forms = [whole.replace("%20", "+"), pathlike.replace("%20", "+"), whole, pathlike];
    let small = |form: String| {
        let mut small = form.clone();
        for (at, _) in form.match_indices('%') {
            let digits = form[at..at + 3].to_ascii_lowercase();
            small.replace_range(at..at + 3, &digits);
        }
        [form, small]
    };
    forms.into_iter().flat_map(small)
}

fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s19_an_address_may_spell_a_secret_in_eight_ways() {
        let all: Vec<String> = percent_encodings("a /b?").collect();
        for form in [
            "a%20%2Fb%3F",
            "a%20%2fb%3f",
            "a%20/b%3F",
            "a%20/b%3f",
            "a+%2Fb%3F",
            "a+%2fb%3f",
            "a+/b%3F",
            "a+/b%3f",
        ] {
            assert!(all.iter().any(|one| one == form), "{form} is not in {all:?}");
        }
    }

    #[test]
    fn base64_is_found_wherever_the_secret_begins() {
        assert_eq!(base64_within(b"hunter2", 0, STANDARD), "aHVudGVyM", "of aHVudGVyMg==");
        assert_eq!(base64_within(b"hunter2", 1, STANDARD), "h1bnRlcj", "of eGh1bnRlcjI=");
        assert_eq!(base64_within(b"hunter2", 2, STANDARD), "odW50ZXIy", "of eHhodW50ZXIy");
    }
}
