//! A machine of GitHub Actions that runs nothing: it leaves the outcome that the plot calls for. Python is not what is tested here.

use std::time::Duration;

use anyhow::{Context as _, Result};
use runner_contract::{
    Command, DatasetType, Failure, FailureClass, Location, OUTCOME_SCHEMA, Outcome, RunResult, Store,
};

use super::actions::Machine;
use super::plot::{Ending, PLOTS, Plot};
use crate::github::{FakeGithub, WorkflowRun};

/// Long enough for the service to be killed while a run goes on.
const TAKES: Duration = Duration::from_millis(60);

/// The machine.
#[derive(Debug)]
pub(super) struct InstantMachine {
    /// Where its runs come from.
    pub(super) github: FakeGithub,
}

impl Machine for InstantMachine {
    async fn execute(&self, run: &WorkflowRun) -> Result<()> {
        let directory = run.inputs["feedstock_subdir"].as_str();
        let plot = PLOTS.into_iter().find(|plot| plot.directory == directory);
        let result = result(plot.with_context(|| format!("no plot has the directory {directory}"))?, run);
        let conclusion = if matches!(result, RunResult::Failed(_)) { "failure" } else { "success" };
        let outcome = Outcome {
            schema: OUTCOME_SCHEMA.to_owned(),
            dispatch_id: run.inputs["dispatch_id"].clone(),
            sha: run.inputs["sha"].clone(),
            seconds: TAKES.as_secs_f64(),
            result,
        };
        let outcome = serde_json::to_vec(&outcome)?;
        tokio::time::sleep(TAKES).await;
        self.github.finish_run(run.id, conclusion, Some(&outcome));
        Ok(())
    }
}

fn result(plot: &Plot, run: &WorkflowRun) -> RunResult {
    if run.inputs["command"] == Command::ExpandMeta.as_str() {
        return RunResult::Expanded {
            recipe_ids: plot.expands_to.iter().map(|id| (*id).to_owned()).collect(),
        };
    }
    match plot.ending {
        Ending::Data { store } => RunResult::Baked {
            recipe_id: run.inputs["recipe_id"].clone(),
            stores: vec![Store { path: store.to_owned(), dataset_type: DatasetType::Zarr }],
        },
        Ending::Fails { error, line } => RunResult::Failed(Failure {
            class: FailureClass::Recipe,
            error: error.to_owned(),
            explanation: None,
            location: Some(Location { file: "recipe.py".to_owned(), line }),
            trace: None,
        }),
    }
}
