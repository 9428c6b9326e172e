//! Names that are made from other names: jobs, storage paths, feedstock repositories.
//!
//! Each is a pure function of its arguments, because a retry must arrive at the same name. No address of a service is ever put
//! into a name or read out of one.

use sha2::{Digest, Sha256};

use super::meta::RecipeId;

/// The longest part of a job name that stands for the app; with it the whole name has at most 57 characters for any run.
const MAX_APP: usize = 22;
/// Hexadecimal digits of the hash in a shortened app name.
const HASH_DIGITS: usize = 8;
/// GitHub allows repository names of 100 characters, `-feedstock` takes ten of them.
const MAX_DIRECTORY: usize = 90;
/// The longest dispatch id, in characters.
const MAX_DISPATCH_ID: usize = 64;

/// The name by which a bakery knows one attempt of a recipe run: `pf-<app>-<run>-<attempt>`.
///
/// It is a valid name for the runner and for Dataflow, `^[a-z][-_0-9a-z]{0,62}$`, and has at most 57 characters. An `app` that is
/// too long, or has other characters than lower-case letters, digits and inner hyphens, is shortened and gets a hash of the whole,
/// so that different arguments give different names. The recipe's id is not part of it: ids are longer than that.
pub fn job_name(app: &str, recipe_run: i64, attempt: u32) -> String {
    format!("pf-{}-{recipe_run}-{attempt}", job_name_app(app))
}

fn job_name_app(app: &str) -> String {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    // With a hyphen at its end, an app's name could run into a negative number behind it.
    if !app.is_empty() && app.len() <= MAX_APP && app.chars().all(is_plain) && !app.ends_with('-') {
        return app.to_owned();
    }
    let hash = Sha256::digest(app);
    let digest = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    let kept = app.chars().take(MAX_APP - HASH_DIGITS - 1).map(|c| {
        let lower = c.to_ascii_lowercase();
        if is_plain(lower) { lower } else { '-' }
    });
    format!("{}-{digest:0HASH_DIGITS$x}", kept.collect::<String>())
}

/// What `{subpath}` in a bakery's paths stands for in a test: where its dataset goes, below the bakery's root. Every test has its own
/// place.
///
/// `spec` is the feedstock's `owner/repository`, `dataset_type` the ending (`zarr`).
pub fn test_subpath(
    app: &str,
    spec: &str,
    recipe_id: &RecipeId,
    recipe_run: i64,
    dataset_type: &str,
) -> String {
    format!("{app}/test/{spec}/recipe-run-{recipe_run}/{recipe_id}.{dataset_type}")
}

/// The layout of production unless a bakery has another: each run of a recipe writes over the one before. Published datasets have
/// lived under these paths for years, so it never changes.
const PRODUCTION_PATH: &str = "{app}/{feedstock}/{recipe_id}.{dataset_type}";
/// What may stand between braces in a bakery's own layout.
pub const PRODUCTION_FIELDS: [&str; 6] =
    ["{app}", "{feedstock}", "{recipe_id}", "{dataset_type}", "{run_id}", "{version}"];

/// What a production run's place is made of.
#[derive(Debug, Clone, Copy)]
pub struct Production<'a> {
    /// `{app}`: the App's name.
    pub app: &'a str,
    /// `{feedstock}`: `owner/repository`.
    pub spec: &'a str,
    /// `{recipe_id}`.
    pub recipe_id: &'a RecipeId,
    /// `{dataset_type}`: the ending, such as `zarr`.
    pub dataset_type: &'a str,
    /// `{run_id}`: the id of the recipe run.
    pub recipe_run: i64,
    /// `{version}`: see [`version`].
    pub version: &'a str,
}

/// What `{subpath}` stands for in production, by a bakery's own layout or the one of always.
pub fn production_subpath(layout: Option<&str>, of: &Production<'_>) -> String {
    let run_id = of.recipe_run.to_string();
    let values = [of.app, of.spec, of.recipe_id.as_ref(), of.dataset_type, &run_id, of.version];
    let mut path = layout.unwrap_or(PRODUCTION_PATH).to_owned();
    // No value holds a brace, so none is taken for a field.
    for (field, value) in PRODUCTION_FIELDS.iter().zip(values) {
        path = path.replace(field, value);
    }
    path
}

/// The version of a production run: the first twelve digits of its commit. Tags come after a deployment, and branches move.
pub fn version(sha: &str) -> &str {
    sha.get(..12).unwrap_or(sha)
}

/// Whether `text` can be the id of a dispatch: 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
///
/// The id is read back from the names of workflow runs, which a fork's workflow chooses freely; a text of another shape is not
/// ours.
pub fn is_dispatch_id(text: &str) -> bool {
    (1..=MAX_DISPATCH_ID).contains(&text.len()) && text.bytes().all(is_repository_byte)
}

/// Why the name of a recipe directory cannot become the name of a repository. The text follows the directory's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryNameError {
    /// No characters.
    #[error("has no name")]
    Empty,
    /// Too many characters; holds how many.
    #[error("has a name of {0} characters, and at most {MAX_DIRECTORY} are allowed")]
    TooLong(usize),
    /// A character that GitHub would replace.
    #[error("has a name with other characters than letters A-Z and a-z, digits, `.`, `_` and `-`")]
    Character,
    /// `.` or `-` in front.
    #[error("has a name that does not start with a letter, a digit or `_`")]
    Start,
    /// The ending that we add.
    #[error("already has the ending `-feedstock`, which is added when the repository is made")]
    Ending,
}

