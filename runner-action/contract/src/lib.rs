//! What the service and the runner action say to each other.
//!
//! Two values cross the wire: the [`Request`], which travels as the inputs of a `workflow_dispatch`, and the [`Outcome`], which
//! travels back as the file [`OUTCOME_FILE`] in the artifact [`OUTCOME_ARTIFACT`] of that same workflow run. Nothing else may
//! enter this crate: no I/O, no rules, no dependency but serde. The outcome is written next to code that nobody has reviewed, so
//! the reader treats every text in it as hostile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The artifact that holds the outcome.
pub const OUTCOME_ARTIFACT: &str = "outcome";
/// The one file in that artifact.
pub const OUTCOME_FILE: &str = "outcome.json";
/// The largest outcome that is written or read, in bytes, unpacked.
pub const OUTCOME_MAX_BYTES: usize = 256 * 1024;
/// The only value of [`Outcome::schema`] that is understood.
pub const OUTCOME_SCHEMA: &str = "pangeo-forge-outcome/1";

/// What the action is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// List the recipes of a `dict_object`; runs recipe code, gets no secret.
    ExpandMeta,
    /// Run or submit one recipe.
    Bake,
}

impl Command {
    /// The word that stands in the workflow input and names the `pangeo-forge-runner` subcommand.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExpandMeta => "expand-meta",
            Self::Bake => "bake",
        }
    }
}

/// The inputs of one dispatched run of `run-recipe.yaml`, each a string on the wire.
///
/// An input that does not apply is the empty string. See [`Request::inputs`] for the names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Our own name for this dispatch; stands in the run's name, so that a run can be found without its id.
    pub dispatch_id: String,
    /// What to do.
    pub command: Command,
    /// `owner/name` of the repository that holds the recipe: the base of the pull request, never a fork.
    pub repository: String,
    /// Where the commit can be fetched from: `refs/pull/7/head` or `refs/heads/main`.
    pub git_ref: String,
    /// The commit, 40 hexadecimal digits.
    pub sha: String,
    /// The directory of `meta.yaml`: `feedstock` or `recipes/<name>`.
    pub feedstock_subdir: String,
    /// The recipe to bake; empty for `expand-meta`.
    pub recipe_id: String,
    /// The bakery's name, the first part of its file's name; empty for `expand-meta`.
    pub bakery: String,
    /// The deployment, the second part of the bakery file's name.
    pub deployment: String,
    /// The job's name, at most 63 characters, `^[a-z][-_0-9a-z]*$`; empty for `expand-meta`.
    pub job_name: String,
    /// What `{subpath}` in the bakery's `root_path` stands for; empty for `expand-meta`.
    pub subpath: String,
    /// Keep only the first items of each dimension.
    pub prune: bool,
}

impl Request {
    /// The workflow's inputs by name. Underscores, since a shell drops an environment variable with a hyphen in its name.
    pub fn inputs(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("dispatch_id", self.dispatch_id.clone()),
            ("command", self.command.as_str().to_owned()),
            ("repository", self.repository.clone()),
            ("git_ref", self.git_ref.clone()),
            ("sha", self.sha.clone()),
            ("feedstock_subdir", self.feedstock_subdir.clone()),
            ("recipe_id", self.recipe_id.clone()),
            ("bakery", self.bakery.clone()),
            ("deployment", self.deployment.clone()),
            ("job_name", self.job_name.clone()),
            ("subpath", self.subpath.clone()),
            ("prune", self.prune.to_string()),
        ])
    }
}

/// What came of a dispatched run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// [`OUTCOME_SCHEMA`].
    pub schema: String,
    /// The [`Request::dispatch_id`] this answers.
    pub dispatch_id: String,
    /// The commit that was fetched and used, 40 hexadecimal digits.
    pub sha: String,
    /// From the start of the action to its end.
    pub seconds: f64,
    /// The end of it.
    pub result: RunResult,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RunResult {
    /// `expand-meta` listed these recipes, in the order of the runner.
    Expanded {
        /// The recipe ids; never empty.
        recipe_ids: Vec<String>,
    },
    /// A blocking bakery wrote the data.
    Baked {
        /// The recipe that was asked for.
        recipe_id: String,
        /// The stores found under the target after the bake, relative to `root_path`; never empty.
        stores: Vec<Store>,
    },
    /// A bakery elsewhere accepted the job.
    Submitted {
        /// The recipe that was asked for.
        recipe_id: String,
        /// The name the bakery knows the job by.
        job_name: String,
        /// The bakery's own id of the job.
        job_id: String,
        /// The stores that the recipe's text names, relative to `root_path`; empty when the text does not say.
        stores: Vec<Store>,
    },
    /// It did not work.
    Failed(Failure),
}

/// One dataset below the target's `root_path`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Relative path, `/`-separated, no leading slash, no `..`; `.` for a dataset at `root_path` itself.
    pub path: String,
    /// What it is.
    pub dataset_type: DatasetType,
}

/// The public API's `dataset_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatasetType {
    /// A Zarr group.
    Zarr,
    /// Kerchunk references, one JSON file or a directory of Parquet files.
    Kerchunk,
    /// Parquet.
    Parquet,
}

/// Why a run failed, as far as the action could tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Whose side the cause lies on.
    pub class: FailureClass,
    /// The first real error on one line: `ValueError: no data for day 1`.
    pub error: String,
    /// What the error means and what to do, where the action knows the message.
    pub explanation: Option<String>,
    /// The innermost line of the feedstock's own files in the traceback.
    pub location: Option<Location>,
    /// The traceback or the last lines of output, cut to size.
    pub trace: Option<String>,
}

/// Whose side the cause of a failure lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// `recipe.py` or `meta.yaml`.
    Recipe,
    /// `requirements.txt`.
    Requirements,
    /// The place the input comes from.
    DataSource,
    /// The bakery: its configuration, credentials or quota.
    Bakery,
    /// The run took longer than it may.
    TimedOut,
    /// The service, the action or GitHub.
    Service,
}

/// A line in a file of the feedstock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Path relative to the feedstock's directory: `recipe.py`.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_reads_back_and_refuses_what_it_does_not_know() {
        let outcome = Outcome {
            schema: OUTCOME_SCHEMA.into(),
            dispatch_id: "pfo-1".into(),
            sha: "a".repeat(40),
            seconds: 1.5,
            result: RunResult::Baked {
                recipe_id: "x/y".into(),
                stores: vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }],
            },
        };
        let text = serde_json::to_string(&outcome).expect("an outcome is plain data");
        assert_eq!(serde_json::from_str::<Outcome>(&text).expect("it reads back"), outcome);
        let forged = text.replacen("\"schema\"", "\"admin\":true,\"schema\"", 1);
        assert!(serde_json::from_str::<Outcome>(&forged).is_err());
    }
}
