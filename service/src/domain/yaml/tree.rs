//! Reads YAML into the tree of [`super::node`].
//!
//! Only YAML lives here: what a key means is another room's business. The text comes from strangers, so depth, the number of
//! nodes and the expansion of aliases are bounded, and nothing recurses over what it reads.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::finding::{Findings, Place, quoted};
use super::node::{Entry, Kind, Node};
use super::scalar::{Plain, resolve};
use super::syntax;

/// Nested deeper than any real file by far.
const MAX_DEPTH: usize = 32;
/// The most nodes, counting every copy that an alias makes. A thousand recipes take five thousand.
const MAX_NODES: usize = 50_000;

/// Reads `text` into a tree. Everything wrong with the YAML itself goes to `findings`; `None` means that nothing could be read,
/// either because of such a failure or because the file holds no value.
pub fn read(text: &str, findings: &mut Findings) -> Option<Node> {
    let mut builder = Builder {
        text,
        findings,
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        root: None,
        quoted: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => Err(syntax::explain(text, &error, builder.innermost_flow())),
        };
        if let Err(Stop { place, title, message }) = step {
            builder.findings.failure(place, title, message);
            return None;
        }
    }
    for (place, message) in syntax::stray_tabs(text, &builder.quoted) {
        builder.findings.failure(place, "Tabs are not allowed", message);
    }
    builder.root
}

/// The same for a file that holds secrets: where it is not YAML at all, the place is told and nothing of the text.
pub fn read_secret(text: &str, findings: &mut Findings) -> Option<Node> {
    let mut said = Findings::new(String::new());
    let root = read(text, &mut said);
    for finding in said.into_list() {
        let place = Place::of(&finding);
        let is_safe = finding.title != syntax::TITLE;
        let message = if is_safe { finding.message } else { syntax::NOT_REPEATED.to_owned() };
        findings.failure(place, finding.title, message);
    }
    root
}

/// A failure after which reading makes no sense.
pub(super) struct Stop {
    pub(super) place: Place,
    pub(super) title: &'static str,
    pub(super) message: String,
}

/// A list or mapping whose end has not come yet.
struct Open {
    place: Place,
    start: Marker,
    anchor: usize,
    size: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>, Option<Node>),
}

