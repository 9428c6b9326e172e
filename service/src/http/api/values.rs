//! One value at a time, from a body or a query: what is taken for a text, a number, a truth or a moment, and the old service's words
//! for what is not.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde_json::{Value, json};

use crate::http::problem::Issue;
use crate::store::page;

/// The longest text that a column takes, in bytes: Postgres indexes nothing that is much longer.
pub(in crate::http) const TEXT_MAX: usize = 2000;
/// The same for what is not sorted by an index.
pub(in crate::http) const LONG_TEXT_MAX: usize = 100_000;
/// Beyond it a number counts milliseconds (microseconds, and so on), not seconds.
const WATERSHED: f64 = 2e10;

/// Why a value cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::http) struct Wrong {
    msg: String,
    kind: &'static str,
    ctx: Option<Value>,
}

impl Wrong {
    fn new(msg: impl Into<String>, kind: &'static str) -> Self {
        Self { msg: msg.into(), kind, ctx: None }
    }

    fn with(msg: impl Into<String>, kind: &'static str, ctx: Value) -> Self {
        Self { msg: msg.into(), kind, ctx: Some(ctx) }
    }

    /// The same with its place.
    pub(in crate::http) fn at(self, part: &str, name: &str) -> Issue {
        Issue { ctx: self.ctx, ..Issue::new([part, name], self.msg, self.kind) }
    }
}

/// A text that an index can hold.
pub(in crate::http) fn text(value: &Value) -> Result<String, Wrong> {
    bounded(value, TEXT_MAX)
}

/// A text of any reasonable length.
pub(in crate::http) fn long_text(value: &Value) -> Result<String, Wrong> {
    bounded(value, LONG_TEXT_MAX)
}

fn bounded(value: &Value, max: usize) -> Result<String, Wrong> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(Wrong::new("str type expected", "type_error.str"));
        }
    };
    storable(text, max)
}

fn storable(text: String, max: usize) -> Result<String, Wrong> {
    if text.len() > max {
        let msg = format!("ensure this value has at most {max} characters");
        return Err(Wrong::with(msg, "value_error.any_str.max_length", json!({ "limit_value": max })));
    }
    if text.contains('\0') {
        return Err(Wrong::new("a text cannot hold the character U+0000", "value_error.any_str.nul"));
    }
    Ok(text)
}

/// A whole number that a column can hold.
pub(in crate::http) fn integer(value: &Value) -> Result<i64, Wrong> {
    match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Ok(number),
            // What lies behind the point is dropped.
            (None, Some(number)) => from_float(number.trunc()),
            (None, None) => Err(not_integer()),
        },
        Value::Bool(truth) => Ok(i64::from(*truth)),
        Value::String(text) => parse_integer(text),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(not_integer()),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the bounds are checked, and the fraction is gone")]
fn from_float(number: f64) -> Result<i64, Wrong> {
    if number >= 9_223_372_036_854_775_807.0 {
        return Err(at_most(i64::MAX));
    }
    if number < -9_223_372_036_854_775_808.0 {
        return Err(at_least(i64::MIN));
    }
    Ok(number as i64)
}

/// A whole number in digits.
pub(in crate::http) fn parse_integer(text: &str) -> Result<i64, Wrong> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_integer());
    }
    text.parse().map_err(|_| if text.starts_with('-') { at_least(i64::MIN) } else { at_most(i64::MAX) })
}

fn not_integer() -> Wrong {
    Wrong::new("value is not a valid integer", "type_error.integer")
}

/// The words for a number that is too small.
pub(in crate::http) fn at_least(limit: i64) -> Wrong {
    let msg = format!("ensure this value is greater than or equal to {limit}");
    Wrong::with(msg, "value_error.number.not_ge", json!({ "limit_value": limit }))
}

/// The words for a number that is too large.
pub(in crate::http) fn at_most(limit: i64) -> Wrong {
    let msg = format!("ensure this value is less than or equal to {limit}");
    Wrong::with(msg, "value_error.number.not_le", json!({ "limit_value": limit }))
}

/// True or false.
pub(in crate::http) fn truth(value: &Value) -> Result<bool, Wrong> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::Number(number) if number.as_f64() == Some(1.0) => Ok(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => Ok(false),
        Value::String(text) => parse_truth(text),
        _ => Err(not_truth()),
    }
}

