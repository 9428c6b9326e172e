//! What is a credential by its form, whoever made it: tokens by how they begin, private keys, passwords in addresses, and whatever a
//! name such as `password` or `Authorization` announces.
//!
//! One search finds where something may begin; what begins there is then read by hand. Of a real log almost nothing may be taken
//! away: an announced value that is plainly code, a placeholder or prose stays.

mod named;

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

pub(crate) use named::names_a_secret;

use crate::squeezed::Squeezed;

/// How far a private key may reach. One of 8,192 bits has some 6,400 characters.
const PRIVATE_KEY_MAX: usize = 16 * 1024;
/// A user's name alone in an address is a token from this length on.
const LONE_USER_MIN: usize = 20;

#[derive(Clone, Copy)]
enum Begin {
    /// A token: so many characters follow at least, and so many when it is whole.
    Token { least: usize, whole: usize },
    /// `-----BEGIN`.
    PrivateKey,
    /// `-----END`, of a key whose beginning is not in the text.
    PrivateKeyEnd,
    /// `://`.
    Address,
    /// A name that announces a secret: `password`.
    Name,
    /// The header `Authorization`.
    Header,
    /// The scheme of a header's value.
    Scheme,
    /// The signature of an address that lets in whoever has it.
    Signature,
}

const fn token(least: usize, whole: usize) -> Begin {
    Begin::Token { least, whole }
}

#[rustfmt::skip] // a table
const BEGINNINGS: &[(&str, Begin)] = &[
    ("ghp_", token(20, 36)), ("gho_", token(20, 36)), ("ghu_", token(20, 36)), ("ghs_", token(20, 36)), ("ghr_", token(20, 36)),
    ("github_pat_", token(20, 82)),
    ("AKIA", token(16, 16)), ("ASIA", token(16, 16)),
    ("ya29.", token(20, 20)), ("AIza", token(30, 35)),
    ("eyJ", token(40, 40)),
    ("xoxb-", token(20, 20)), ("xoxp-", token(20, 20)), ("glpat-", token(20, 20)), ("npm_", token(36, 36)), ("pypi-AgE", token(40, 40)),
    // The service's own keys.
    ("pfo_", token(32, 32)),
    ("-----BEGIN ", Begin::PrivateKey),
    ("-----END ", Begin::PrivateKeyEnd),
    ("://", Begin::Address),
    ("password", Begin::Name), ("passwd", Begin::Name), ("passphrase", Begin::Name),
    ("secret", Begin::Name), ("secret_key", Begin::Name), ("secret-key", Begin::Name), ("secretkey", Begin::Name), ("token", Begin::Name), ("credential", Begin::Name),
    ("api_key", Begin::Name), ("api-key", Begin::Name), ("apikey", Begin::Name),
    ("access_key", Begin::Name), ("accesskey", Begin::Name), ("account_key", Begin::Name), ("accountkey", Begin::Name),
    ("private_key", Begin::Name), ("private_key_id", Begin::Name), ("connection_string", Begin::Name), ("encryption_key", Begin::Name),
    ("authorization", Begin::Header),
    ("bearer ", Begin::Scheme), ("basic ", Begin::Scheme),
    ("signature=", Begin::Signature), ("sig=", Begin::Signature), ("x-amz-credential=", Begin::Signature),
];

/// Finds what is a credential by its form.
#[derive(Clone)]
pub(crate) struct Forms {
    begins: AhoCorasick,
}

impl Default for Forms {
    fn default() -> Self {
        let words = BEGINNINGS.iter().map(|(word, _)| word);
        let begins = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(words)
            .unwrap_or_else(|error| unreachable!("a short list of words: {error}"));
        Self { begins }
    }
}

impl Forms {
    /// Every credential in the text, in the order of where it was announced.
    pub(crate) fn find(&self, squeezed: &Squeezed) -> Vec<Range<usize>> {
        let text = squeezed.text();
        let mut spans: Vec<Range<usize>> = Vec::new();
        // A text of nothing but beginnings must not be read once for each: what is taken already is passed over.
        let mut taken = 0;
        let mut ends = Ends::default();
        for found in self.begins.find_iter(text) {
            let (word, begin) = BEGINNINGS[found.pattern().as_usize()];
            let (start, end) = (found.start(), found.end());
            if end <= taken {
                continue;
            }
            let span = match begin {
                Begin::Token { .. } if text[start..end] != *word => None,
                Begin::Token { least, whole } => find_token(squeezed, start..end, least, whole),
                Begin::PrivateKey => find_private_key(text, start, &mut ends),
                Begin::PrivateKeyEnd => find_end_of_private_key(text, start..end),
                Begin::Address => find_password(squeezed, end),
                Begin::Name => named::value_of(squeezed, start..end),
                Begin::Header => named::value_of_header(squeezed, end),
                Begin::Scheme => named::value_of_scheme(squeezed, start..end),
                Begin::Signature => named::value_of_signature(squeezed, start..end),
            };
            taken = span.as_ref().map_or(taken, |span| taken.max(span.end));
            spans.extend(span);
        }
        spans
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)
}

/// Whether a word goes on here from the byte before. An escape that is spelled out is no part of a word.
fn is_in_word(squeezed: &Squeezed, at: usize) -> bool {
    let before = &squeezed.text().as_bytes()[..at];
    before.last().is_some_and(u8::is_ascii_alphanumeric) && !squeezed.is_joint(at) && !ends_in_escape(before)
}

