//! Which directory of a pull request holds the recipe, and whether its files are where they belong.
//!
//! Decided from the list of changed files alone. Whether `meta.yaml` exists at the commit, a caller finds out by looking: an
//! unchanged one is not in that list. See [`missing_meta`] for the answer then.

use std::collections::{BTreeMap, BTreeSet};

use super::super::naming::feedstock_repository;
use super::super::yaml::finding::{Finding, Level, Place, listed, quoted};
use super::META_YAML;

/// The directory of recipes in a staged-recipes repository.
const RECIPES: &str = "recipes";
/// The directory of the recipe in a feedstock repository.
const FEEDSTOCK: &str = "feedstock";
/// The most files that one rule names one by one.
const MAX_NAMED: usize = 20;
/// Names under which `meta.yaml` is found in the wild.
const MISNAMED_META: [&str; 6] =
    ["meta.yml", "Meta.yaml", "META.yaml", "metadata.yaml", "metadata.yml", "meta.yaml.txt"];

/// What kind of repository the pull request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryKind {
    /// New recipes, each in `recipes/<name>/`.
    StagedRecipes,
    /// One published recipe, in `feedstock/`.
    Feedstock,
}

impl RepositoryKind {
    /// Tells the kind from a repository's name, with or without its owner, in any case; `None` for a repository that is neither.
    pub fn of(repository: &str) -> Option<Self> {
        let name = repository.to_ascii_lowercase();
        if name.ends_with("staged-recipes") {
            Some(Self::StagedRecipes)
        } else if name.ends_with("-feedstock") {
            Some(Self::Feedstock)
        } else {
            None
        }
    }
}

/// What a pull request did to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileStatus {
    /// New, changed, copied or only listed: it exists at the head commit.
    Present,
    /// It came there under another name.
    Renamed,
    /// It does not exist at the head commit.
    Removed,
}

/// A file in the list of a pull request's changed files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path at the head commit, or the one that it had if it was removed.
    pub path: String,
    /// What happened to it.
    pub status: FileStatus,
    /// The path before a renaming.
    pub previous_path: Option<String>,
}

/// What a pull request's files amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// One recipe directory is touched, and nothing is out of place.
    Recipe {
        /// The directory, relative to the repository: `feedstock` or `recipes/<name>`.
        subdir: String,
    },
    /// No recipe is touched, or recipes are only removed.
    NothingToCheck,
    /// Files are where they cannot stay. Never empty.
    Wrong(Vec<Finding>),
}

/// Looks at all changed files of a pull request to a repository of `kind`.
pub fn layout(kind: RepositoryKind, files: &[ChangedFile]) -> Layout {
    let mut sorted = Sorted::default();
    for file in files.iter().filter(|file| file.status != FileStatus::Removed) {
        match kind {
            RepositoryKind::StagedRecipes => sorted.staged(&file.path),
            RepositoryKind::Feedstock => {
                // A file that leaves the directory changes the recipe as much as one that stays.
                let left =
                    file.previous_path.as_deref().is_some_and(|previous| previous.starts_with("feedstock/"));
                if left && file.status == FileStatus::Renamed {
                    sorted.directories.entry(FEEDSTOCK.to_owned()).or_insert(&file.path);
                }
                sorted.feedstock(&file.path);
            }
        }
    }
    sorted.judge(kind)
}

/// What to say when `directory` (as in [`Layout::Recipe`]) has no `meta.yaml` at the head commit. `names` are the files that it
/// has; the finding stands on the first of them, since a file that does not exist cannot bear one.
pub fn missing_meta(directory: &str, names: &[String]) -> Finding {
    let found = match names {
        [] => "it is empty".to_owned(),
        names => match names.iter().find(|name| is_misnamed_meta(name)) {
            Some(name) => return misnamed(&format!("{directory}/{name}")),
            None => format!("it has {}", listed(names)),
        },
    };
    let path = names.first().map_or_else(|| directory.to_owned(), |name| format!("{directory}/{name}"));
    let message = format!(
        "The directory {} has no `{META_YAML}`; {found}. Every recipe needs `{META_YAML}`, `requirements.txt` and a Python file such \
         as `recipe.py`.",
        quoted(directory)
    );
    failure(&path, "`meta.yaml` is missing", message)
}

/// The changed files that exist at the head commit, by where they are.
#[derive(Default)]
struct Sorted<'a> {
    /// Recipe directories, each with its first file.
    directories: BTreeMap<String, &'a str>,
    /// Files that have nothing to do with a recipe.
    others: BTreeSet<&'a str>,
    wrong: Vec<Finding>,
}

