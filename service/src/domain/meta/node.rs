//! `meta.yaml` as a small tree in which every key and value knows its place in the file.
//!
//! Only the tree and how to look into it: [`super::tree`] builds it, the rules read it.

use super::finding::{Place, quoted};
use super::scalar::Plain;

/// A value, or a key.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Where it stands, to its last line.
    pub(super) place: Place,
    /// What it is.
    pub(super) kind: Kind,
    /// Itself and all nodes below it.
    pub(super) size: usize,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
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
pub(super) struct Entry {
    /// Almost always a text.
    pub(super) key: Node,
    /// The value; [`Plain::Null`] when there is none.
    pub(super) value: Node,
}

impl Node {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// The items, if it is a list.
    pub(super) fn items(&self) -> Option<&[Node]> {
        if let Kind::Sequence(items) = &self.kind { Some(items) } else { None }
    }

    /// The keys and values, if it is a mapping.
    pub(super) fn entries(&self) -> Option<&[Entry]> {
        if let Kind::Mapping(entries) = &self.kind { Some(entries) } else { None }
    }

    /// Whether there is no value.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Other(Plain::Null, _))
    }

    /// Whether it is the key that merges another mapping into its own.
    pub(super) fn is_merge(&self) -> bool {
        matches!(&self.kind, Kind::Other(Plain::Reserved, raw) if raw == "<<")
    }

    /// What it is, for a message: ``the number `42` ``.
    pub(super) fn described(&self) -> String {
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
pub(super) fn find<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.key.text() == Some(key))
}