/// True or false in any of the usual words.
pub(in crate::http) fn parse_truth(text: &str) -> Result<bool, Wrong> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
        "0" | "off" | "f" | "false" | "n" | "no" => Ok(false),
        _ => Err(not_truth()),
    }
}

fn not_truth() -> Wrong {
    Wrong::new("value could not be parsed to a boolean", "type_error.bool")
}

/// A moment: ISO 8601 with a time, or a number since 1970. Without an offset it is UTC.
pub(in crate::http) fn time(value: &Value) -> Result<DateTime<Utc>, Wrong> {
    match value {
        Value::Number(number) => number.as_f64().and_then(from_epoch).ok_or_else(not_time),
        Value::Bool(truth) => from_epoch(f64::from(u8::from(*truth))).ok_or_else(not_time),
        Value::String(text) => parse_time(text),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(Wrong::new("invalid type; expected datetime, string, bytes, int or float", "type_error"))
        }
    }
}

/// The same from a text.
pub(in crate::http) fn parse_time(text: &str) -> Result<DateTime<Utc>, Wrong> {
    let number = text.trim().parse::<f64>().ok();
    number.map_or_else(|| super::iso8601::parse(text), from_epoch).filter(in_range).ok_or_else(not_time)
}

#[expect(clippy::cast_possible_truncation, reason = "below the watershed a number of microseconds fits")]
fn from_epoch(mut number: f64) -> Option<DateTime<Utc>> {
    if !number.is_finite() || number.abs() > 3e20 {
        return None;
    }
    while number.abs() > WATERSHED {
        number /= 1000.0;
    }
    let micros = TimeDelta::microseconds((number * 1e6).round() as i64);
    Utc.timestamp_opt(0, 0).single()?.checked_add_signed(micros).filter(in_range)
}

/// Years of four digits: others are not sorted rightly as text, and nobody means them.
fn in_range(time: &DateTime<Utc>) -> bool {
    use chrono::Datelike;
    (1..=9999).contains(&time.year())
}

fn not_time() -> Wrong {
    Wrong::new("invalid datetime format", "value_error.datetime")
}

/// One of a column's words.
pub(in crate::http) fn word(text: &str, words: &[&str]) -> Result<String, Wrong> {
    if words.contains(&text) { Ok(text.to_owned()) } else { Err(not_a_word(words)) }
}

/// The same from a body.
pub(in crate::http) fn json_word(value: &Value, words: &[&str]) -> Result<String, Wrong> {
    value.as_str().map_or_else(|| Err(not_a_word(words)), |text| word(text, words))
}

/// The words for what is none of a column's words.
fn not_a_word(words: &[&str]) -> Wrong {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let msg = format!("value is not a valid enumeration member; permitted: {}", quoted.join(", "));
    Wrong::with(msg, "type_error.enum", json!({ "enum_values": words }))
}

/// The words for a parameter that is none of a few constants.
pub(in crate::http) fn not_permitted(given: &str, permitted: &[&str]) -> Wrong {
    let quoted: Vec<String> = permitted.iter().map(|word| format!("'{word}'")).collect();
    let msg = format!("unexpected value; permitted: {}", quoted.join(", "));
    Wrong::with(msg, "value_error.const", json!({ "given": given, "permitted": permitted }))
}

/// The words for a list with more filters than can be asked for at once.
pub(in crate::http) fn too_many(most: usize) -> Wrong {
    Wrong::new(format!("at most {most} values to filter by in one request"), "value_error.too_many")
}

/// The words for a cursor that leads nowhere in this list.
pub(in crate::http) fn not_a_cursor() -> Wrong {
    let msg =
        "not a cursor of this list in this order; follow the links of a page with the same order_by and sort";
    Wrong::new(msg, "value_error.cursor")
}

/// A column's value from a query.
pub(in crate::http) fn of_column(kind: page::Kind, text: &str) -> Result<page::Value, Wrong> {
    Ok(match kind {
        page::Kind::Integer => page::Value::Integer(parse_integer(text)?),
        page::Kind::Text | page::Kind::LongText => {
            page::Value::Text(storable(text.to_owned(), LONG_TEXT_MAX)?)
        }
        page::Kind::Word(words) => page::Value::Text(word(text, words)?),
        page::Kind::Bool => page::Value::Bool(parse_truth(text)?),
        page::Kind::Time => page::Value::Time(parse_time(text)?),
    })
}

#[cfg(test)]
mod tests;
