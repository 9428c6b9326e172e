//! A newer commit takes the place of an older one: what waits or goes on for the older is stopped, its checks end as cancelled, and
//! nothing is said about it any more.

use super::end_run::{self, Ending};
use super::{Context, Result, enqueue, publish, stop_run};
use crate::domain::command::PullRequest;
use crate::domain::fault::Fault;
use crate::domain::id::{FeedstockId, Sha};
use crate::domain::job::Job;
use crate::domain::report::{Content, check};
use crate::domain::run::{RunState, Status};
use crate::store::workflow_run::Context as Purpose;
use crate::store::{self, Tx};

/// Ends everything that belongs to other heads of the pull request than `head`.
pub(super) async fn replace_in(
    job: Context<'_>,
    tx: &mut Tx,
    pull_request: &PullRequest,
    feedstock: FeedstockId,
    head: &Sha,
) -> Result<()> {
    let replaced = Fault::Replaced { by: head.clone() };
    for run in store::recipe_run::list_outdated(tx, feedstock, pull_request.number, head).await? {
        let went_on = run.state()? == RunState::InProgress;
        end_run::end_in(job, tx, &run, Ending::Failed(replaced.clone())).await?;
        if went_on {
            stop_run::stop_in(job, tx, run.id).await?;
        }
    }
    for listing in store::workflow_run::list_open_expansions(tx, feedstock, pull_request.number).await? {
        let is_outdated = listing.request.sha != head.as_str();
        if !is_outdated || !matches!(listing.context.0, Purpose::Synchronize { .. }) {
            continue;
        }
        store::workflow_run::set_concluded(tx, listing.id, None, job.now()).await?;
        if listing.attempted_at.is_some() {
            enqueue(tx, &Job::CancelWorkflow { workflow_run: listing.id }, job.now()).await?;
        }
    }
    close_checks(job, tx, pull_request, (feedstock, head), &replaced).await
}

/// Ends the open `synchronize` checks of earlier heads, unless another pull request still has that head: they share the check.
async fn close_checks(
    job: Context<'_>,
    tx: &mut Tx,
    pull_request: &PullRequest,
    (feedstock, head): (FeedstockId, &Sha),
    replaced: &Fault,
) -> Result<()> {
    let place = (&pull_request.repository, pull_request.installation);
    let earlier = store::pull_request_head::list_others(tx, feedstock, pull_request.number, head).await?;
    for sha in earlier {
        let key = check::key(&pull_request.repository, &sha);
        let Some(report) = store::report::find(tx, &key).await? else { continue };
        let Content::CheckRun(open) = report.content.0 else { continue };
        if open.status == Status::Completed {
            continue;
        }
        let headed = store::pull_request_head::list_headed_by(tx, feedstock, &sha).await?;
        if headed.iter().any(|number| *number != pull_request.number) {
            continue;
        }
        let closed = check::replaced(open, replaced, job.now());
        publish(tx, &key, place, &Content::CheckRun(closed), job.now()).await?;
    }
    Ok(())
}