/// The name of the repository, without its owner, that a recipe directory of staged-recipes becomes: `<directory>-feedstock`.
pub fn feedstock_repository(directory: &str) -> Result<String, DirectoryNameError> {
    let first = directory.bytes().next().ok_or(DirectoryNameError::Empty)?;
    if !directory.bytes().all(is_repository_byte) {
        Err(DirectoryNameError::Character)
    } else if directory.len() > MAX_DIRECTORY {
        Err(DirectoryNameError::TooLong(directory.len()))
    } else if matches!(first, b'.' | b'-') {
        Err(DirectoryNameError::Start)
    } else if directory.to_ascii_lowercase().ends_with("-feedstock") {
        Err(DirectoryNameError::Ending)
    } else {
        Ok(format!("{directory}-feedstock"))
    }
}

/// The characters that GitHub keeps in a repository's name.
fn is_repository_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn is_valid_job_name(name: &str) -> bool {
        let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        name.len() <= 57 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(part)
    }

    #[test]
    fn a_job_is_named_after_app_run_and_attempt() {
        assert_eq!(job_name("pangeo-forge", 1366, 1), "pf-pangeo-forge-1366-1");
        assert_eq!(job_name("pangeo-forge-staging", 7, 12), "pf-pangeo-forge-staging-7-12");
        let long = job_name("pforge-local-someone-with-a-long-name", 1, 1);
        assert!(long.starts_with("pf-pforge-local-") && long.ends_with("-1-1"), "{long}");
    }

    #[test]
    fn job_names_are_valid_and_differ_for_all_arguments() {
        let apps = [
            "",
            "-",
            "a",
            "A",
            "a-",
            "a-1",
            "a-1-1",
            "a b",
            "a_b",
            "a.b",
            "é",
            "pangeo-forge",
            "Pangeo-Forge",
            "pangeo-forge-staging",
            "pforge-local-someone-with-a-long-name",
            "pforge-local-someone-with-a-long-nam",
            "0123456789012345678901",
            "01234567890123456789012",
        ];
        let runs = [0, 1, 11, 111, -1, 9_999, 10_000, i64::MAX, i64::MIN];
        let attempts = [0, 1, 11, u32::MAX];
        let mut names = HashSet::new();
        for app in apps {
            for run in runs {
                for attempt in attempts {
                    let name = job_name(app, run, attempt);
                    assert!(is_valid_job_name(&name), "{name}");
                    assert!(names.insert(name), "{app} {run} {attempt}");
                }
            }
        }
    }

    #[test]
    fn datasets_stay_where_they_have_always_been() {
        let id = RecipeId::parse("eobs-wind-speed").expect("a plain id");
        let spec = "pangeo-forge/EOBS-feedstock";
        let run = Production {
            app: "pangeo-forge",
            spec,
            recipe_id: &id,
            dataset_type: "zarr",
            recipe_run: 42,
            version: version("0123456789abcdef0123456789abcdef01234567"),
        };
        assert_eq!(
            production_subpath(None, &run),
            "pangeo-forge/pangeo-forge/EOBS-feedstock/eobs-wind-speed.zarr"
        );
        assert_eq!(
            production_subpath(Some("{app}/{feedstock}/{version}/{recipe_id}-{run_id}.{dataset_type}"), &run),
            "pangeo-forge/pangeo-forge/EOBS-feedstock/0123456789ab/eobs-wind-speed-42.zarr"
        );
        assert_eq!(
            test_subpath("pangeo-forge-staging", spec, &id, 42, "zarr"),
            "pangeo-forge-staging/test/pangeo-forge/EOBS-feedstock/recipe-run-42/eobs-wind-speed.zarr"
        );
    }

    #[test]
    fn dispatch_ids_are_short_plain_words() {
        for good in ["pfo-1", "0198f0c2-7b1e-7cc0-b2d2-5f1f6f6b9a3c", &"x".repeat(64)] {
            assert!(is_dispatch_id(good), "{good}");
        }
        for bad in ["", "a b", "a/b", "a\n", "${{ x }}", "é", &"x".repeat(65)] {
            assert!(!is_dispatch_id(bad), "{bad}");
        }
    }

    #[test]
    fn a_recipe_directory_becomes_a_repository() {
        use DirectoryNameError::{Character, Empty, Ending, Start, TooLong};
        assert_eq!(feedstock_repository("EOBS").as_deref(), Ok("EOBS-feedstock"));
        assert_eq!(feedstock_repository("a.b_c-1").as_deref(), Ok("a.b_c-1-feedstock"));
        let long = "x".repeat(91);
        for (name, error) in [
            ("", Empty),
            ("a b", Character),
            ("é", Character),
            ("a/b", Character),
            (".", Start),
            ("..", Start),
            ("-a", Start),
            ("eobs-feedstock", Ending),
            ("EOBS-Feedstock", Ending),
            (long.as_str(), TooLong(91)),
        ] {
            assert_eq!(feedstock_repository(name), Err(error), "{name}");
        }
    }
}
