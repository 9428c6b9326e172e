//! `meta.yaml` as a small tree in which every key and value knows its place in the file.
//!
//! Only the tree and how to look into it: [`super::tree`] builds it, the rules read it.

use serde_json::Value;

use super::finding::{Place, quoted};
use super::scalar::Plain;

/// A value, or a key.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it stands, to its last line.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
    /// Itself and all nodes below it.
    pub size: usize,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A text, quoted or not.
    Text(String),
    /// An unquoted scalar that is no text, as it was written.
    Other(Plain, String),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order of the file.
    Mapping(Vec<Entry>),
}

/// One key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Almost always a text.
    pub key: Node,
    /// The value; [`Plain::Null`] when there is none.
    pub value: Node,
}

impl Node {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// The items, if it is a list.
    pub fn items(&self) -> Option<&[Node]> {
        if let Kind::Sequence(items) = &self.kind { Some(items) } else { None }
    }

    /// The keys and values, if it is a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        if let Kind::Mapping(entries) = &self.kind { Some(entries) } else { None }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Other(Plain::Null, _))
    }

    /// Whether it is the key that merges another mapping into its own.
    pub fn is_merge(&self) -> bool {
        matches!(&self.kind, Kind::Other(Plain::Reserved, raw) if raw == "<<")
    }

    /// What it is without a word of it, for a message about a file that holds secrets: `a number`.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Text(_) => "a text",
            Kind::Other(Plain::Null, _) => "nothing",
            Kind::Other(Plain::Bool, _) => "`true` or `false`",
            Kind::Other(Plain::Number, _) => "a number",
            Kind::Other(Plain::Date, _) => "a date",
            Kind::Other(_, _) => "a word with a meaning of its own in YAML",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping of keys to values",
        }
    }

    /// The same in JSON. What JSON cannot hold, such as a date or a key that is no text, becomes the text that was written.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Text(text) => Value::String(text.clone()),
            Kind::Other(Plain::Date | Plain::Reserved, raw) => Value::String(raw.clone()),
            Kind::Other(_, raw) => serde_yaml::from_str(raw).unwrap_or_else(|_| Value::String(raw.clone())),
            Kind::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Kind::Mapping(entries) => {
                let pairs = entries.iter().map(|Entry { key, value }| {
                    let name = match &key.kind {
                        Kind::Text(text) | Kind::Other(_, text) => text.clone(),
                        Kind::Sequence(_) | Kind::Mapping(_) => key.type_name().to_owned(),
                    };
                    (name, value.to_json())
                });
                Value::Object(pairs.collect())
            }
        }
    }

    /// The same, said to stand in the file with this number; see [`Place::file`].
    #[must_use]
    pub fn in_file(mut self, file: usize) -> Self {
        self.place.file = file;
        self.kind = match self.kind {
            Kind::Sequence(items) => {
                Kind::Sequence(items.into_iter().map(|item| item.in_file(file)).collect())
            }
            Kind::Mapping(entries) => {
                let moved = entries
                    .into_iter()
                    .map(|Entry { key, value }| Entry { key: key.in_file(file), value: value.in_file(file) });
                Kind::Mapping(moved.collect())
            }
            scalar => scalar,
        };
        self
    }

    /// This with `upper` laid over it: mappings are merged key by key, and of everything else the upper one stays.
    #[must_use]
    pub fn overlaid(self, upper: Self) -> Self {
        match (self.kind, upper.kind) {
            (Kind::Mapping(lower), Kind::Mapping(upper_entries)) => {
                let mut merged = lower;
                for Entry { key, value } in upper_entries {
                    let name = key.text().map(ToOwned::to_owned);
                    let same =
                        merged.iter_mut().find(|entry| name.is_some() && entry.key.text() == name.as_deref());
                    match same {
                        Some(below) => {
                            let lower = std::mem::replace(&mut below.value, value.clone());
                            *below = Entry { key, value: lower.overlaid(value) };
                        }
                        None => merged.push(Entry { key, value }),
                    }
                }
                Self { kind: Kind::Mapping(merged), place: upper.place, size: self.size + upper.size }
            }
            (_, kind) => Self { kind, ..upper },
        }
    }

    /// What it is, for a message: ``the number `42` ``.
    pub fn described(&self) -> String {
        match &self.kind {
            Kind::Text(text) => format!("the text {}", quoted(text)),
            Kind::Other(Plain::Null, _) => "nothing".into(),
            Kind::Other(Plain::Number, raw) => format!("the number {}", quoted(raw)),
            Kind::Other(Plain::Date, raw) => format!("the date {}", quoted(raw)),
            Kind::Other(_, raw) => format!("the value {}", quoted(raw)),
            Kind::Sequence(items) if items.is_empty() => "an empty list".into(),
            Kind::Sequence(_) => "a list".into(),
            Kind::Mapping(_) => "a mapping of keys to values".into(),
        }
    }
}

/// The first value of a key in a mapping's entries.
pub fn find<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.key.text() == Some(key))
}
