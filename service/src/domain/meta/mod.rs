//! `meta.yaml`: what a feedstock says about itself, checked without running anything.
//!
//! [`check`] reads the file's bytes beside the names of its neighbours, and tells everything that is wrong at once, each thing on
//! its line with what was found, what is allowed and how to fix it. [`layout`] tells which directory of a pull request to check.
//! Pure rules: no I/O, no clock, no sentence about anything but these files. Input is written by strangers: every bound is explicit,
//! nothing recurses over it, and nothing here may panic.

mod describe;
pub mod layout;
mod object;
mod python;
mod recipe_id;
mod recipes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::object::ObjectRef;
pub use self::recipe_id::{RecipeId, RecipeIdError};
pub use super::yaml::finding::{Finding, Level, quoted};

use super::bakery::BakeryName;
use super::nearest::nearest;
use super::yaml::finding::{Findings, Place, did_you_mean, listed};
use super::yaml::node::{Entry, Node, find};
use super::yaml::tree;

/// The name of the file.
pub const META_YAML: &str = "meta.yaml";
/// The file that `pangeo-forge-runner bake` insists on.
const REQUIREMENTS: &str = "requirements.txt";
/// The largest file that is read, in bytes: a thousand recipes take about a fifth of it.
pub const MAX_BYTES: usize = 256 * 1024;

const KNOWN_KEYS: [&str; 6] = ["title", "description", "recipes", "provenance", "maintainers", "bakery"];
/// Keys of the first years, in many published feedstocks. They mean nothing any more, and do no harm.
const RETIRED_KEYS: [&str; 2] = ["pangeo_forge_version", "pangeo_notebook_version"];

/// What the check looks at: one directory at one commit.
#[derive(Debug, Clone, Copy)]
pub struct FeedstockFiles<'a> {
    /// The directory, relative to the repository: `feedstock` or `recipes/<name>`, without a slash at the end.
    pub directory: &'a str,
    /// The bytes of its `meta.yaml`.
    pub meta_yaml: &'a [u8],
    /// The names of the files directly in it.
    pub names: &'a [String],
    /// The texts of its Python files by name (`recipe.py`), as many as are at hand: without a text, the names in it go unchecked.
    pub modules: &'a BTreeMap<String, String>,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What the file says; there exactly when no finding is a [`Level::Failure`].
    pub meta: Option<Meta>,
    /// Everything to tell, in the order of the file.
    pub findings: Vec<Finding>,
}

/// A valid `meta.yaml`, as far as the orchestrator needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The dataset's title.
    pub title: Option<String>,
    /// What can be run.
    pub recipes: Recipes,
    /// Where it runs.
    pub bakery: BakeryName,
}

/// The recipes of a feedstock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipes {
    /// Each by its id; never empty, and each id once.
    Listed(Vec<RecipeEntry>),
    /// Dictionaries whose keys are the ids; the ids are known only after the code ran. Never empty.
    Dict(Vec<ObjectRef>),
}

/// One listed recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecipeEntry {
    /// Its id.
    pub id: RecipeId,
    /// Where its code is.
    pub object: ObjectRef,
}

/// Checks one feedstock directory. `bakeries` are all bakeries of this deployment.
pub fn check(files: &FeedstockFiles<'_>, bakeries: &[BakeryName]) -> Checked {
    let mut findings = Findings::new(format!("{}/{META_YAML}", files.directory));
    let meta = read(files, &mut findings).and_then(|root| rules(&root, files, bakeries, &mut findings));
    let meta = meta.filter(|_| !findings.failed());
    Checked { meta, findings: findings.into_list() }
}

fn read(files: &FeedstockFiles<'_>, findings: &mut Findings) -> Option<Node> {
    let bytes = files.meta_yaml;
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "meta.yaml has {} bytes, and at most {MAX_BYTES} are allowed. For very many recipes use `dict_object`.",
            bytes.len()
        );
        findings.failure(Place::START, "meta.yaml is too large", message);
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let line = bytes.iter().take(error.valid_up_to()).filter(|&&byte| byte == b'\n').count() + 1;
            let message = "This line holds bytes that are not UTF-8. Save the file with the encoding UTF-8.";
            findings.failure(Place::at(line, 1), "Not UTF-8", message);
            return None;
        }
    };
    let root = tree::read(text.strip_prefix('\u{feff}').unwrap_or(text), findings);
    if findings.failed() {
        return root;
    }
    let example =
        "For example:\ntitle: My dataset\nrecipes:\n  - id: my-dataset\n    object: \"recipe:recipe\"";
    match root {
        None => {
            let message = format!("meta.yaml holds nothing; it must name at least one recipe. {example}");
            findings.failure(Place::START, "meta.yaml is empty", message);
            None
        }
        Some(root) if root.entries().is_none() => {
            let message = format!(
                "meta.yaml is {}; it must be a mapping of keys to values. {example}",
                root.described()
            );
            findings.failure(root.place, "meta.yaml must be a mapping", message);
            None
        }
        root => root,
    }
}

