//! What an error means: the sentence of the table in [`crate::known`] when it is a known one, and whose side it lies on.

use runner_contract::FailureClass::{self, Bakery, DataSource, Recipe, Requirements, Service};

use crate::known::{Known, TABLE};

/// All that is known about a failure.
#[derive(Debug, Clone, Copy)]
pub struct Clues<'a> {
    /// The error on one line.
    pub error: &'a str,
    /// Everything that may show what it was: message, traceback, standard error.
    pub text: &'a str,
    /// Whether the error comes from a line of the feedstock.
    pub located: bool,
    /// The names of the Python files beside `meta.yaml`, without their ending.
    pub siblings: &'a [String],
}

/// Errors that come from the place where the input data is.
const DATA_SOURCE: [&str; 12] = [
    "aiohttp.client_exceptions.",
    "aiohttp.http_exceptions.",
    "requests.exceptions.",
    "urllib.error.",
    "urllib3.exceptions.",
    "http.client.",
    "socket.gaierror",
    "ConnectionRe",
    "ftplib.",
    "fsspec.exceptions.FSTimeoutError",
    "FileNotFoundError: http",
    "FileNotFoundError: ftp",
];

/// The class of a failure and, for a known one, the sentence about it.
pub fn explain(clues: Clues<'_>) -> (FailureClass, Option<String>) {
    if let Some(missing) = missing_module(clues.error) {
        return explain_missing(missing, clues.siblings);
    }
    let fits = |entry: &&Known| {
        entry.signs.iter().all(|sign| clues.text.contains(sign) || clues.error.contains(sign))
    };
    if let Some(entry) = TABLE.iter().find(fits) {
        return (entry.class, Some(entry.sentence.to_owned()));
    }
    if DATA_SOURCE.iter().any(|start| clues.error.starts_with(start)) {
        let sentence =
            "The input could not be read from its source; when that is not permanent, run the recipe again.";
        return (DataSource, Some(sentence.to_owned()));
    }
    (guess(clues), None)
}

fn guess(clues: Clues<'_>) -> FailureClass {
    let in_submission =
        ["in run_pipeline", "runners/dataflow/", "bakery/"].iter().any(|sign| clues.text.contains(sign));
    let in_recipe =
        ["[while running ", "in parse_recipes", "in to_beam", "recipe_rewriter.py", "direct_runner.py"]
            .iter()
            .any(|sign| clues.text.contains(sign));
    match () {
        () if clues.located || in_recipe => Recipe,
        () if clues.error.contains("ImportError") => Requirements,
        () if in_submission => Bakery,
        () => Service,
    }
}

/// `x.y` of `ModuleNotFoundError: No module named 'x.y'`.
fn missing_module(error: &str) -> Option<&str> {
    error.strip_prefix("ModuleNotFoundError: No module named '")?.split('\'').next()
}

fn explain_missing(module: &str, siblings: &[String]) -> (FailureClass, Option<String>) {
    let top = module.split('.').next().unwrap_or(module);
    if siblings.iter().any(|sibling| sibling == top) {
        let sentence = "A recipe file cannot import the files beside it: it is read on its own, and the workers of a bake do \
                        not have the others. Move what it needs into the recipe file or into a package.";
        return (Recipe, Some(sentence.to_owned()));
    }
    let sentence = "The recipe imports a package that is not installed: name it in requirements.txt. Listing the recipes of a \
                    dict_object installs nothing, so such a file may import only what the service has, or import inside its \
                    functions.";
    (Requirements, Some(sentence.to_owned()))
}
