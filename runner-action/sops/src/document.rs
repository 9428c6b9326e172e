//! A whole file: every value and the message authentication code over all of them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA512};
use zeroize::Zeroizing;

use crate::cipher::{Plain, Type, open, seal};
use crate::metadata::{Metadata, SECTION, WrappedKey};
use crate::tree::{Scalar, dotted, layout, parse, walk};
use crate::{DataKey, SopsError, emit};

/// How the decrypted text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Each key on the line where it stands in the encrypted file, so that what is said about a line holds for that file.
    SameLines,
    /// Texts of several lines below `|`, for people who read or change it.
    ForPeople,
}

/// Whether a text has the section that encrypted files have; where it cannot be parsed, whether it looks so.
pub fn is_encrypted(text: &str) -> bool {
    match parse(text) {
        Ok(entries) => entries.iter().any(|entry| entry.key == SECTION),
        Err(_) => {
            text.lines().any(|line| line.strip_prefix(SECTION).is_some_and(|rest| rest.starts_with(':')))
        }
    }
}

/// Decrypts a file with its data key, and verifies it: each value is from its place, and none was changed, added or left out. The
/// section `sops`, which must come last, and comments that are encrypted are left out.
pub fn decrypt(text: &str, key: &DataKey, shape: Shape) -> Result<Zeroizing<String>, SopsError> {
    let mut entries = parse(text)?;
    let metadata = Metadata::of(text)?;
    let section = entries.pop().filter(|last| last.key == SECTION);
    let section =
        section.ok_or_else(|| layout(0, "keys below the section `sops`, which must be the last"))?;
    let mut digest = Context::new(&SHA512);
    let mut opened: Vec<(&Scalar, Plain)> = Vec::new();
    walk(&entries, &mut |path, scalar| {
        if !scalar.text.starts_with("ENC[") {
            let what = format!("`{}` is in clear; every value must be encrypted", dotted(path));
            return Err(layout(scalar.line, &what));
        }
        let plain = open(&scalar.text, key, path)
            .filter(|plain| plain.kind != Type::Comment)
            .ok_or_else(|| SopsError::Value { line: scalar.line, path: dotted(path) })?;
        digest.update(plain.text.as_bytes());
        opened.push((scalar, plain));
        Ok(())
    })?;
    let told = open(&metadata.mac, key, &metadata.lastmodified).ok_or(SopsError::Mac)?;
    let found = hex(digest.finish().as_ref());
    verify_slices_are_equal(told.text.as_bytes(), found.as_bytes()).map_err(|_| SopsError::Mac)?;
    Ok(match shape {
        Shape::SameLines => emit::in_place(text, section.start, &opened),
        Shape::ForPeople => emit::for_people(&entries, &opened),
    })
}

/// Encrypts a YAML text, each value for its place. `lastmodified` is now, in RFC 3339. Comments do not go along: in clear they could
/// say too much.
pub fn encrypt(
    text: &str,
    key: &DataKey,
    wrapped: &[WrappedKey],
    lastmodified: &str,
) -> Result<String, SopsError> {
    let entries = parse(text)?;
    if entries.iter().any(|entry| entry.key == SECTION) {
        return Err(SopsError::Encrypted);
    }
    let mut digest = Context::new(&SHA512);
    let mut sealed = Vec::new();
    walk(&entries, &mut |path, scalar| {
        let plain = plain(path, scalar)?;
        digest.update(plain.text.as_bytes());
        sealed.push(seal(&plain, key, path)?);
        Ok(())
    })?;
    let mac = Plain { kind: Type::Text, text: Zeroizing::new(hex(digest.finish().as_ref())) };
    let mac = seal(&mac, key, lastmodified)?;
    let section = emit::section(&Metadata::new(wrapped, lastmodified, mac))?;
    Ok(emit::values(&entries, &mut sealed.into_iter()) + &section)
}

/// What a scalar is to SOPS, and its text as the message authentication code wants it.
fn plain(path: &str, scalar: &Scalar) -> Result<Plain, SopsError> {
    let text = scalar.text.as_str();
    if text.is_empty() || (scalar.is_plain && matches!(text, "~" | "null" | "Null" | "NULL")) {
        let what = format!("`{}` is empty, which cannot be encrypted; leave the key out", dotted(path));
        return Err(layout(scalar.line, &what));
    }
    let known = |kind, text: String| Ok(Plain { kind, text: Zeroizing::new(text) });
    if !scalar.is_plain {
        return known(Type::Text, text.to_owned());
    }
    match text {
        "true" | "True" | "TRUE" => return known(Type::Bool, "True".into()),
        "false" | "False" | "FALSE" => return known(Type::Bool, "False".into()),
        _ => {}
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && text.bytes().any(|b| b.is_ascii_digit())
    {
        // A date has hyphens and digits too.
        return match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => known(Type::Int, text.to_owned()),
            _ => known(Type::Text, text.to_owned()),
        };
    }
    let looks_like_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match text.parse::<f64>() {
        Ok(number) if looks_like_number && number.is_finite() => known(Type::Float, number.to_string()),
        _ => known(Type::Text, text.to_owned()),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}
