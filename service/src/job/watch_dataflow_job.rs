//! Dataflow is asked about a job of which nothing was heard for long, and a run that goes on for longer than it may is ended. The timer
//! comes here; a lost message costs minutes.

use super::end_run::{self, Ending};
use super::{Context, Result, follow_dataflow};
use crate::domain::dataflow::{JobRecord, is_name_of, limits};
use crate::domain::fault::Fault;
use crate::domain::id::DataflowJobId;
use crate::domain::job::Job;
use crate::domain::run::RunState;
use crate::google::{Google, JobPlace};
use crate::store;
use crate::store::dataflow_job::DataflowJob;

/// `missed` says that Dataflow has said once that it does not know the job.
pub(super) async fn run(job: Context<'_>, id: DataflowJobId, missed: bool) -> Result<()> {
    let now = job.now();
    let mut tx = job.read().await?;
    let known = store::dataflow_job::get(&mut tx, id).await?;
    let run = store::recipe_run::get(&mut tx, known.recipe_run_id).await?;
    drop(tx);
    if known.ended_at.is_some() {
        let mut tx = job.write().await?;
        follow_dataflow::conclude_in(job, &mut tx, id).await?;
        return job.finish(tx).await;
    }
    let limit = limits::run_within(run.is_test);
    if run.state()? == RunState::InProgress && now - run.started_at > limit {
        let mut tx = job.write().await?;
        let fault = Fault::TimedOut { minutes: limit.num_minutes() };
        end_run::end_in(job, &mut tx, &run, Ending::Failed(fault)).await?;
        return job.finish(tx).await;
    }
    let Some(google) = &job.app.google else { return job.done().await };
    if known.project.is_empty() {
        // The bakery does not name it, and no message has.
        return heard(job, &known).await;
    }
    match &known.job_id {
        Some(job_id) => ask(job, google, &known, job_id, missed).await,
        None => look(job, google, &known).await,
    }
}

/// Asks by the id.
async fn ask(
    job: Context<'_>,
    google: &Google,
    known: &DataflowJob,
    job_id: &str,
    missed: bool,
) -> Result<()> {
    let now = job.now();
    let place = JobPlace { project: &known.project, location: &known.location };
    let told = match google.job(place, job_id, now).await {
        Ok(told) => told,
        Err(error) if error.is_not_found() && !missed => {
            let mut tx = job.write().await?;
            let again = Job::WatchDataflowJob { job: known.id, missed: true };
            store::job::insert(&mut tx, &again, now + limits::BEFORE_SECOND_LOOK, now).await?;
            store::dataflow_job::set_heard(&mut tx, known.id, now).await?;
            return job.finish(tx).await;
        }
        Err(error) if error.is_not_found() => {
            let mut tx = job.write().await?;
            store::dataflow_job::set_ended(&mut tx, known.id, now).await?;
            follow_dataflow::conclude_in(job, &mut tx, known.id).await?;
            return job.finish(tx).await;
        }
        Err(error) => return Err(error.into()),
    };
    apply(job, known, &told).await
}

/// Asks by the name, which is ours, for a job whose id nobody has told.
async fn look(job: Context<'_>, google: &Google, known: &DataflowJob) -> Result<()> {
    let now = job.now();
    let place = JobPlace { project: &known.project, location: &known.location };
    if let Some(told) = google.find_job(place, &known.name, now).await? {
        return apply(job, known, &told).await;
    }
    let mut tx = job.write().await?;
    let run = store::recipe_run::get(&mut tx, known.recipe_run_id).await?;
    if run.state()? == RunState::InProgress {
        store::dataflow_job::set_heard(&mut tx, known.id, now).await?;
    } else {
        // It was never handed over, and nobody will do it any more.
        store::dataflow_job::set_ended(&mut tx, known.id, now).await?;
    }
    job.finish(tx).await
}

/// Applies Dataflow's answer.
async fn apply(job: Context<'_>, known: &DataflowJob, told: &JobRecord) -> Result<()> {
    let mut tx = job.write().await?;
    let known = store::dataflow_job::get(&mut tx, known.id).await?;
    if !is_name_of(&told.name, &known.name) {
        // Nothing of it is ours: neither its end, nor to cancel it.
        store::dataflow_job::set_ended(&mut tx, known.id, job.now()).await?;
        let run = store::recipe_run::get(&mut tx, known.recipe_run_id).await?;
        let why = "it names a job that the run did not start".into();
        end_run::end_in(job, &mut tx, &run, Ending::Failed(Fault::BadOutcome { why })).await?;
        return job.finish(tx).await;
    }
    if known.job_id.is_none() {
        let place = (known.project.as_str(), known.location.as_str());
        follow_dataflow::learn_id_in(job, &mut tx, &known, &told.id, place).await?;
    }
    let known = store::dataflow_job::get(&mut tx, known.id).await?;
    match told.news(job.now()) {
        // It may have followed another job meanwhile.
        Some(news) if known.job_id.as_deref() == Some(told.id.as_str()) => {
            let note = follow_dataflow::apply_in(job, &mut tx, &known, &news).await?;
            tracing::info!(job = known.name, state = told.current_state, note, "asked Dataflow");
        }
        Some(_) => {}
        None => tracing::warn!(
            job = known.name,
            state = told.current_state,
            "Dataflow has a state that is not known"
        ),
    }
    store::dataflow_job::set_heard(&mut tx, known.id, job.now()).await?;
    job.finish(tx).await
}

async fn heard(job: Context<'_>, known: &DataflowJob) -> Result<()> {
    let mut tx = job.write().await?;
    store::dataflow_job::set_heard(&mut tx, known.id, job.now()).await?;
    job.finish(tx).await
}
