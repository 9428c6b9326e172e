//! The key `recipes`: which recipes the feedstock has.
//!
//! The forms accepted are those of the pinned `pangeo-forge-runner`; what it refuses with an empty or puzzling message, or loses in
//! silence, is refused here with a sentence.

use std::collections::HashMap;

use super::super::nearest::nearest;
use super::super::yaml::finding::{Findings, did_you_mean, quoted};
use super::super::yaml::node::{Entry, Node, find};
use super::object::{self, ObjectRef};
use super::recipe_id::RecipeId;
use super::{FeedstockFiles, RecipeEntry, Recipes};

/// Each recipe becomes a row, a check run and a link for a person to read.
const MAX_RECIPES: usize = 1_000;
const EXAMPLE: &str = "For example:\nrecipes:\n  - id: my-dataset\n    object: \"recipe:recipe\"";
const ENTRY_KEYS: [&str; 3] = ["id", "object", "dict_object"];

/// The recipes that `value` lists. Whatever is wrong goes to `findings`; the answer means something only when nothing was.
pub(super) fn check(value: &Node, files: &FeedstockFiles<'_>, findings: &mut Findings) -> Recipes {
    let Some(items) = value.items() else {
        let message = if value.entries().is_some_and(|entries| find(entries, "dict_object").is_some()) {
            "`recipes` is a mapping with `dict_object`, the form of older runners; now it must be a list. Write:\nrecipes:\n  - \
             dict_object: \"recipe:recipes\""
                .to_owned()
        } else {
            format!(
                "`recipes` is {}; it must be a list with at least one recipe. {EXAMPLE}",
                value.described()
            )
        };
        findings.failure(value.place, "`recipes` must be a list", message);
        return Recipes::Listed(Vec::new());
    };
    if items.is_empty() {
        findings.failure(
            value.place,
            "No recipes",
            format!("`recipes` is an empty list; at least one is needed. {EXAMPLE}"),
        );
    }
    if items.len() > MAX_RECIPES {
        let message = format!(
            "{} recipes were found, and at most {MAX_RECIPES} are allowed in one feedstock. Split the feedstock.",
            items.len()
        );
        findings.failure(value.place, "Too many recipes", message);
    }
    let mut list =
        List { files, findings, listed: Vec::new(), dicts: Vec::new(), lines: HashMap::new(), kind: None };
    for item in items.iter().take(MAX_RECIPES) {
        list.item(item);
    }
    if list.dicts.is_empty() { Recipes::Listed(list.listed) } else { Recipes::Dict(list.dicts) }
}

/// The two ways to write an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    Object,
    Dict,
}

struct List<'a, 'f> {
    files: &'a FeedstockFiles<'f>,
    findings: &'a mut Findings,
    listed: Vec<RecipeEntry>,
    dicts: Vec<ObjectRef>,
    /// The line of each id, and of each dictionary.
    lines: HashMap<String, u32>,
    /// The kind of the first entry, its line, and whether a mixture was already reported.
    kind: Option<(EntryKind, u32, bool)>,
}

impl List<'_, '_> {
    fn item(&mut self, item: &Node) {
        let Some(entries) = item.entries() else {
            let message = format!(
                "This recipe is {}; it must be a mapping with `id` and `object`. {EXAMPLE}",
                item.described()
            );
            self.findings.failure(item.place, "A recipe must be a mapping", message);
            return;
        };
        let has = |key| find(entries, key).is_some();
        let kind = if has("dict_object") { EntryKind::Dict } else { EntryKind::Object };
        if has("dict_object") && has("object") {
            let message = "This recipe has both `object` and `dict_object`; only one is allowed. With `object` write an `id` too; \
                           with `dict_object` the ids are the keys of the dictionary.";
            self.findings.failure(item.place, "`object` and `dict_object` together", message);
            return;
        }
        self.same_kind(kind, item);
        let misspelt = self.unknown_keys(entries, kind);
        match kind {
            EntryKind::Object => {
                let id = self.required(item, entries, "id", &misspelt).and_then(|node| self.id(node));
                let object = self
                    .required(item, entries, "object", &misspelt)
                    .and_then(|node| self.object("object", node));
                self.listed.extend(id.zip(object).map(|(id, object)| RecipeEntry { id, object }));
            }
            EntryKind::Dict => {
                let dict =
                    find(entries, "dict_object").and_then(|entry| self.object("dict_object", &entry.value));
                self.dicts.extend(dict);
            }
        }
    }

