//! GitHub Actions: takes up every workflow run that was dispatched, one after the other, and has somebody do its job.

use std::time::Duration;

use anyhow::Result;
use tokio_util::sync::CancellationToken;

use crate::github::{FakeGithub, WorkflowRun};
use crate::world::HUB;

/// How soon a run that was dispatched is taken up.
const TAKEN_UP_WITHIN: Duration = Duration::from_millis(50);

/// Somebody who can do the job of a workflow run.
pub(super) trait Machine {
    /// Does the job and ends the run. An error is one of the machine, not of the recipe.
    fn execute(&self, run: &WorkflowRun) -> impl Future<Output = Result<()>> + Send;
}

/// Works until told to stop.
pub(super) async fn work(github: FakeGithub, machine: impl Machine, stop: CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        let queued = github.read(|world| {
            let runs = &world.repositories[HUB].workflow_runs;
            runs.values().find(|run| run.status == "queued").cloned()
        });
        if let Some(run) = queued {
            github.start_run(run.id);
            machine.execute(&run).await?;
        } else {
            tokio::select! {
                () = tokio::time::sleep(TAKEN_UP_WITHIN) => {}
                () = stop.cancelled() => {}
            }
        }
    }
    Ok(())
}