impl<'a> Sorted<'a> {
    fn staged(&mut self, path: &'a str) {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            [RECIPES, name, file] => {
                self.directories.entry(format!("{RECIPES}/{name}")).or_insert(path);
                if is_misnamed_meta(file) {
                    self.wrong.push(misnamed(path));
                }
            }
            [RECIPES, name, .., META_YAML] => {
                let message = format!(
                    "{} is one level too deep; it must be `{RECIPES}/{name}/{META_YAML}`. Move it and the files beside it up.",
                    quoted(path)
                );
                self.wrong.push(failure(path, "Too deep", message));
            }
            [RECIPES, name, _, ..] => {
                self.directories.entry(format!("{RECIPES}/{name}")).or_insert(path);
            }
            [RECIPES, file] if is_recipe_file(file) => {
                let message = format!(
                    "{} stands directly in `{RECIPES}`; every recipe needs a directory of its own. Move it to \
                     `{RECIPES}/<name of your recipe>/{file}`.",
                    quoted(path)
                );
                self.wrong.push(failure(path, "Not deep enough", message));
            }
            [.., file] if *file == META_YAML || is_misnamed_meta(file) => {
                let message = format!(
                    "{} is outside `{RECIPES}`, so nobody would read it. It must be `{RECIPES}/<name of your recipe>/{META_YAML}`.",
                    quoted(path)
                );
                self.wrong.push(failure(path, "Recipe in the wrong place", message));
            }
            _ => {
                self.others.insert(path);
            }
        }
    }

    fn feedstock(&mut self, path: &'a str) {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            [FEEDSTOCK, file] => {
                self.directories.entry(FEEDSTOCK.to_owned()).or_insert(path);
                if is_misnamed_meta(file) {
                    self.wrong.push(misnamed(path));
                }
            }
            [FEEDSTOCK, .., file] if *file != META_YAML => {
                self.directories.entry(FEEDSTOCK.to_owned()).or_insert(path);
            }
            [.., file] if *file == META_YAML || is_misnamed_meta(file) => {
                let message = format!(
                    "{} is not where it is read; it must be `{FEEDSTOCK}/{META_YAML}`. Move it.",
                    quoted(path)
                );
                self.wrong.push(failure(path, "Recipe in the wrong place", message));
            }
            _ => {
                self.others.insert(path);
            }
        }
    }

    fn judge(mut self, kind: RepositoryKind) -> Layout {
        if self.directories.is_empty() && self.wrong.is_empty() {
            return Layout::NothingToCheck;
        }
        if kind == RepositoryKind::StagedRecipes {
            self.directory_names();
            self.only_one();
        }
        // Where the recipe itself is out of place, the files beside it will move with it.
        if !self.directories.is_empty() {
            self.no_mix(kind);
        }
        match (self.directories.into_keys().next(), self.wrong.is_empty()) {
            (Some(subdir), true) => Layout::Recipe { subdir },
            _ => Layout::Wrong(self.wrong),
        }
    }

    fn directory_names(&mut self) {
        for (directory, file) in &self.directories {
            let name = directory.rsplit('/').next().unwrap_or_default();
            if let Err(error) = feedstock_repository(name) {
                let message = format!(
                    "The directory {} {error}. Its name becomes the name of a repository, `<name>-feedstock`. Rename it, for \
                     example to `{RECIPES}/my-dataset`.",
                    quoted(name)
                );
                self.wrong.push(failure(file, "Directory name not allowed", message));
            }
        }
    }

    fn only_one(&mut self) {
        let mut directories = self.directories.iter();
        let Some((first, _)) = directories.next() else { return };
        for (directory, file) in directories.take(MAX_NAMED) {
            let message = format!(
                "This pull request touches {} as well as {}; one pull request may hold one recipe directory only. Open a pull \
                 request for each.",
                quoted(directory),
                quoted(first)
            );
            self.wrong.push(failure(file, "More than one recipe directory", message));
        }
    }

    fn no_mix(&mut self, kind: RepositoryKind) {
        let place = match kind {
            RepositoryKind::StagedRecipes => "a directory of `recipes/`",
            RepositoryKind::Feedstock => "`feedstock/`",
        };
        for file in self.others.iter().take(MAX_NAMED) {
            let message = format!(
                "This pull request changes a recipe, and also {}, which is not in {place}. A recipe must come alone, or it cannot \
                 be released by merging. Move this file to a pull request of its own.",
                quoted(file)
            );
            self.wrong.push(failure(file, "Recipe mixed with other files", message));
        }
    }
}

fn misnamed(path: &str) -> Finding {
    let name = path.rsplit('/').next().unwrap_or_default();
    let message = format!("Found {}; the file must be called `{META_YAML}`. Rename it.", quoted(name));
    failure(path, "`meta.yaml` has another name", message)
}

fn is_misnamed_meta(name: &str) -> bool {
    MISNAMED_META.contains(&name)
}

fn is_recipe_file(name: &str) -> bool {
    name == META_YAML
        || name == "requirements.txt"
        || name.strip_suffix(".py").is_some()
        || is_misnamed_meta(name)
}

/// A finding about a file as a whole, which GitHub shows on its first line.
fn failure(path: &str, title: &str, message: String) -> Finding {
    let Place { line, column, last_line, .. } = Place::START;
    Finding {
        path: path.to_owned(),
        line,
        end_line: last_line,
        column: Some(column),
        level: Level::Failure,
        title: title.to_owned(),
        message,
    }
}