struct Builder<'f> {
    text: &'f str,
    findings: &'f mut Findings,
    open: Vec<Open>,
    /// What an anchor stands for; `None` while it is still open.
    anchors: HashMap<usize, Option<Node>>,
    nodes: usize,
    root: Option<Node>,
    /// Where texts stand in which a tab is a character like others, in characters and in the order of the file.
    quoted: Vec<(usize, usize)>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let place = place_of(span);
        let tag = match &event {
            Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) => {
                tag.is_some()
            }
            _ => false,
        };
        if tag {
            let message = "A YAML tag (a word that starts with `!`) was found; none is allowed here. Remove it, and write a text \
                           that looks like a number between quotes: `\"42\"`.";
            self.findings.failure(place, "Tags are not allowed", message);
        }
        match event {
            Event::Scalar(text, style, anchor, _) => {
                // What a tag would make of it does not matter, since tags are refused.
                let plain = if style == ScalarStyle::Plain && !tag { resolve(&text) } else { Plain::Text };
                if style != ScalarStyle::Plain {
                    self.quoted.push((span.start.index(), span.end.index()));
                } else if text.starts_with(['|', '>']) {
                    let message = "A text between brackets cannot start with `|` or `>`. Put the text between quotes.";
                    self.findings.failure(place, "Text needs quotes", message);
                }
                let text = text.into_owned();
                let kind = if plain == Plain::Text { Kind::Text(text) } else { Kind::Other(plain, text) };
                self.add(Node { place, kind, size: 1 }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(place, span.start, anchor, Content::Sequence(Vec::new())),
            Event::MappingStart(anchor, _) => self.begin(place, span.start, anchor, Content::Mapping(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::DocumentStart(true) if self.root.is_some() => Err(Stop {
                place,
                title: "More than one document",
                message: "A second YAML document starts here (`---`); only one is allowed. Remove this line or what follows it.".into(),
            }),
            // The runner's reader takes an explicit end for the start of another document.
            Event::DocumentEnd if self.line_of(span.start).is_some_and(|line| line.starts_with("...")) => {
                self.findings.failure(place, "More than one document", "The end mark `...` was found; remove it.");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, place: Place, start: Marker, anchor: usize, content: Content) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!(
                "More than {MAX_DEPTH} lists and mappings inside one another were found; no file here needs as many."
            );
            return Err(Stop { place, title: "Nested too deeply", message });
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        self.open.push(Open { place, start, anchor, size: 1, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stop> {
        let Some(Open { place, anchor, size, content, .. }) = self.open.pop() else { return Ok(()) };
        let (last_line, kind) = match content {
            Content::Sequence(items) => {
                (items.last().map(|item| item.place.last_line), Kind::Sequence(items))
            }
            Content::Mapping(entries, _) => {
                self.check_keys(&entries);
                let last_line =
                    entries.last().map(|entry| entry.key.place.last_line.max(entry.value.place.last_line));
                (last_line, Kind::Mapping(self.merge(entries)?))
            }
        };
        self.add(Node { place: place.until(last_line.unwrap_or(place.line)), kind, size }, anchor)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Stop> {
        let Some(Some(node)) = self.anchors.get(&anchor) else {
            return Err(Stop {
                place,
                title: "An alias inside its own anchor",
                message:
                    "This alias (`*`) stands for a value that it is itself part of. Write the value out."
                        .into(),
            });
        };
        let copy = Node { place, ..node.clone() };
        self.spend(copy.size, place)?;
        self.add(copy, 0)
    }

    /// Puts a finished node where it belongs, and remembers it when an anchor names it.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Stop> {
        self.spend(1, node.place)?;
        if anchor != 0 {
            self.spend(node.size, node.place)?;
            self.anchors.insert(anchor, Some(node.clone()));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.size += node.size;
        match &mut parent.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping(entries, key) => match key.take() {
                Some(key) => entries.push(Entry { key, value: node }),
                None => *key = Some(node),
            },
        }
        Ok(())
    }

    fn spend(&mut self, nodes: usize, place: Place) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!(
            "More than {MAX_NODES} values were found, counting each use of an alias (`*`) in full. Write fewer; \
             for very many recipes use `dict_object`, whose recipes are made in Python."
        );
        Err(Stop { place, title: "Too many values", message })
    }

    fn check_keys(&mut self, entries: &[Entry]) {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        for Entry { key, .. } in entries {
            if matches!(key.kind, Kind::Sequence(_) | Kind::Mapping(_))
                || key.place.line != key.place.last_line
            {
                let message = "Keys must be words on one line. Look for a `?`, a bracket or a quote before this colon that does \
                               not belong here.";
                self.findings.failure(key.place, "Not a key", message);
            }
            let Some(name) = key.text() else { continue };
            match seen.get(name) {
                Some(first) => {
                    let name = quoted(name);
                    let message = format!(
                        "The key {name} was found a second time; the first is on line {first}. Keep one of them."
                    );
                    self.findings.failure(key.place, "A key stands twice", message);
                }
                None => {
                    seen.insert(name, key.place.line);
                }
            }
        }
    }

    /// Replaces the key `<<` by the entries of the mappings that it refers to; the mapping's own keys, and earlier ones, win.
    fn merge(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, Stop> {
        let (references, mut entries): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.key.is_merge());
        let mut known: HashSet<String> =
            entries.iter().filter_map(|entry| entry.key.text().map(ToOwned::to_owned)).collect();
        for Entry { key, value } in references {
            let sources = value.items().unwrap_or(std::slice::from_ref(&value));
            for source in sources {
                let Some(merged) = source.entries() else {
                    let message =
                        format!("The key `<<` has {}; it must refer to a mapping.", source.described());
                    return Err(Stop { place: key.place, title: "A merge key needs a mapping", message });
                };
                self.spend(source.size, key.place)?;
                let is_new =
                    |entry: &&Entry| entry.key.text().is_none_or(|name| known.insert(name.to_owned()));
                entries.extend(merged.iter().filter(is_new).cloned());
            }
        }
        Ok(entries)
    }

    /// Where the innermost `[` or `{` that is still open stands.
    fn innermost_flow(&self) -> Option<Place> {
        let open = self.open.last()?;
        let character = self.line_of(open.start)?.chars().nth(open.start.col())?;
        // A mapping inside a list without braces of its own starts at its key.
        matches!(character, '[' | '{').then_some(open.place)
    }

    fn line_of(&self, marker: Marker) -> Option<&str> {
        self.text.lines().nth(marker.line().checked_sub(1)?)
    }
}

/// The lines of a span. A block text's span ends at the start of the line after it.
fn place_of(span: Span) -> Place {
    let place = Place::at(span.start.line(), span.start.col() + 1);
    let last = if span.end.col() == 0 { span.end.line().saturating_sub(1) } else { span.end.line() };
    place.until(Place::at(last, 1).line)
}