/// Whether a text ends in `\n`, `\x1b`, `\u001b`, `%3D` or `[31m`, letter by letter, as programs quote other programs.
fn ends_in_escape(text: &[u8]) -> bool {
    let ends_in_hex = |mark: &[u8], digits: usize| {
        let at = text.len().checked_sub(digits);
        at.is_some_and(|at| text[..at].ends_with(mark) && text[at..].iter().all(u8::is_ascii_hexdigit))
    };
    let is_letter = matches!(text, [.., b'\\', b'n' | b'r' | b't' | b'f' | b'v' | b'b' | b'a' | b'0']);
    let is_colour = text.strip_suffix(b"m").is_some_and(|rest| {
        let numbers =
            rest.iter().rev().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
        rest[..rest.len() - numbers].ends_with(b"[")
    });
    is_letter || is_colour || ends_in_hex(b"\\x", 2) || ends_in_hex(b"\\u", 4) || ends_in_hex(b"%", 2)
}

fn find_token(squeezed: &Squeezed, begin: Range<usize>, least: usize, whole: usize) -> Option<Range<usize>> {
    // A terminal's lines have at least this many characters; a line that ends before it was not broken by one.
    const WRAPPED_AT: usize = 60;
    if is_in_word(squeezed, begin.start) {
        return None;
    }
    let bytes = squeezed.text().as_bytes();
    let length_to =
        |end: usize, from: usize| bytes[from..end].iter().take_while(|byte| is_token_byte(**byte)).count();
    let mut end = begin.end;
    loop {
        let joint = squeezed.next_joint(end + usize::from(squeezed.is_joint(end)));
        let length = length_to(joint, end);
        end += length;
        let is_web_token = bytes[begin.start] == b'e';
        let is_short = if is_web_token {
            let mut dots = bytes[begin.start..end].iter().filter(|byte| **byte == b'.');
            dots.nth(1).is_none() && length >= WRAPPED_AT
        } else {
            end - begin.end < whole
        };
        // The rest of a token that a line's end broke stands on the next line.
        if end < joint || end == bytes.len() || !is_short {
            break;
        }
    }
    (end - begin.end >= least).then_some(begin.start..end)
}

/// Where the next end of a private key stands, found once.
#[derive(Default)]
struct Ends {
    /// There is none from the first to the second place; that is the end of the text when no other follows.
    none_within: Range<usize>,
}

impl Ends {
    const END: &[u8] = b"-----END ";

    /// The next one at or behind a place. Places rise from call to call.
    fn next(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        if !(self.none_within.start..=self.none_within.end).contains(&at) || self.none_within.is_empty() {
            let found = bytes.get(at..)?.windows(Self::END.len()).position(|window| window == Self::END);
            self.none_within = at..found.map_or(bytes.len(), |found| at + found);
        }
        (self.none_within.end < bytes.len()).then_some(self.none_within.end)
    }
}

fn find_private_key(text: &str, start: usize, ends: &mut Ends) -> Option<Range<usize>> {
    const DASHES: &[u8] = b"-----";
    let bytes = text.as_bytes();
    let find = |wanted: &[u8], from: usize, within: usize| {
        let to = bytes.len().min(from.saturating_add(within));
        bytes.get(from..to)?.windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
    };
    let label = start + "-----BEGIN ".len();
    let label_end = find(DASHES, label, 64)?;
    if !text[label..label_end].contains("PRIVATE KEY") {
        return None;
    }
    let body = label_end + DASHES.len();
    let end = ends.next(bytes, body).filter(|at| *at < body + PRIVATE_KEY_MAX).map(|at| {
        let label = at + Ends::END.len();
        find(DASHES, label, 64).map_or(label, |at| at + DASHES.len())
    });
    // One that was cut off reaches as far as base64 does.
    let end = end.unwrap_or_else(|| {
        let is_key = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=\\".contains(byte);
        body + bytes[body..].iter().take(PRIVATE_KEY_MAX).take_while(is_key).count()
    });
    Some(start..end)
}

/// The end of a key whose beginning was cut away, back to where its base64 begins. Of two ends, none is read over by the other: a dash is
/// no base64.
fn find_end_of_private_key(text: &str, end: Range<usize>) -> Option<Range<usize>> {
    let label = text[end.end..].split_once("-----")?.0;
    if label.len() > 64 || !label.contains("PRIVATE KEY") {
        return None;
    }
    let is_key = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=\\".contains(byte);
    let before = text.as_bytes()[..end.start].iter().rev().take(PRIVATE_KEY_MAX).take_while(is_key).count();
    Some(end.start - before..end.end + label.len() + "-----".len())
}

/// `https://name:password@host` keeps its name and host.
fn find_password(squeezed: &Squeezed, start: usize) -> Option<Range<usize>> {
    let line = &squeezed.text()[start..squeezed.next_joint(start)];
    let authority = line.find(|next: char| next.is_whitespace() || "/?#\"'<>`".contains(next));
    let authority = &line[..authority.unwrap_or(line.len())];
    let (user_info, _) = authority.rsplit_once('@')?;
    let end = start + user_info.len();
    match user_info.split_once(':') {
        Some((_, "")) => None,
        Some((user, _)) => Some(start + user.len() + 1..end),
        None => (user_info.len() >= LONE_USER_MIN).then_some(start..end),
    }
}
