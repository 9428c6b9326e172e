//! A YAML file as the values that SOPS encrypts, in order, each with the keys above it and its place in the text.
//!
//! Only what such a file may hold is read: mappings with texts for keys, lists, and scalars. Anchors, tags and more than one document
//! are refused, since they change what a value means without changing it.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use zeroize::Zeroizing;

use crate::SopsError;

/// Nested deeper than any secrets file.
const MAX_DEPTH: usize = 32;

/// A value.
pub(crate) enum Node {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Where the key begins, in characters.
    pub(crate) start: usize,
    pub(crate) value: Node,
}

/// A scalar as it stands in the text.
pub(crate) struct Scalar {
    pub(crate) text: Zeroizing<String>,
    /// Whether it stands without quotes and without `|` or `>`, so that it may be something else than a text.
    pub(crate) is_plain: bool,
    /// In characters.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// From 1.
    pub(crate) line: usize,
}

/// Reads the mapping that a file is.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, SopsError> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut line = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| layout(error.marker().line(), "not valid YAML from here on"))?;
        line = span.start.line();
        let done = match event {
            Event::Scalar(text, style, 0, None) => Some(Node::Scalar(scalar(text.into_owned(), style, span))),
            Event::SequenceStart(0, None) | Event::MappingStart(0, None) if open.len() >= MAX_DEPTH => {
                return Err(layout(line, "nested too deeply"));
            }
            Event::SequenceStart(0, None) => {
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(0, None) => {
                open.push(Open::Map(Vec::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                return Err(layout(
                    line,
                    "an anchor (`&`), an alias (`*`) or a tag (`!`); write the value out",
                ));
            }
            Event::DocumentStart(_) if root.is_some() => {
                return Err(layout(line, "a second document (`---`); only one is allowed"));
            }
            _ => None,
        };
        let Some(node) = done else { continue };
        match open.last_mut() {
            None => root = Some(node),
            Some(parent) => parent.take(node)?,
        }
    }
    match root {
        Some(Node::Map(entries)) => Ok(entries),
        _ => Err(layout(line, "not a mapping of keys to values")),
    }
}

/// Visits every scalar in order, with what SOPS binds it to (the keys above it, each followed by `:`; a list adds nothing).
pub(crate) fn walk<'n>(
    entries: &'n [Entry],
    visit: &mut impl FnMut(&str, &'n Scalar) -> Result<(), SopsError>,
) -> Result<(), SopsError> {
    fn node<'n>(
        value: &'n Node,
        path: &str,
        visit: &mut impl FnMut(&str, &'n Scalar) -> Result<(), SopsError>,
    ) -> Result<(), SopsError> {
        match value {
            Node::Scalar(scalar) => visit(path, scalar),
            Node::List(items) => items.iter().try_for_each(|item| node(item, path, visit)),
            Node::Map(entries) => entries
                .iter()
                .try_for_each(|entry| node(&entry.value, &format!("{path}{}:", entry.key), visit)),
        }
    }
    entries.iter().try_for_each(|entry| node(&entry.value, &format!("{}:", entry.key), visit))
}

/// A path as people write it: `github_app.id`.
pub(crate) fn dotted(path: &str) -> String {
    path.trim_end_matches(':').replace(':', ".")
}

pub(crate) fn layout(line: usize, what: &str) -> SopsError {
    SopsError::Layout { line, what: what.to_owned() }
}

enum Open {
    List(Vec<Node>),
    Map(Vec<Entry>, Option<(String, usize)>),
}

impl Open {
    fn close(self) -> Node {
        match self {
            Self::List(items) => Node::List(items),
            Self::Map(entries, _) => Node::Map(entries),
        }
    }

    fn take(&mut self, node: Node) -> Result<(), SopsError> {
        match (self, node) {
            (Self::List(items), node) => items.push(node),
            (Self::Map(entries, key), node) => match (key.take(), node) {
                (Some((key, start)), value) => entries.push(Entry { key, start, value }),
                (None, Node::Scalar(scalar)) => {
                    let known: HashSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
                    if known.contains(scalar.text.as_str()) {
                        return Err(layout(scalar.line, "a key that stands twice"));
                    }
                    *key = Some((scalar.text.as_str().to_owned(), scalar.start));
                }
                (None, _) => return Err(layout(0, "a key that is no text")),
            },
        }
        Ok(())
    }
}

fn scalar(text: String, style: ScalarStyle, span: Span) -> Scalar {
    Scalar {
        text: Zeroizing::new(text),
        is_plain: style == ScalarStyle::Plain,
        start: span.start.index(),
        end: span.end.index(),
        line: span.start.line(),
    }
}