fn rules(
    root: &Node,
    files: &FeedstockFiles<'_>,
    bakeries: &[BakeryName],
    findings: &mut Findings,
) -> Option<Meta> {
    let entries = root.entries()?;
    let misspelt_recipes = unknown_keys(entries, findings);
    let title = describe::check(entries, findings);
    let recipes = find(entries, "recipes").map(|entry| recipes::check(&entry.value, files, findings));
    if recipes.is_none() && !misspelt_recipes {
        let message = "There is no key `recipes`; it is the only one that must be there. For example:\nrecipes:\n  - id: \
                       my-dataset\n    object: \"recipe:recipe\"";
        findings.failure(Place::START, "`recipes` is missing", message);
    }
    let bakery = bakery(entries, bakeries, findings);
    requirements(files, findings);
    Some(Meta { title, recipes: recipes?, bakery: bakery? })
}

/// Reports top-level keys without a meaning. Answers whether one of them is a misspelt `recipes`.
fn unknown_keys(entries: &[Entry], findings: &mut Findings) -> bool {
    let mut misspelt_recipes = false;
    for Entry { key, .. } in entries {
        let Some(name) = key.text() else {
            if key.items().is_some() || key.entries().is_some() {
                // Reported when the file was read.
                continue;
            }
            let message = format!(
                "A key is {}; keys must be texts. The keys read here are {}.",
                key.described(),
                listed(&KNOWN_KEYS)
            );
            findings.failure(key.place, "A key must be a text", message);
            continue;
        };
        if KNOWN_KEYS.contains(&name) || RETIRED_KEYS.contains(&name) {
            continue;
        }
        let suggestion = nearest(name, &KNOWN_KEYS).filter(|word| find(entries, word).is_none());
        if suggestion == Some("recipes") {
            misspelt_recipes = true;
            let message =
                format!("Found {}; the recipes must stand under the key `recipes`. Rename it.", quoted(name));
            findings.failure(key.place, "`recipes` is missing", message);
            continue;
        }
        let message = format!(
            "Nobody reads the key {}. The keys read here are {}.{}",
            quoted(name),
            listed(&KNOWN_KEYS),
            did_you_mean(suggestion)
        );
        findings.warning(key.place, "Unknown key", message);
    }
    misspelt_recipes
}

/// The bakery that the file names, or the only one there is.
fn bakery(entries: &[Entry], bakeries: &[BakeryName], findings: &mut Findings) -> Option<BakeryName> {
    let known = match bakeries {
        [] => "This deployment has no bakery; a maintainer must add one.".to_owned(),
        [only] => format!("The only bakery here is {}.", quoted(only.as_str())),
        several => format!("The bakeries here are {}.", listed(several)),
    };
    let example = bakeries.first().map_or("my-bakery", BakeryName::as_str);
    let Some(entry) = find(entries, "bakery") else {
        if let [only] = bakeries {
            return Some(only.clone());
        }
        let message = format!(
            "There is no key `bakery`, and no single bakery to choose. {known} For example:\nbakery:\n  id: {example}"
        );
        findings.failure(Place::START, "`bakery` is missing", message);
        return None;
    };
    let value = &entry.value;
    let Some(fields) = value.entries() else {
        let place = if value.is_null() { entry.key.place } else { value.place };
        let message = format!(
            "`bakery` is {}; it must be a mapping with `id`. For example:\nbakery:\n  id: {example}\n{known}",
            value.described()
        );
        findings.failure(place, "`bakery` must be a mapping", message);
        return None;
    };
    for Entry { key, .. } in fields.iter().filter(|field| field.key.text() != Some("id")) {
        let name = key.text().map_or_else(|| key.described(), quoted);
        findings.warning(
            key.place,
            "Unknown key",
            format!("Nobody reads the key {name} in `bakery`; only `id` is read."),
        );
    }
    let Some(id) = find(fields, "id") else {
        let message = format!("`bakery` has no `id`. Add `id: {example}`. {known}");
        findings.failure(entry.key.place, "`bakery.id` is missing", message);
        return None;
    };
    let Some(name) = id.value.text() else {
        describe::not_a_text("id", &id.value, example, findings);
        return None;
    };
    let found = bakeries.iter().find(|bakery| bakery.as_str() == name);
    if found.is_none() {
        let message =
            format!("There is no bakery {}. {known}{}", quoted(name), did_you_mean(nearest(name, bakeries)));
        findings.failure(id.value.place, "Unknown bakery", message);
    }
    found.cloned()
}

/// The runner refuses to bake without the file; what stands in it is pip's business.
fn requirements(files: &FeedstockFiles<'_>, findings: &mut Findings) {
    if files.names.iter().any(|name| name == REQUIREMENTS) {
        return;
    }
    let similar = nearest(REQUIREMENTS, files.names)
        .map(|name| format!(" There is {}; rename it.", quoted(name)))
        .unwrap_or_default();
    let message = format!(
        "There is no `{REQUIREMENTS}` beside meta.yaml; it lists the Python packages that the recipes need. For example:\n\
         pangeo-forge-recipes==0.10.8\napache-beam\nIf the recipes need nothing of their own, a file with only a comment will do.{similar}"
    );
    findings.failure(Place::START, format!("`{REQUIREMENTS}` is missing"), message);
}
