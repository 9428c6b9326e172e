//! Values that a name announces: `password=…`, `"secret": "…"`, `--token …`, `Authorization: Bearer …`, `&sig=…`.

use std::ops::Range;

use crate::squeezed::Squeezed;

/// Shorter values are no secrets worth the name.
const VALUE_MIN: usize = 4;
/// Of a value that prose may be, this many characters are a secret.
const LONG: usize = 20;
/// What stands in the place of a secret, or says how one is found.
const HARMLESS: [&str; 15] = [
    "none",
    "null",
    "true",
    "false",
    "anon",
    "anonymous",
    "cache",
    "cloud",
    "google_default",
    "browser",
    "undefined",
    "redacted",
    "required",
    "optional",
    "default",
];
/// What the names of fields end in whose text is a secret. A signature may also stand in the middle of one.
const NAMES: [&str; 14] = [
    "secretkey",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "accesskey",
    "accountkey",
    "privatekey",
    "connectionstring",
    "authorization",
    "cookie",
];

/// Whether the text of a field with this name is a secret: `password`, `X-Hub-Signature-256`, `AWS_SECRET_ACCESS_KEY`.
pub(crate) fn names_a_secret(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    name.contains("signature") || NAMES.iter().any(|part| name.ends_with(part))
}

/// How a name and its value are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    /// `name=value`, `name := value`, `name => value`.
    Equals,
    /// `name: value`, which may be a sentence.
    Colon,
    /// `--name value`.
    Space,
}

/// What follows a name.
struct Announced {
    join: Join,
    /// The value without its quotes.
    value: Range<usize>,
    is_quoted: bool,
}

/// Reads along one line.
struct Cursor<'a> {
    squeezed: &'a Squeezed,
    bytes: &'a [u8],
    at: usize,
    /// The end of the line.
    end: usize,
}

impl<'a> Cursor<'a> {
    fn new(squeezed: &'a Squeezed, at: usize) -> Self {
        Self { squeezed, bytes: squeezed.text().as_bytes(), at, end: squeezed.next_joint(at) }
    }

    fn peek(&self) -> Option<u8> {
        (self.at < self.end).then(|| self.bytes[self.at])
    }

    fn skip(&mut self, is: impl Fn(u8) -> bool) -> usize {
        let from = self.at;
        while self.peek().is_some_and(&is) {
            self.at += 1;
        }
        self.at - from
    }

    /// A quote with the backslashes before it, if one is here.
    fn quote(&mut self) -> Option<(u8, bool)> {
        let from = self.at;
        let is_escaped = self.skip(|byte| byte == b'\\') > 0;
        if let Some(quote @ (b'"' | b'\'' | b'`')) = self.peek() {
            self.at += 1;
            Some((quote, is_escaped))
        } else {
            self.at = from;
            None
        }
    }

    /// To the quote that ends what this one began.
    fn quoted(&mut self, (quote, is_escaped): (u8, bool)) -> Range<usize> {
        let from = self.at;
        while let Some(byte) = self.peek() {
            if byte == quote {
                let slashes =
                    self.bytes[from..self.at].iter().rev().take_while(|byte| **byte == b'\\').count();
                if is_escaped {
                    return from..self.at - slashes;
                }
                if slashes % 2 == 0 {
                    break;
                }
            }
            self.at += 1;
        }
        from..self.at
    }

    /// To where a value without quotes ends.
    fn bare(&mut self) -> Range<usize> {
        let from = self.at;
        self.at = self.squeezed.end_of_bare(from, self.end);
        from..self.at
    }
}

/// Reads from the end of a name: its own quote, what joins it to the value, and the value.
fn announced(squeezed: &Squeezed, name: Range<usize>) -> Option<Announced> {
    let mut cursor = Cursor::new(squeezed, name.end);
    cursor.skip(|byte| byte == b's' || byte.is_ascii_digit());
    cursor.quote();
    let spaces = cursor.skip(|byte| byte == b' ');
    let join = match cursor.peek() {
        Some(b'=') => Join::Equals,
        Some(b':') if cursor.bytes.get(cursor.at + 1) == Some(&b'=') => Join::Equals,
        Some(b':') => Join::Colon,
        Some(_) if spaces > 0 && is_option(squeezed, name.start) => Join::Space,
        _ => return None,
    };
    cursor.skip(|byte| matches!(byte, b'=' | b':' | b'>'));
    cursor.skip(|byte| byte == b' ');
    // Python's prefixes of strings.
    if matches!(cursor.peek(), Some(b'b' | b'r' | b'u'))
        && matches!(cursor.bytes.get(cursor.at + 1), Some(b'"' | b'\''))
    {
        cursor.at += 1;
    }
    let quote = cursor.quote();
    let value = quote.map_or_else(|| None, |quote| Some(cursor.quoted(quote)));
    let is_quoted = value.is_some();
    let value = value.unwrap_or_else(|| cursor.bare());
    Some(Announced { join, value, is_quoted })
}