    fn same_kind(&mut self, kind: EntryKind, item: &Node) {
        let (first, line, reported) = *self.kind.get_or_insert((kind, item.place.line, false));
        if first == kind || reported {
            return;
        }
        self.kind = Some((first, line, true));
        let (here, there) = match kind {
            EntryKind::Dict => ("`dict_object`", "`object`"),
            EntryKind::Object => ("`object`", "`dict_object`"),
        };
        let message = format!(
            "This recipe is of the kind {here}, and the one on line {line} of the kind {there}; a feedstock must keep to one. Put \
             all recipes into the dictionary, or list each with `id` and `object`."
        );
        self.findings.failure(item.place, "Two kinds of recipes", message);
    }

    /// Reports keys that have no meaning, and answers the keys that were probably meant instead.
    fn unknown_keys(&mut self, entries: &[Entry], kind: EntryKind) -> Vec<&'static str> {
        let (allowed, form): (&[&str], _) = match kind {
            EntryKind::Object => (&["id", "object"], "a recipe has exactly `id` and `object`"),
            EntryKind::Dict => (&["dict_object"], "a recipe with `dict_object` has no other key"),
        };
        let mut misspelt = Vec::new();
        for Entry { key, .. } in entries {
            let name = key.text().unwrap_or_default();
            if allowed.contains(&name) {
                continue;
            }
            let why = if kind == EntryKind::Dict && name == "id" {
                " The ids are the keys of the dictionary."
            } else {
                " The runner stops at any other key, without a message."
            };
            let suggestion = nearest(name, &ENTRY_KEYS).filter(|&word| find(entries, word).is_none());
            misspelt.extend(ENTRY_KEYS.into_iter().filter(|&word| Some(word) == suggestion));
            let shown =
                key.text().map_or_else(|| key.described(), |name| format!("the key {}", quoted(name)));
            let message =
                format!("Found {shown}; {form}.{why}{} Otherwise remove it.", did_you_mean(suggestion));
            self.findings.failure(key.place, "Unknown key in a recipe", message);
        }
        misspelt
    }

    /// The value of a key that must be there; not reported when a misspelt form of it was.
    fn required<'n>(
        &mut self,
        item: &Node,
        entries: &'n [Entry],
        key: &str,
        misspelt: &[&str],
    ) -> Option<&'n Node> {
        let found = find(entries, key).map(|entry| &entry.value);
        // A misspelt `dict_object` explains the absence of both.
        if found.is_none() && !misspelt.contains(&key) && !misspelt.contains(&"dict_object") {
            let message = format!(
                "This recipe has no `{key}`; it must have `id` and `object`, or only `dict_object`. {}",
                if key == "id" {
                    "Add a name of your choice: `id: my-dataset`."
                } else {
                    "Add `object: \"recipe:recipe\"`."
                }
            );
            self.findings.failure(item.place, format!("`{key}` is missing"), message);
        }
        found
    }

    fn id(&mut self, node: &Node) -> Option<RecipeId> {
        let text = self.text("id", node, "my-dataset")?;
        match RecipeId::parse(text) {
            Err(error) => {
                let message = format!(
                    "The id {} {error}. Choose one like `sea-surface-temperature/monthly`.",
                    quoted(text)
                );
                self.findings.failure(node.place, "Recipe id not allowed", message);
                None
            }
            Ok(id) => {
                self.only_once(&format!("the id {}", quoted(text)), "Recipe id used twice", node);
                Some(id)
            }
        }
    }

    fn object(&mut self, key: &str, node: &Node) -> Option<ObjectRef> {
        let text = self.text(key, node, if key == "object" { "recipe:recipe" } else { "recipe:recipes" })?;
        let object = object::check(key, text, node.place, self.files, self.findings)?;
        if key == "dict_object" {
            self.only_once(&format!("the dictionary {}", quoted(text)), "Dictionary listed twice", node);
        }
        Some(object)
    }

    fn only_once(&mut self, what: &str, title: &str, node: &Node) {
        if let Some(first) = self.lines.get(what) {
            let message = format!(
                "On lines {first} and {} stands {what}. Each must be used only once: the runner would keep the last and lose the \
                 others in silence.",
                node.place.line
            );
            self.findings.failure(node.place, title, message);
        } else {
            self.lines.insert(what.to_owned(), node.place.line);
        }
    }

    fn text<'n>(&mut self, key: &str, node: &'n Node, example: &str) -> Option<&'n str> {
        let text = node.text();
        if text.is_none() {
            super::describe::not_a_text(key, node, example, self.findings);
        }
        text
    }
}
