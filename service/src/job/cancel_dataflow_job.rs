//! Dataflow is asked to stop a job. The end of it comes as every end does: as a message, or as the answer to a question.

use chrono::TimeDelta;

use super::{Context, Error, Result, follow_dataflow};
use crate::domain::dataflow::{JobState, is_name_of};
use crate::domain::id::DataflowJobId;
use crate::google::JobPlace;
use crate::store;

/// A job that cannot be cancelled and has not ended is about to begin, or to end.
const BETWEEN: TimeDelta = TimeDelta::minutes(1);

pub(super) async fn run(job: Context<'_>, id: DataflowJobId) -> Result<()> {
    let now = job.now();
    let mut tx = job.read().await?;
    let known = store::dataflow_job::get(&mut tx, id).await?;
    drop(tx);
    // Without an id there is nothing to name: whoever learns of one asks again.
    let (Some(job_id), None) = (&known.job_id, known.ended_at) else { return job.done().await };
    let Some(google) = &job.app.google else {
        tracing::warn!(
            job = known.name,
            "nobody told us as whom to ask Dataflow, so the job goes on to its end"
        );
        return job.done().await;
    };
    let place = JobPlace { project: &known.project, location: &known.location };
    let told = match google.job(place, job_id, now).await {
        Ok(told) => told,
        // There is nothing to stop; the timer sees what it means.
        Err(error) if error.is_not_found() => return job.done().await,
        Err(error) => return Err(error.into()),
    };
    // The id may come from a workflow run that lied: we stop no job but our own.
    if !is_name_of(&told.name, &known.name) {
        tracing::warn!(job = known.name, told = told.id, "not asked to cancel: the job is not ours");
        return job.done().await;
    }
    let news = told.news(now);
    if news.as_ref().is_none_or(|news| news.state.can_be_cancelled()) {
        match google.cancel_job(place, job_id, now).await {
            Ok(()) => tracing::info!(job = known.name, id = job_id, "asked Dataflow to cancel"),
            Err(error) if error.is_conflict() => {
                return Err(Error::look_again(error.to_string(), BETWEEN));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let mut tx = job.write().await?;
    let known = store::dataflow_job::get(&mut tx, id).await?;
    // What is asked for is not news yet, and a job that went on meanwhile is none of it.
    if let Some(news) = news
        && known.job_id.as_deref() == Some(told.id.as_str())
        && (news.state.is_terminal() || news.state == JobState::Cancelling)
    {
        follow_dataflow::apply_in(job, &mut tx, &known, &news).await?;
    }
    store::dataflow_job::set_heard(&mut tx, id, now).await?;
    job.finish(tx).await
}
