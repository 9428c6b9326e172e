//! What follows from news of a Dataflow job, in one transaction: how it stands, the end of its run, and what was asked of it before
//! anybody could name it. Messages, questions and the workflow run that handed the job over all come through here.
//!
//! A run that is with Dataflow ends when two things are known: how the job ended, and that nothing more will be told by the workflow run
//! that handed it over (which stores there are, above all). Whichever is known second ends it. Each side writes the job's row first and
//! reads the other side's word afterwards, so that on Postgres, where both may be at work at once, one of them sees the other.

use chrono::TimeDelta;
use runner_contract::Store;
use serde_json::json;

use super::end_run::{self, Ending};
use super::{Context, Error, Result, enqueue, note, show_run, timeline};
use crate::domain::bakery::BakeryKind;
use crate::domain::dataflow::{News, Stays, Step, fault_of, is_job_id, project_fits};
use crate::domain::fault::Fault;
use crate::domain::id::{DataflowJobId, RecipeRunId};
use crate::domain::job::Job;
use crate::domain::run::RunState;
use crate::domain::timeline::Happening;
use crate::store::dataflow_job::DataflowJob;
use crate::store::recipe_run::RecipeRun;
use crate::store::{self, Tx};

/// How long to wait when somebody else had news of the same job at the same moment.
const AGAIN: TimeDelta = TimeDelta::seconds(1);

/// Dataflow has taken the job of a run: its id and stores are noted, parked news of it are matched, and a run that was to be stopped, or
/// has ended, is stopped there.
pub(super) async fn submitted_in(
    job: Context<'_>,
    tx: &mut Tx,
    run: RecipeRunId,
    job_id: &str,
    stores: &[Store],
) -> Result<()> {
    let run = store::recipe_run::get(tx, run).await?;
    // The word comes from a machine that also ran the recipe's code.
    let Some(known) = store::dataflow_job::find_by_run(tx, run.id).await? else {
        if is_watched_by_nobody(job, tx, &run).await? {
            timeline::add(job, tx, run.id, &Happening::Submitted(job_id)).await?;
            return show_run::show(job, tx, run.id).await;
        }
        let why = "a job was handed over, and its bakery has no jobs".into();
        return end_run::end_in(job, tx, &run, Ending::Failed(Fault::BadOutcome { why })).await;
    };
    if !is_job_id(job_id) || is_anothers(tx, &known, job_id, (&known.project, &known.location)).await? {
        let why = "it names a job that cannot be the run's own".into();
        return end_run::end_in(job, tx, &run, Ending::Failed(Fault::BadOutcome { why })).await;
    }
    store::dataflow_job::set_submitted(tx, known.id, job_id, stores, job.now()).await?;
    timeline::add(job, tx, run.id, &Happening::Submitted(job_id)).await?;
    let known = store::dataflow_job::get(tx, known.id).await?;
    match_parked_in(job, tx, &known).await?;
    if known.ended_at.is_some() {
        return conclude_in(job, tx, known.id).await;
    }
    stop_if_unwanted_in(job, tx, &known).await?;
    show_run::show(job, tx, run.id).await
}

/// Whether a run's bakery is of a class that we do not know: its jobs end where nobody here can see it, and the run at its limit.
async fn is_watched_by_nobody(job: Context<'_>, tx: &mut Tx, run: &RecipeRun) -> Result<bool> {
    let name = store::bakery::name_of(tx, run.bakery_id).await?;
    let bakery = job.app.config.bakeries.get(&name);
    Ok(bakery.is_some_and(|bakery| bakery.kind() == BakeryKind::Other))
}

/// The workflow run is over and left no word. Answers whether the run goes on, or has ended, with the job that Dataflow told of.
pub(super) async fn take_over_in(job: Context<'_>, tx: &mut Tx, run: &RecipeRun) -> Result<bool> {
    let Some(known) = store::dataflow_job::find_by_run(tx, run.id).await? else { return Ok(false) };
    store::dataflow_job::set_heard(tx, known.id, job.now()).await?;
    let known = store::dataflow_job::get(tx, known.id).await?;
    let Some(job_id) = &known.job_id else { return Ok(false) };
    let facts = json!({ "job_name": known.name, "job_id": job_id });
    note(job, tx, run, facts).await?;
    timeline::add(job, tx, run.id, &Happening::Submitted(job_id)).await?;
    if known.ended_at.is_some() {
        conclude_in(job, tx, known.id).await?;
    } else {
        show_run::show(job, tx, run.id).await?;
    }
    Ok(true)
}

/// Applies news of a job whose row was read in this transaction. Answers what became of it, for an operator.
pub(super) async fn apply_in(
    job: Context<'_>,
    tx: &mut Tx,
    known: &DataflowJob,
    news: &News,
) -> Result<&'static str> {
    let now = job.now();
    let move_to = async |tx: &mut Tx, ended| {
        let is_moved = store::dataflow_job::set_state(tx, known, news, ended, now).await?;
        if !is_moved {
            return Err(faster());
        }
        let moved = Happening::Job(news.state, news.at);
        timeline::add(job, tx, known.recipe_run_id, &moved).await
    };
    let note = match known.known().after(news) {
        Step::Stays(Stays::Older) => return Ok("older than what is known"),
        Step::Stays(Stays::Ended) => return Ok("the job has ended"),
        Step::Stays(Stays::Same) => {
            store::dataflow_job::set_heard(tx, known.id, now).await?;
            "known"
        }
        Step::Moves => {
            move_to(tx, false).await?;
            "applied"
        }
        Step::Asks => {
            move_to(tx, false).await?;
            enqueue(tx, &Job::WatchDataflowJob { job: known.id, missed: false }, now).await?;
            "replaced by a job that is not named"
        }
        Step::Follows(next) => return follow_in(job, tx, known, &next).await,
        Step::Ends => {
            move_to(tx, true).await?;
            tracing::info!(recipe_run = %known.recipe_run_id, job = known.name, state = news.state.as_str(), "the Dataflow job ended");
            conclude_in(job, tx, known.id).await?;
            return Ok("applied");
        }
    };
    stop_if_unwanted_in(job, tx, known).await?;
    Ok(note)
}

