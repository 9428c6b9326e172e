//! The little that the action itself reads in `meta.yaml`: which file and which object a recipe is.
//!
//! Whether the file is right is for the service and for the runner to say; here, what cannot be read is simply not known.

use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    recipes: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: Option<String>,
    object: Option<String>,
    dict_object: Option<String>,
}

/// Where a recipe is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The file.
    pub file: PathBuf,
    /// A variable in it: the recipe, or the dictionary that holds it.
    pub object: String,
}

/// Finds the definition of a recipe in the directory of `meta.yaml`.
pub fn find(feedstock: &Path, recipe_id: &str) -> Option<Definition> {
    let text = std::fs::read_to_string(feedstock.join("meta.yaml")).ok()?;
    let meta: Meta = serde_yaml::from_str(&text).ok()?;
    let by_id = meta.recipes.iter().find(|entry| entry.id.as_deref() == Some(recipe_id));
    let in_dictionary = || meta.recipes.iter().find(|entry| entry.dict_object.is_some());
    let entry = by_id.or_else(in_dictionary)?;
    let (module, object) = entry.object.as_deref().or(entry.dict_object.as_deref())?.split_once(':')?;
    // The module is a file's name; anything else would lead out of the directory.
    let plain = !module.is_empty() && !module.contains('/') && module != "..";
    plain.then(|| Definition { file: feedstock.join(format!("{module}.py")), object: object.to_owned() })
}

/// The names of the Python files in the directory of `meta.yaml`, without their ending.
pub fn modules(feedstock: &Path) -> Vec<String> {
    let files = std::fs::read_dir(feedstock).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".py")?.to_owned())).collect()
}
