//! Takes out of a text what must not be shown: secrets, and characters that change how a terminal or a page shows the rest.
//!
//! Known secrets are found wherever they stand, whole or line by line: plain, as JSON writes them, percent-encoded, in base64 or in
//! hexadecimal. What looks like a credential is found too, known or not. Neither an escape sequence in the middle nor a line's end
//! hides one. A secret that a program changes by itself cannot be found by anyone.
//!
//! A text is redacted whole, and cut afterwards: the half of a secret is not recognised. Nothing but texts may enter: no I/O, and no
//! knowledge of where a text comes from.

pub mod canaries;
mod forms;
mod known;
mod squeezed;

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;

use forms::Forms;
use squeezed::Squeezed;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Cleans texts; knows the secrets of one run, or of the service.
#[derive(Clone, Default)]
pub struct Redactor {
    /// The secrets in every form, the longest first.
    secrets: Vec<String>,
    /// Finds them; none where there are none.
    known: Option<AhoCorasick>,
    forms: Forms,
}

impl std::fmt::Debug for Redactor {
    /// Says nothing of the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// A redactor for these secrets. Those of fewer than six bytes are no secrets, and would blacken every line.
    pub fn new(secrets: &[String]) -> Self {
        let plain = known::pieces(secrets);
        let mut wanted: Vec<String> = plain.iter().map(|text| squeezed::joined(text)).collect();
        wanted.extend(plain.iter().flat_map(|text| known::broken_at_spaces(&squeezed::joined(text))));
        wanted.extend(known::encodings(secrets));
        wanted.retain(|text| text.len() >= known::SECRET_MIN);
        let known = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&wanted).ok();
        Self { secrets: plain, known: known.filter(|_| !wanted.is_empty()), forms: Forms::default() }
    }

    /// The secrets as a program may print them on one line, for `::add-mask::`.
    pub fn masks(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str).filter(|text| !text.contains(['\n', '\r']))
    }

    /// The text without control characters (but newline and tab), without direction marks and without secrets. It keeps its lines.
    pub fn clean(&self, text: &str) -> String {
        self.mask(&squeezed::plain(text))
    }

    /// The text without secrets, otherwise as it is. It keeps its lines: each that a secret reaches over gets a mask.
    pub fn mask(&self, text: &str) -> String {
        let squeezed = Squeezed::new(text);
        let mut spans = self.forms.find(&squeezed);
        if let Some(known) = &self.known {
            spans.extend(known.find_iter(squeezed.text()).map(|found| found.range()));
        }
        if spans.is_empty() {
            return text.to_owned();
        }
        let mut kept = String::with_capacity(text.len());
        let mut taken = 0;
        for span in merged(spans) {
            let (from, to) = (squeezed.origin(span.start), squeezed.origin_of_end(span.end));
            kept.push_str(&text[taken..from]);
            kept.push_str(MASK);
            for (at, _) in text[from..to].match_indices('\n') {
                let rest = &text[from + at + 1..to];
                let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                kept.push('\n');
                kept.push_str(&rest[..indent]);
                kept.push_str(MASK);
            }
            taken = to;
        }
        kept.push_str(&text[taken..]);
        kept
    }

    /// Whether there is anything in the text that must not be shown.
    pub fn finds(&self, text: &str) -> bool {
        let squeezed = Squeezed::new(text);
        self.known.as_ref().is_some_and(|known| known.is_match(squeezed.text()))
            || !self.forms.find(&squeezed).is_empty()
    }

    /// Takes secrets out of every text in a JSON value. What a key such as `password` names is one, whatever it looks like.
    pub fn mask_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                let clean = self.mask(text);
                if clean != *text {
                    *text = clean;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_json(item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    match field {
                        Value::String(text) if forms::names_a_secret(name) && !text.is_empty() => {
                            MASK.clone_into(text);
                        }
                        other => self.mask_json(other),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The spans in their order; those that touch or overlap are one secret to whoever reads.
fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}
