//! A pull request is closed, merged or not: the tests that nobody asked for will not be asked for any more. One that goes on comes to
//! its end, and so does the answer to it. If the pull request is opened again, a command makes another attempt.

use super::end_run::{self, Ending};
use super::{Context, Result};
use crate::domain::command::PullRequest;
use crate::domain::fault::Fault;
use crate::domain::run::RunState;
use crate::store;

pub(super) async fn run(job: Context<'_>, pull_request: &PullRequest) -> Result<()> {
    let pull =
        job.github(pull_request.installation, &pull_request.repository).pull(pull_request.number).await?;
    if pull.is_open {
        // Opened again in the meantime.
        return job.done().await;
    }
    let mut tx = job.write().await?;
    if let Some(feedstock) = store::feedstock::find(&mut tx, &pull_request.repository).await? {
        let runs = store::recipe_run::list_by_conversation(&mut tx, feedstock, pull_request.number).await?;
        for run in runs.iter().filter(|run| run.is_test) {
            if run.state()? == RunState::Queued {
                end_run::end_in(job, &mut tx, run, Ending::Failed(Fault::Closed)).await?;
            }
        }
    }
    job.finish(tx).await
}
