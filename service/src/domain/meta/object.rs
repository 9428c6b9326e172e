//! `module:name`: where in the feedstock's Python files a recipe is found.
//!
//! The rules of the reference and the search in the module's text live here; which key holds the reference does not.

use std::fmt;

use serde::Serialize;

use super::super::nearest::nearest;
use super::super::yaml::finding::{Findings, Place, did_you_mean, listed, quoted};
use super::FeedstockFiles;
use super::python;

/// A Python object in a file beside `meta.yaml`, written `module:name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ObjectRef {
    /// The file's name without `.py`.
    pub module: String,
    /// A name at the top level of that file.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.name)
    }
}

/// Reads the reference `text` of the key `key`, and looks for its file and name. A name that a search of the text cannot find is
/// only a warning: Python can make names in ways that no search sees.
pub(super) fn check(
    key: &str,
    text: &str,
    place: Place,
    files: &FeedstockFiles<'_>,
    findings: &mut Findings,
) -> Option<ObjectRef> {
    let object = match parse(text) {
        Ok(object) => object,
        Err(wrong) => {
            let message = format!(
                "`{key}` is {}, {wrong}. It must be `module:name`: the name of a `.py` file beside meta.yaml without the ending, a \
                 colon, and a name in that file. For `recipe = ...` in recipe.py write `{key}: \"recipe:recipe\"`.",
                quoted(text)
            );
            findings.failure(place, format!("`{key}` has the wrong form"), message);
            return None;
        }
    };
    let file = format!("{}.py", object.module);
    if !files.names.contains(&file) {
        let modules: Vec<&str> = files.names.iter().filter_map(|name| name.strip_suffix(".py")).collect();
        let known = if modules.is_empty() {
            "There is no `.py` file beside meta.yaml.".to_owned()
        } else {
            format!(
                "The modules there are {}.{}",
                listed(&modules),
                did_you_mean(nearest(&object.module, &modules))
            )
        };
        let message = format!(
            "{} needs the file {}, which is not beside meta.yaml. {known}",
            quoted(text),
            quoted(&file)
        );
        findings.failure(place, "Module not found", message);
        return None;
    }
    if let Some(names) = files.modules.get(&file).and_then(|text| python::top_level_names(text))
        && !names.contains(&object.name)
    {
        let known = if names.is_empty() { "no name".to_owned() } else { listed(&names) };
        let message = format!(
            "{} names {}, which {file} does not seem to define at its top level; it defines {known}.{}",
            quoted(text),
            quoted(&object.name),
            did_you_mean(nearest(&object.name, &names))
        );
        findings.warning(place, "Name not found in the module", message);
    }
    Some(object)
}

/// Splits `module:name`, or says what is wrong in words that follow "which".
fn parse(text: &str) -> Result<ObjectRef, &'static str> {
    let (module, name) = text.split_once(':').ok_or("which has no colon")?;
    // The runner takes a module as the name of a file, so hyphens are fine; slashes would lead out of the directory.
    let is_module = module.starts_with(is_name_start) && module.chars().all(|c| is_name_part(c) || c == '-');
    if module.is_empty() {
        Err("which has no module before the colon")
    } else if name.contains(':') {
        Err("which has more than one colon")
    } else if module.contains(['/', '\\']) {
        Err("whose module is a path; it must be a file beside meta.yaml")
    } else if module.contains('.') {
        Err("whose module contains a dot; leave out `.py` and any package before it")
    } else if !is_module {
        Err("whose module is not the name of a Python file")
    } else if name.is_empty() {
        Err("which has no name after the colon")
    } else if name.starts_with(is_name_start) && name.chars().all(is_name_part) {
        Ok(ObjectRef { module: module.to_owned(), name: name.to_owned() })
    } else {
        Err("whose part after the colon is not a plain Python name")
    }
}

/// Whether a Python name can start with this character.
pub(super) fn is_name_start(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

/// Whether a Python name can go on with this character.
pub(super) fn is_name_part(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_a_module_and_a_name() {
        for good in ["recipe:recipe", "my-recipe:transforms", "_r:_x1", "données:été"] {
            assert_eq!(parse(good).map(|object| object.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "",
            ":",
            "recipe",
            "recipe:",
            ":recipe",
            "a:b:c",
            "../x:y",
            "a/b:c",
            "recipe.py:recipe",
            "pkg.recipe:r",
            "1a:b",
            "a:1b",
            "a:b.c",
            "a:b()",
            "a: b",
            "a b:c",
            "recipe::r",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
