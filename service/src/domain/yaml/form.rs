//! Takes typed values out of a mapping, key by key, and says everything that is wrong with it: a missing key, one that nobody reads,
//! a value of another type. Values are never repeated here, since a form may hold secrets; whoever reads a public value may.
//!
//! A key is known once it was asked for, so [`Form::close`] must come last: it reports the others.

use std::cell::RefCell;
use std::str::FromStr;

use super::finding::{Findings, Place, did_you_mean, quoted};
use super::node::{Entry, Kind, Node, find};
use super::scalar::Plain;
use crate::domain::nearest::nearest;

/// A longer key may be a secret that slipped to the wrong side of a colon.
const LONGEST_SHOWN_KEY: usize = 32;

/// A value and where it was told, for rules that look at it later.
#[derive(Debug, Clone)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
    /// Its key with the sections above it: `github_app.id`.
    pub path: String,
}

impl<T> Told<T> {
    /// Reports that the value cannot work. `problem` follows the path: ``is 0; 1 to 100 are allowed``.
    pub fn is_wrong(&self, problem: impl std::fmt::Display, findings: &mut Findings) {
        findings.failure(self.place, "A value that cannot work", format!("`{}` {problem}", self.path));
    }
}

/// One mapping of a file.
#[derive(Debug)]
pub struct Form<'n> {
    path: String,
    place: Place,
    entries: &'n [Entry],
    known: RefCell<Vec<&'static str>>,
}

impl<'n> Form<'n> {
    /// The whole file; an empty one is a mapping without keys. Anything but a mapping is reported.
    pub fn of_file(root: Option<&'n Node>, findings: &mut Findings) -> Option<Self> {
        let Some(root) = root.filter(|root| !root.is_null()) else {
            return Some(Self::new(String::new(), Place::START, &[]));
        };
        Self::of(String::new(), root, findings)
    }

    fn new(path: String, place: Place, entries: &'n [Entry]) -> Self {
        Self { path, place, entries, known: RefCell::default() }
    }