/// Whether the word that goes on here began as `--`.
fn is_option(squeezed: &Squeezed, at: usize) -> bool {
    let before =
        squeezed.text()[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    squeezed.text()[before.len()..at].contains("--")
}

/// The value that a name announces, unless it is plainly none.
pub(super) fn value_of(squeezed: &Squeezed, name: Range<usize>) -> Option<Range<usize>> {
    let text = squeezed.text();
    let found = announced(squeezed, name.clone())?;
    let value = text[found.value.clone()].trim_end_matches('.');
    let range = found.value.start..found.value.start + value.len();
    if value.len() < VALUE_MIN || is_harmless(value) {
        return None;
    }
    if !found.is_quoted {
        let word = text[name.clone()].to_ascii_lowercase();
        let is_called = matches!(text.as_bytes().get(found.value.end), Some(b'(' | b'['));
        let is_path = value.bytes().all(|byte| byte.is_ascii_alphabetic() || b"._".contains(&byte))
            && value.contains('.');
        let is_small_number = value.len() < 8 && value.bytes().all(|byte| byte.is_ascii_digit());
        if is_called || is_path || is_small_number || value.eq_ignore_ascii_case(&word) {
            return None;
        }
        let is_said_of_a_password = word.starts_with("pass");
        if found.join == Join::Colon && !is_said_of_a_password && !looks_random(value) {
            return None;
        }
    }
    Some(range)
}

fn is_harmless(value: &str) -> bool {
    let starts = ["$", "{", "<", "%(", "***", "xxx", "..."];
    starts.iter().any(|start| value.starts_with(start))
        || HARMLESS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether no word of a sentence is written so.
fn looks_random(value: &str) -> bool {
    value.len() >= LONG
        || value.bytes().any(|byte| byte.is_ascii_digit())
        || value.contains(['+', '/', '=', '%', '!', '^', '~'])
}

/// The credential in the value of `Authorization`, whose scheme is kept.
pub(super) fn value_of_header(squeezed: &Squeezed, end: usize) -> Option<Range<usize>> {
    let found = announced(squeezed, end..end)?;
    let mut cursor = Cursor::new(squeezed, found.value.start);
    let scheme = cursor.skip(|byte| byte.is_ascii_alphabetic());
    let spaces = cursor.skip(|byte| byte == b' ');
    let is_schemed = scheme > 0 && spaces > 0;
    if !is_schemed {
        let value = &squeezed.text()[found.value.clone()];
        return (value.len() >= VALUE_MIN && looks_random(value) && !is_harmless(value))
            .then_some(found.value);
    }
    let value = if found.is_quoted { cursor.at..found.value.end.max(cursor.at) } else { cursor.bare() };
    let text = &squeezed.text()[value.clone()];
    (text.len() >= VALUE_MIN
        && !is_harmless(text)
        && (found.is_quoted || looks_random(text) || text.len() >= 8))
        .then_some(value)
}

/// The credential after `Bearer` or `Basic` where no header is named.
pub(super) fn value_of_scheme(squeezed: &Squeezed, scheme: Range<usize>) -> Option<Range<usize>> {
    let value = Cursor::new(squeezed, scheme.end).bare();
    let text = squeezed.text()[value.clone()].trim_end_matches('.');
    let is_mixed = text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_random = text.bytes().any(|byte| byte.is_ascii_digit()) || (is_mixed && text.ends_with('='));
    (text.len() >= 12 && is_random && !super::is_in_word(squeezed, scheme.start))
        .then(|| value.start..value.start + text.len())
}

/// The signature in the query of an address.
pub(super) fn value_of_signature(squeezed: &Squeezed, name: Range<usize>) -> Option<Range<usize>> {
    let before = name.start.checked_sub(1).map(|before| squeezed.text().as_bytes()[before]);
    let is_parameter = matches!(before, Some(b'?' | b'&' | b'-' | b';'));
    let value = Cursor::new(squeezed, name.end).bare();
    (is_parameter && value.len() >= 8 && !is_harmless(&squeezed.text()[value.clone()])).then_some(value)
}
