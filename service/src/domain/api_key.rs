//! API keys: their form, and what each may be used for.
//!
//! A key is `pfo_`, 40 random characters and 6 of a checksum, so that a scanner knows one when it sees it and a mistyped one is refused
//! without a look into the database. Only its SHA-256 is ever kept.

use std::fmt;

use sha2::{Digest, Sha256};

/// What every key begins with.
pub const PREFIX: &str = "pfo_";
/// Random characters: 62^40 keys are 238 bits.
const RANDOM: usize = 40;
const CHECKSUM: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everything, keys excepted: those are made on the command line only.
    Admin,
    /// Making, changing and removing recipe runs.
    Runs,
    /// Reading logs.
    Logs,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Runs, Self::Logs];

    /// Its word in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Runs => "runs",
            Self::Logs => "logs",
        }
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The key that these random bytes make. Bytes that would favour some characters are passed over, so there should be some to spare: 64 do.
/// `None` when they do not suffice.
pub fn make(random: &[u8]) -> Option<String> {
    let fair = random.iter().filter(|byte| usize::from(**byte) < 4 * DIGITS.len());
    let body: String = fair.take(RANDOM).map(|byte| digit(u32::from(*byte))).collect();
    (body.len() == RANDOM).then(|| format!("{PREFIX}{body}{}", checksum(&body)))
}

/// Whether a text has the form of a key, its checksum included.
pub fn is_well_formed(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PREFIX) else { return false };
    rest.len() == RANDOM + CHECKSUM
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && rest.split_at_checked(RANDOM).is_some_and(|(body, sum)| checksum(body) == sum)
}

/// What is kept of a key, in hexadecimal digits.
pub fn hash(key: &str) -> String {
    use fmt::Write;
    Sha256::digest(key.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// By what people tell keys apart: the beginning, from which nobody guesses the rest.
pub fn hint(key: &str) -> &str {
    key.get(..PREFIX.len() + 5).unwrap_or(key)
}

fn digit(number: u32) -> char {
    char::from(DIGITS[number as usize % DIGITS.len()])
}

fn checksum(body: &str) -> String {
    let mut rest = crc32(body.as_bytes());
    let mut text = String::with_capacity(CHECKSUM);
    for _ in 0..CHECKSUM {
        text.push(digit(rest));
        rest /= 62;
    }
    text
}

/// CRC-32 as in ISO 3309: nine lines are less than a dependency.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s23_a_key_is_recognised_by_its_prefix_and_its_checksum() {
        let random: Vec<u8> = (0..64).map(|at| at * 3).collect();
        let key = make(&random).expect("enough bytes");
        assert_eq!(key.len(), 50);
        assert!(is_well_formed(&key), "{key}");
        for at in PREFIX.len()..key.len() {
            let mut other = key.clone();
            let replacement = if &key[at..=at] == "a" { "b" } else { "a" };
            other.replace_range(at..=at, replacement);
            assert!(!is_well_formed(&other), "{other}");
        }
        for bad in ["", "pfo_", &key[1..], &format!("{key}0"), "pfo_é", &"é".repeat(25)] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn bytes_that_would_make_some_characters_likelier_are_passed_over() {
        assert_eq!(make(&[255; 64]), None);
        assert_eq!(make(&[0; 39]), None);
        assert!(make(&[0; 40]).is_some());
    }

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn s23_what_is_kept_is_a_hash() {
        assert_eq!(hash("test"), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
        let key = make(&[7; 64]).expect("enough bytes");
        assert!(!hash(&key).contains(&key[4..12]) && hint(&key).len() == 9);
    }
}