fn faster() -> Error {
    Error::look_again("other news of the job came at the same moment", AGAIN)
}

/// Goes on with the job that Dataflow replaced this one by.
async fn follow_in(job: Context<'_>, tx: &mut Tx, known: &DataflowJob, next: &str) -> Result<&'static str> {
    let now = job.now();
    if known.job_id.as_deref() == Some(next)
        || is_anothers(tx, known, next, (&known.project, &known.location)).await?
    {
        return Ok("replaced by a job that cannot be");
    }
    if !store::dataflow_job::set_followed(tx, known, next, now).await? {
        return Err(faster());
    }
    let run = store::recipe_run::get(tx, known.recipe_run_id).await?;
    timeline::add(job, tx, run.id, &Happening::JobReplaced(next)).await?;
    note(job, tx, &run, json!({ "job_name": known.name, "job_id": next })).await?;
    let known = store::dataflow_job::get(tx, known.id).await?;
    match_parked_in(job, tx, &known).await?;
    // Its beginning may be long past, and its end too.
    enqueue(tx, &Job::WatchDataflowJob { job: known.id, missed: false }, now).await?;
    stop_if_unwanted_in(job, tx, &known).await?;
    if run.state()? == RunState::InProgress {
        show_run::show(job, tx, run.id).await?;
    }
    Ok("replaced, and followed")
}

/// Ends the run of a job that has ended, unless its workflow run may still say something.
pub(super) async fn conclude_in(job: Context<'_>, tx: &mut Tx, id: DataflowJobId) -> Result<()> {
    let known = store::dataflow_job::get(tx, id).await?;
    let run = store::recipe_run::get(tx, known.recipe_run_id).await?;
    if known.ended_at.is_none() || run.state()? != RunState::InProgress {
        return Ok(());
    }
    if known.stores.is_none() && !is_workflow_over(tx, run.id).await? {
        return Ok(());
    }
    let state = known.known().state;
    let called = known.job_id.as_deref().unwrap_or(&known.name);
    let ending = if state.is_terminal() {
        match fault_of(state, called, run.cancel_asked_by.as_ref()) {
            Some(fault) => Ending::Failed(fault),
            None => Ending::Succeeded(known.stores.map(|stores| stores.0).unwrap_or_default()),
        }
    } else {
        Ending::Failed(lost(called))
    };
    end_run::end_in(job, tx, &run, ending).await
}

/// What the end of a job is that Dataflow no longer knows.
pub(super) fn lost(called: &str) -> Fault {
    Fault::Ours {
        what: format!("Dataflow does not know the job {called} any more, and how it ended was never told"),
    }
}

/// Whether nothing more will come from the workflow run that carried a run out.
pub(super) async fn is_workflow_over(tx: &mut Tx, run: RecipeRunId) -> Result<bool> {
    let workflow = store::workflow_run::find_by_recipe_run(tx, run).await?;
    Ok(workflow.is_none_or(|workflow| workflow.state == "concluded"))
}

/// Asks for the end of a job that nobody wants: its run has ended, or is to be stopped. Asking twice does no harm.
pub(super) async fn stop_if_unwanted_in(job: Context<'_>, tx: &mut Tx, known: &DataflowJob) -> Result<()> {
    let known = store::dataflow_job::get(tx, known.id).await?;
    let run = store::recipe_run::get(tx, known.recipe_run_id).await?;
    let is_unwanted = run.cancel_asked_at.is_some() || run.state()? != RunState::InProgress;
    let can_stop =
        known.ended_at.is_none() && known.job_id.is_some() && known.known().state.can_be_cancelled();
    if is_unwanted && can_stop {
        enqueue(tx, &Job::CancelDataflowJob { job: known.id }, job.now()).await?;
    }
    Ok(())
}

/// Notes the id that Google told for a job of ours. Answers false when it is the id of another one.
pub(super) async fn learn_id_in(
    job: Context<'_>,
    tx: &mut Tx,
    known: &DataflowJob,
    job_id: &str,
    place: (&str, &str),
) -> Result<bool> {
    if is_anothers(tx, known, job_id, place).await? {
        return Ok(false);
    }
    store::dataflow_job::set_told(tx, known.id, job_id, place, job.now()).await?;
    let known = store::dataflow_job::get(tx, known.id).await?;
    match_parked_in(job, tx, &known).await?;
    Ok(true)
}

/// Whether an id belongs to the job of another run.
async fn is_anothers(
    tx: &mut Tx,
    known: &DataflowJob,
    job_id: &str,
    (project, location): (&str, &str),
) -> Result<bool> {
    let all = store::dataflow_job::list_by_job(tx, job_id, location).await?;
    Ok(all.iter().any(|other| other.id != known.id && project_fits(&other.project, project)))
}

/// Has the news read that came before anybody knew what it was about.
async fn match_parked_in(job: Context<'_>, tx: &mut Tx, known: &DataflowJob) -> Result<()> {
    let Some(job_id) = &known.job_id else { return Ok(()) };
    for event in store::job_event::list_parked(tx, &known.name, job_id, &known.location).await? {
        enqueue(tx, &Job::RecordJobStatus { event }, job.now()).await?;
    }
    Ok(())
}