    fn of(path: String, node: &'n Node, findings: &mut Findings) -> Option<Self> {
        if let Some(entries) = node.entries() {
            return Some(Self::new(path, node.place, entries));
        }
        mismatch(&path, node, "a mapping of keys to values", findings);
        None
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The path of one of its keys.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key; `None` where there is none, or `null`.
    pub fn value(&self, key: &'static str) -> Option<&'n Node> {
        self.known.borrow_mut().push(key);
        find(self.entries, key).map(|entry| &entry.value).filter(|value| !value.is_null())
    }

    /// Its keys and values, for a mapping whose keys are not fixed. Then there is nothing to close.
    pub fn entries(&self) -> &'n [Entry] {
        self.entries
    }

    /// A text.
    pub fn text(&self, key: &'static str, findings: &mut Findings) -> Option<Told<&'n str>> {
        self.read(key, "a text (between quotes if it looks like something else)", findings, Node::text)
    }

    /// A whole number that `T` can hold.
    pub fn number<T: FromStr>(&self, key: &'static str, findings: &mut Findings) -> Option<Told<T>> {
        self.read(key, "a whole number without quotes, not negative and not too large", findings, |node| {
            match &node.kind {
                Kind::Other(Plain::Number, raw) => raw.parse().ok(),
                _ => None,
            }
        })
    }

    /// A number with its sign.
    pub fn integer(&self, key: &'static str, findings: &mut Findings) -> Option<Told<i64>> {
        self.read(key, "a whole number without quotes", findings, |node| match &node.kind {
            Kind::Other(Plain::Number, raw) => raw.parse().ok(),
            _ => None,
        })
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &'static str, findings: &mut Findings) -> Option<Told<bool>> {
        self.read(key, "`true` or `false`", findings, |node| match &node.kind {
            Kind::Other(Plain::Bool, raw) => Some(raw.eq_ignore_ascii_case("true")),
            _ => None,
        })
    }

    /// A list of texts, each with its place.
    pub fn texts(&self, key: &'static str, findings: &mut Findings) -> Option<Told<Vec<Told<&'n str>>>> {
        let list = self.read(key, "a list of texts", findings, Node::items)?;
        let mut texts = Vec::new();
        for (index, item) in list.value.iter().enumerate() {
            let path = format!("{}[{index}]", list.path);
            match item.text() {
                Some(value) => texts.push(Told { value, place: item.place, path }),
                None => mismatch(&path, item, "a text", findings),
            }
        }
        Some(Told { value: texts, place: list.place, path: list.path })
    }

    /// The mapping below a key; `None` where there is none, or `null`.
    pub fn section(&self, key: &'static str, findings: &mut Findings) -> Option<Self> {
        let node = self.value(key)?;
        Self::of(self.path_of(key), node, findings)
    }

    /// The mapping below a key that must be there.
    pub fn required_section(&self, key: &'static str, findings: &mut Findings) -> Option<Self> {
        if self.value(key).is_none() {
            self.missing(key, "a mapping of keys to values", findings);
        }
        self.section(key, findings)
    }

    /// The mappings of the list below a key; `None` where there is none, or `null`.
    pub fn sections(&self, key: &'static str, findings: &mut Findings) -> Option<Vec<Self>> {
        let list = self.read(key, "a list of mappings", findings, |node| match &node.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        })?;
        let items = list.value.iter().enumerate();
        Some(
            items.filter_map(|(at, node)| Self::of(format!("{}[{at}]", list.path), node, findings)).collect(),
        )
    }

    /// A text that must be there and not be empty.
    pub fn required_text(&self, key: &'static str, findings: &mut Findings) -> Option<Told<&'n str>> {
        if self.value(key).is_none() {
            self.missing(key, "a text", findings);
            return None;
        }
        let told = self.text(key, findings)?;
        if told.value.is_empty() {
            told.is_wrong("is empty", findings);
            return None;
        }
        Some(told)
    }

    /// Reports that a key is missing. `what` says what belongs there.
    pub fn missing(&self, key: &'static str, what: &str, findings: &mut Findings) {
        self.known.borrow_mut().push(key);
        let message = format!("`{}` is missing; it must be {what}", self.path_of(key));
        findings.failure(self.place.start(), "A key is missing", message);
    }

    /// Reports every key that nobody asked for.
    pub fn close(self, findings: &mut Findings) {
        let mut known = self.known.into_inner();
        known.sort_unstable();
        known.dedup();
        let here = if self.path.is_empty() { "here".to_owned() } else { format!("in `{}`", self.path) };
        for Entry { key, .. } in self.entries {
            let name = key.text().filter(|name| name.chars().count() <= LONGEST_SHOWN_KEY);
            if name.is_some_and(|name| known.contains(&name)) {
                continue;
            }
            let meant =
                name.and_then(|name| nearest(name, &known)).filter(|word| find(self.entries, word).is_none());
            let message = format!(
                "{} is not a key {here}; allowed {} {}.{}",
                name.map_or_else(|| "this".to_owned(), quoted),
                if known.len() == 1 { "is" } else { "are" },
                known.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "),
                did_you_mean(meant)
            );
            findings.failure(key.place, "An unknown key", message);
        }
    }

    fn read<T>(
        &self,
        key: &'static str,
        wanted: &str,
        findings: &mut Findings,
        pick: impl FnOnce(&'n Node) -> Option<T>,
    ) -> Option<Told<T>> {
        let node = self.value(key)?;
        let path = self.path_of(key);
        let value = pick(node);
        if value.is_none() {
            mismatch(&path, node, wanted, findings);
        }
        value.map(|value| Told { value, place: node.place, path })
    }
}

/// Reports a value of another type than the wanted.
pub fn mismatch(path: &str, node: &Node, wanted: &str, findings: &mut Findings) {
    let subject = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
    let message = format!("{subject} is {}; it must be {wanted}", node.type_name());
    findings.failure(node.place, "A value of another type", message);
}
