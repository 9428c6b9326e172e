//! Writes YAML: decrypted texts in either shape, and encrypted files as SOPS lays them out.

use zeroize::Zeroizing;

use crate::SopsError;
use crate::cipher::{Plain, Type};
use crate::metadata::{Metadata, SECTION};
use crate::tree::{Entry, Node, Scalar};

const INDENT: usize = 4;

/// The text of the file with each value replaced where it stands, up to the section that begins at the character `end`.
pub(crate) fn in_place(text: &str, end: usize, opened: &[(&Scalar, Plain)]) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text.chars();
    let mut at = 0;
    let mut copy = |plain: &mut String, to: usize| {
        plain.extend(rest.by_ref().take(to.saturating_sub(at)));
        at = to;
    };
    let mut skipped = String::new();
    for (scalar, value) in opened {
        copy(&mut plain, scalar.start);
        copy(&mut skipped, scalar.end);
        skipped.clear();
        plain.push_str(&one_line(value));
    }
    copy(&mut plain, end);
    plain
}

/// The values laid out anew, with texts of several lines below `|`.
pub(crate) fn for_people(entries: &[Entry], opened: &[(&Scalar, Plain)]) -> Zeroizing<String> {
    let mut texts = opened.iter().map(|(_, value)| value);
    let mut out = Zeroizing::new(String::new());
    map(&mut out, entries, 0, &mut |depth| {
        texts.next().map_or_else(String::new, |value| readable(value, depth))
    });
    out
}

/// The values laid out with their ciphertexts, in order.
pub(crate) fn values(entries: &[Entry], sealed: &mut impl Iterator<Item = String>) -> String {
    let mut out = String::new();
    map(&mut out, entries, 0, &mut |_| sealed.next().unwrap_or_default());
    out
}

/// The section `sops`.
pub(crate) fn section(metadata: &Metadata) -> Result<String, SopsError> {
    let cannot = |_| SopsError::Metadata("cannot be written".into());
    let text = serde_yaml::to_string(metadata).map_err(cannot)?;
    let indent = " ".repeat(INDENT);
    let mut section = format!("{SECTION}:\n");
    for line in text.lines() {
        // Other readers take a time without quotes for one, and the code over the file is bound to its text.
        let line = match line.split_once(": ") {
            Some((key, time)) if matches!(key.trim_start(), "lastmodified" | "created_at") => {
                format!("{key}: {}", quoted(time.trim_matches(['"', '\''])))
            }
            _ => line.to_owned(),
        };
        if !line.is_empty() {
            section.push_str(&indent);
            section.push_str(&line);
        }
        section.push('\n');
    }
    Ok(section)
}

fn map(out: &mut String, entries: &[Entry], depth: usize, scalar: &mut impl FnMut(usize) -> String) {
    for entry in entries {
        out.push_str(&" ".repeat(depth * INDENT));
        out.push_str(&if is_simple(&entry.key) { entry.key.clone() } else { quoted(&entry.key) });
        out.push(':');
        below(out, &entry.value, depth, scalar);
    }
}

/// What follows a key's colon or an item's dash.
fn below(out: &mut String, value: &Node, depth: usize, scalar: &mut impl FnMut(usize) -> String) {
    match value {
        Node::Scalar(_) => {
            out.push(' ');
            out.push_str(&scalar(depth + 1));
            out.push('\n');
        }
        Node::Map(entries) if entries.is_empty() => out.push_str(" {}\n"),
        Node::List(items) if items.is_empty() => out.push_str(" []\n"),
        Node::Map(entries) => {
            out.push('\n');
            map(out, entries, depth + 1, scalar);
        }
        Node::List(items) => {
            out.push('\n');
            for item in items {
                out.push_str(&" ".repeat((depth + 1) * INDENT));
                out.push('-');
                below(out, item, depth + 1, scalar);
            }
        }
    }
}

fn one_line(value: &Plain) -> Zeroizing<String> {
    Zeroizing::new(match value.kind {
        Type::Bool => value.text.to_lowercase(),
        Type::Int | Type::Float => value.text.to_string(),
        Type::Text | Type::Bytes | Type::Comment => quoted(&value.text),
    })
}

fn readable(value: &Plain, depth: usize) -> String {
    let text = value.text.as_str();
    if value.kind != Type::Text {
        return one_line(value).to_string();
    }
    if is_simple(text) {
        return text.to_owned();
    }
    let is_block = text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.chars().all(|c| c == '\n' || !c.is_control());
    if !is_block {
        return quoted(text);
    }
    let chomping = if text.ends_with('\n') { "|" } else { "|-" };
    let indent = " ".repeat(depth * INDENT);
    let lines =
        text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("\n{indent}{line}") });
    chomping.to_owned() + &lines.collect::<String>()
}

/// Whether a text is the same without quotes: a word that is no number, flag or null in any YAML.
fn is_simple(text: &str) -> bool {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./@".contains(c));
    let is_taken = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    is_word && !is_taken.contains(&text.to_lowercase().as_str()) && text.parse::<f64>().is_err()
}

/// Between double quotes, on one line: <https://yaml.org/spec/1.2.2/#731-double-quoted-style>
fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            // Writing to a string cannot fail.
            c if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
