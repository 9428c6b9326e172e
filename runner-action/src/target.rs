//! The datasets of a recipe: those that stand in the target, and those that its text names.
//!
//! No output of the runner says where the data went. After a bake that was waited for, the target is listed, and what is new since
//! before counts. For a job that runs elsewhere, the recipe's text is read (never run).

use std::collections::BTreeMap;

use runner_contract::{DatasetType, Store};
use serde::Deserialize;
use serde_json::Value;

use crate::python::{Environment, PythonError, Script};
use crate::user::User;

use std::path::Path;

const LIST_TARGET: Script = Script { name: "list_target.py", text: include_str!("../python/list_target.py") };
const STORE_NAMES: Script = Script { name: "store_names.py", text: include_str!("../python/store_names.py") };

/// The most datasets that one recipe is credited with.
const STORES_MAX: usize = 100;

/// The datasets in a target: path and type, with a mark that changes when one is written again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing(BTreeMap<String, (DatasetType, String)>);

#[derive(Deserialize)]
struct Found {
    path: String,
    dataset_type: DatasetType,
    #[serde(default)]
    mark: String,
}

impl Listing {
    /// Lists the target, with the storage arguments that the runner gets too.
    pub async fn take(
        storage: &Value,
        environment: &Environment,
        user: &User,
        cwd: &Path,
    ) -> Result<Self, PythonError> {
        let found: Vec<Found> = environment.ask(LIST_TARGET, &[], storage.to_string(), user, cwd).await?;
        let kept = found.into_iter().filter(|found| is_relative(&found.path));
        Ok(Self(kept.map(|found| (found.path, (found.dataset_type, found.mark))).collect()))
    }

    /// What is here and was not there before, or was written again.
    pub fn since(&self, before: &Self) -> Vec<Store> {
        self.0
            .iter()
            .filter(|(path, state)| before.0.get(*path) != Some(state))
            .map(|(path, (dataset_type, _))| Store { path: path.clone(), dataset_type: *dataset_type })
            .take(STORES_MAX)
            .collect()
    }
}

/// The stores that the text of a recipe names for `object`, a variable at its top level.
pub async fn named(
    source: String,
    object: &str,
    environment: &Environment,
    user: &User,
    cwd: &Path,
) -> Result<Vec<Store>, PythonError> {
    let found: Vec<Found> = environment.ask(STORE_NAMES, &[object], source, user, cwd).await?;
    let kept = found.into_iter().filter(|found| is_relative(&found.path)).take(STORES_MAX);
    Ok(kept.map(|found| Store { path: found.path, dataset_type: found.dataset_type }).collect())
}

/// The names in a bucket and in a recipe are anybody's; a path that climbs or cannot be printed is no dataset of ours.
fn is_relative(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "..";
    path.len() <= 1024 && !path.contains(char::is_control) && path.split('/').all(part)
}
