//! The dataset that a run wrote, opened by the tools that scientists open it with.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use runner_contract::{DatasetType, RunResult};
use tokio::process::Command;

use super::folder::Folder;
use super::machine;
use crate::github::WorkflowRun;

const OPEN_STORE: &str = include_str!("open_store.py");

/// Where the one Zarr store of a run is.
pub(super) fn store_of(folder: &Folder, data: &Path, run: &WorkflowRun) -> Result<PathBuf> {
    let outcome = machine::outcome(folder, run.id)?;
    let RunResult::Baked { stores, .. } = outcome.result else {
        bail!("run {} baked nothing: {:?}", run.id, outcome.result);
    };
    let [store] = stores.as_slice() else { bail!("run {} wrote {} stores, not one", run.id, stores.len()) };
    if store.dataset_type != DatasetType::Zarr {
        bail!("run {} wrote {:?}, not Zarr", run.id, store.dataset_type);
    }
    Ok(data.join(&run.inputs["subpath"]).join(&store.path))
}

/// Opens a store with the Python environment, checks its values for so many days, and answers with how it looks.
pub(super) async fn open(python: &Path, store: &Path, days: u32) -> Result<String> {
    let interpreter = python.join("bin/python");
    let output = Command::new(&interpreter)
        .args(["-I", "-W", "ignore", "-c", OPEN_STORE])
        .arg(store)
        .arg(days.to_string())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("{} cannot be started", interpreter.display()))?;
    if !output.status.success() {
        bail!("{} is not what it should be:\n{}", store.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
