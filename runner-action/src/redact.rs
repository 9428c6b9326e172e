//! Takes out of a text what must not be shown: secrets, and characters that change how a terminal or a page shows the rest.
//!
//! Known secrets are replaced wherever they stand, whole or line by line, plain, as JSON writes them or percent-encoded. What
//! looks like a credential is replaced too, known or not. A secret that a program changes by itself cannot be found by anyone.

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Shorter texts of the secret arguments (`eu`, `true`, a port) are no secrets, and would blacken every line.
const SECRET_MIN: usize = 6;

/// Starts of tokens that are secret wherever they appear, with the least number of characters that follow.
const TOKENS: [(&str, usize); 12] = [
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("AKIA", 16),
    ("ASIA", 16),
    ("ya29.", 20),
    ("AIza", 30),
    ("eyJ", 40),
    ("xoxb-", 20),
];

/// Cleans texts; knows the secrets of one run.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<String>,
}

impl Redactor {
    /// A redactor for these secrets.
    pub fn new(secrets: &[String]) -> Self {
        let mut all = Vec::new();
        for secret in secrets {
            // A key of many lines is printed by some programs line by line.
            for piece in std::iter::once(secret.trim()).chain(secret.lines().map(str::trim)) {
                let json = serde_json::Value::from(piece).to_string();
                all.extend([piece.to_owned(), json.trim_matches('"').to_owned(), percent_encode(piece)]);
            }
        }
        all.retain(|text| text.len() >= SECRET_MIN && !text.starts_with("-----"));
        // The longest first, so that no part of a secret is left beside a shorter one.
        all.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        all.dedup();
        Self { secrets: all }
    }

    /// The secrets, for `::add-mask::`; single lines only.
    pub fn masks(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str).filter(|text| !text.contains(['\n', '\r']))
    }

    /// The text without control characters (but newline and tab), without direction marks and without secrets.
    pub fn clean(&self, text: &str) -> String {
        let mut text = plain(text);
        for secret in &self.secrets {
            if text.contains(secret) {
                text = text.replace(secret, MASK);
            }
        }
        mask_user_info(&mask_private_keys(&mask_tokens(text)))
    }
}

/// Drops escape sequences, control characters, and the marks that turn the direction of text.
fn plain(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => {
                // ESC [ parameters letter; any other sequence is two characters.
                if characters.next() == Some('[') {
                    while characters.next_if(|next| !next.is_ascii_alphabetic()).is_some() {}
                    characters.next();
                }
            }
            '\n' | '\t' => kept.push(character),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {}
            _ if character.is_control() => {}
            _ => kept.push(character),
        }
    }
    kept
}

fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.".contains(character)
}

fn mask_tokens(mut text: String) -> String {
    for (start, least) in TOKENS {
        let mut from = 0;
        while let Some(found) = text[from..].find(start).map(|at| from + at) {
            let body = found + start.len();
            let length = text[body..].find(|next| !is_token_character(next)).unwrap_or(text.len() - body);
            let in_word =
                text[..found].chars().next_back().is_some_and(|before| before.is_ascii_alphanumeric());
            if length >= least && !in_word {
                text.replace_range(found..body + length, MASK);
                from = found + MASK.len();
            } else {
                from = body;
            }
        }
    }
    text
}

fn mask_private_keys(text: &str) -> String {
    const END: &str = "-----END ";
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN ").filter(|start| {
        rest[*start..].split(['\n', '\\']).next().is_some_and(|line| line.contains("PRIVATE KEY"))
    }) {
        kept.push_str(&rest[..start]);
        kept.push_str(MASK);
        let end = rest[start..].find(END).map(|at| start + at + END.len());
        rest = end.map_or("", |end| {
            let tail = &rest[end..];
            tail.find("-----").map_or("", |at| &tail[at + 5..])
        });
    }
    kept.push_str(rest);
    kept
}

/// `https://name:password@host` keeps its name and host.
fn mask_user_info(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        kept.push_str(before);
        let authority =
            after.find(|next: char| next.is_whitespace() || "/?#\"'<>".contains(next)).unwrap_or(after.len());
        match after[..authority].rsplit_once('@').and_then(|(user, _)| user.split_once(':')) {
            Some((user, password)) => {
                kept.push_str(user);
                kept.push(':');
                kept.push_str(MASK);
                rest = &after[user.len() + 1 + password.len()..];
            }
            None => rest = after,
        }
    }
    kept.push_str(rest);
    kept
}

fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
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
    fn known_secrets_vanish_in_every_form_that_a_program_writes() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQE\n-----END PRIVATE KEY-----\n";
        let redactor = Redactor::new(&["p/ss+w\"rd".into(), pem.into(), "eu".into()]);
        for text in [
            "p/ss+w\"rd",
            r#"{"key": "p/ss+w\"rd"}"#,
            "key=p%2Fss%2Bw%22rd&x",
            "p/ss\u{1b}[31m+w\"rd",
            "MIIEvQIBADANBg",
            "kqhkiG9w0BAQE",
            pem,
        ] {
            let clean = redactor.clean(text);
            assert!(clean.contains(MASK), "{clean}");
            assert!(!clean.contains("ss") && !clean.contains("MII") && !clean.contains("kqh"), "{clean}");
        }
        assert_eq!(redactor.clean("europe-west1"), "europe-west1");
    }

    #[test]
    fn unknown_credentials_are_known_by_their_form() {
        let redactor = Redactor::default();
        for (text, clean) in [
            ("token ghs_0123456789abcdefghijABCDEFGHIJ end", "token *** end"),
            ("https://user:pass@host/x?a=b", "https://user:***@host/x?a=b"),
            ("see https://example.org/a:b and x@y", "see https://example.org/a:b and x@y"),
            ("a -----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY----- b", "a *** b"),
            ("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"),
            ("the word AKIA alone", "the word AKIA alone"),
        ] {
            assert_eq!(redactor.clean(text), clean);
        }
    }

    #[test]
    fn nothing_is_left_that_moves_a_cursor_or_turns_text() {
        assert_eq!(Redactor::default().clean("a\u{1b}[2Jb\rc\u{202e}d\0e\tf\ng"), "abcde\tf\ng");
    }
}
