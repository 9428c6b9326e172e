//! Reading the fields of a body as the old service read them: what can be understood is taken, and everything that cannot is told at once,
//! each with its place.
//!
//! Its rules were pydantic's: a number stands for a text, a text of digits for a number, `"yes"` for true, seconds or milliseconds since
//! 1970 for a moment. Fields that nobody knows are passed over.

use std::borrow::Cow;

use axum::body::Bytes;
use serde_json::{Map, Value, json};

use super::values;
use crate::domain::public::NaiveTime;
use crate::http::problem::{Issue, Problem};

/// More of a body that cannot be read is not repeated to its sender.
const SHOWN: usize = 1000;

/// The fields of a body, and what is wrong with those that were read so far.
pub(in crate::http) struct Fields {
    object: Map<String, Value>,
    issues: Vec<Issue>,
}

/// What a field says.
#[derive(Debug, PartialEq)]
pub(in crate::http) enum Told<T> {
    /// Nothing: it is not there.
    Nothing,
    /// That there is no value.
    Null,
    /// A value.
    Value(T),
    /// Something that cannot be used; noted.
    Unusable,
}

impl<T> Told<T> {
    /// The value, where only a value will do.
    fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

impl Fields {
    /// The fields of a body. What is JSON but no object has none of them.
    pub(in crate::http) fn read(body: &Bytes) -> Result<Self, Problem> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(missing_body());
        }
        let value =
            serde_json::from_slice(body).map_err(|error| Problem::Invalid(vec![not_json(body, &error)]))?;
        match value {
            Value::Null => Err(missing_body()),
            Value::Object(object) => Ok(Self { object, issues: Vec::new() }),
            _ => Ok(Self { object: Map::new(), issues: Vec::new() }),
        }
    }

    /// Whether something was wrong.
    pub(in crate::http) fn have_issues(&self) -> bool {
        !self.issues.is_empty()
    }

    /// Fails with everything that was wrong.
    pub(in crate::http) fn finish(self) -> Result<(), Problem> {
        if self.issues.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.issues)) }
    }

    /// Notes something that is wrong with a field, or with several together.
    pub(in crate::http) fn refuse(&mut self, field: &str, msg: impl Into<String>, kind: &'static str) {
        self.issues.push(Issue::new(["body", field], msg, kind));
    }

    /// A field that must be there.
    pub(in crate::http) fn required<T>(
        &mut self,
        name: &str,
        read: fn(&Value) -> Result<T, values::Wrong>,
    ) -> Option<T> {
        if !self.object.contains_key(name) {
            self.refuse(name, "field required", "value_error.missing");
            return None;
        }
        self.some(name, read).value()
    }

    /// A field that may be left out, and has a value when it is not.
    pub(in crate::http) fn some<T>(
        &mut self,
        name: &str,
        read: fn(&Value) -> Result<T, values::Wrong>,
    ) -> Told<T> {
        match self.any(name, read) {
            Told::Null => {
                self.refuse(name, "none is not an allowed value", "type_error.none.not_allowed");
                Told::Unusable
            }
            told => told,
        }
    }

    /// A field that may be left out, and may be null.
    pub(in crate::http) fn any<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, values::Wrong>,
    ) -> Told<T> {
        match self.object.get(name) {
            None => Told::Nothing,
            Some(Value::Null) => Told::Null,
            Some(value) => match read(value) {
                Ok(value) => Told::Value(value),
                Err(wrong) => {
                    self.issues.push(wrong.at("body", name));
                    Told::Unusable
                }
            },
        }
    }

    /// Changes a column where its field has a value.
    pub(in crate::http) fn change<T>(
        &mut self,
        name: &str,
        read: fn(&Value) -> Result<T, values::Wrong>,
        column: &mut T,
    ) {
        if let Told::Value(value) = self.some(name, read) {
            *column = value;
        }
    }

    /// Changes a column that may be empty where its field is there.
    pub(in crate::http) fn change_or_clear<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, values::Wrong>,
        column: &mut Option<T>,
    ) {
        match self.any(name, read) {
            Told::Value(value) => *column = Some(value),
            Told::Null => *column = None,
            Told::Nothing | Told::Unusable => {}
        }
    }
}

/// A moment.
pub(in crate::http) fn time(value: &Value) -> Result<NaiveTime, values::Wrong> {
    values::time(value).map(NaiveTime)
}

fn missing_body() -> Problem {
    let issue = Issue {
        loc: vec!["body".into()],
        msg: "field required".into(),
        kind: "value_error.missing",
        ctx: None,
    };
    Problem::Invalid(vec![issue])
}

fn not_json(body: &[u8], error: &serde_json::Error) -> Issue {
    let (line, column) = (error.line(), error.column());
    let text = String::from_utf8_lossy(body);
    let before = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(|line| line.chars().count())
        .sum::<usize>();
    // The parser counts columns from 1, and stands behind what it stumbled over.
    let at = before + column.saturating_sub(1);
    let whole = error.to_string();
    let said = whole.split(" at line ").next().unwrap_or_default();
    let shown: Cow<'_, str> = match text.char_indices().nth(SHOWN) {
        Some((end, _)) => Cow::Owned(text[..end].to_owned()),
        None => text.clone(),
    };
    Issue {
        loc: vec!["body".into(), at.into()],
        msg: format!("{said}: line {line} column {column} (char {at})"),
        kind: "value_error.jsondecode",
        ctx: Some(json!({ "msg": said, "doc": shown, "pos": at, "lineno": line, "colno": column })),
    }
}
