//! What was told of a Dataflow job is matched with ours, and applied: by region and id, else by the name that we gave it, if the project
//! fits. News of a job that nobody knows is left as it is: it may be early, and then whoever learns of the job comes back to it. Nobody is
//! ever answered, and a name is only compared.

use super::end_run::{self, Ending};
use super::{Context, Result, follow_dataflow};
use crate::domain::dataflow::{JobState, News, fault_of, is_name_of, names_of, project_fits};
use crate::domain::id::{Cause, JobEventId, RecipeRunId};
use crate::domain::meta::RecipeId;
use crate::domain::naming::{self, Production};
use crate::domain::run::RunState;
use crate::store::dataflow_job::DataflowJob;
use crate::store::job_event::JobEvent;
use crate::store::recipe_run::RecipeRun;
use crate::store::{self, Tx};

/// How the source of an event begins that the old monitoring function sent; the run's id follows.
const FORM: &str = "form/";

pub(super) async fn run(job: Context<'_>, id: JobEventId) -> Result<()> {
    let mut tx = job.write().await?;
    let event = store::job_event::find(&mut tx, id).await?;
    // One with a note was applied, or an operator removed it.
    if let Some(event) = event.filter(|event| event.note.is_none()) {
        // It may have been parked, and then whoever came back to it was told of something else.
        let cause = Cause(event.source.clone());
        tracing::Span::current().record("cause", cause.as_str());
        tx = tx.because_of(Some(cause));
        apply_in(job, &mut tx, &event).await?;
    }
    job.finish(tx).await
}

async fn apply_in(job: Context<'_>, tx: &mut Tx, event: &JobEvent) -> Result<()> {
    let Some(news) = event.news() else {
        return Ok(store::job_event::set_note(tx, event.id, None, "a word that is not known").await?);
    };
    if let Some(run) = event.source.strip_prefix(FORM).and_then(|rest| rest.split('/').next()?.parse().ok()) {
        let note = apply_form_in(job, tx, RecipeRunId(run), news.state).await?;
        return Ok(store::job_event::set_note(tx, event.id, None, note).await?);
    }
    let known = match find(tx, event).await? {
        Found::Ours(known) => known,
        Found::Nothing => {
            tracing::info!(event = %event.id, job = event.job_name, "news of a job that is not known is kept");
            return Ok(());
        }
        Found::Refused(note) => {
            tracing::warn!(event = %event.id, job = event.job_name, "news only looks like that of our job: {note}");
            return Ok(store::job_event::set_note(tx, event.id, None, note).await?);
        }
    };
    let is_new = known.job_id.is_none();
    let place = (event.project.as_str(), event.location.as_str());
    if is_new && !follow_dataflow::learn_id_in(job, tx, &known, &event.job_id, place).await? {
        return Ok(store::job_event::set_note(tx, event.id, None, "the id of another run's job").await?);
    }
    let known = store::dataflow_job::get(tx, known.id).await?;
    let note = follow_dataflow::apply_in(job, tx, &known, &news).await?;
    Ok(store::job_event::set_note(tx, event.id, Some(known.id), note).await?)
}

enum Found {
    Ours(DataflowJob),
    Nothing,
    Refused(&'static str),
}

async fn find(tx: &mut Tx, event: &JobEvent) -> Result<Found> {
    let mut refused = None;
    for known in store::dataflow_job::list_by_job(tx, &event.job_id, &event.location).await? {
        if !project_fits(&known.project, &event.project) {
            refused = Some("of another project");
        } else if !event.job_name.is_empty() && !is_name_of(&event.job_name, &known.name) {
            // The workflow run told us the id, and Google knows better.
            refused = Some("its name is not the one that we gave");
        } else {
            return Ok(Found::Ours(known));
        }
    }
    for name in names_of(&event.job_name).into_iter().flatten() {
        let Some(known) = store::dataflow_job::find_by_name(tx, name).await? else { continue };
        if !project_fits(&known.project, &event.project) {
            refused = Some("of another project");
        } else if known.job_id.is_none() {
            return Ok(Found::Ours(known));
        }
        // Otherwise it is about another job of that name: the one that takes over, perhaps, of which we are still to hear.
    }
    Ok(refused.map_or(Found::Nothing, Found::Refused))
}

/// The old function names the run, and nothing else that could be compared. Its signature was checked at the door.
async fn apply_form_in(
    job: Context<'_>,
    tx: &mut Tx,
    run: RecipeRunId,
    state: JobState,
) -> Result<&'static str> {
    let Some(run) = store::recipe_run::find(tx, run).await? else { return Ok("no such run") };
    if run.state()? != RunState::InProgress {
        return Ok("the run does not go on");
    }
    let known = store::dataflow_job::find_by_run(tx, run.id).await?;
    let Some(known) = known else {
        // A run of the old service: nothing else will ever be told of it.
        let called = format!("of recipe run {}", run.id);
        let run = with_place_in(job, tx, run).await?;
        let ending = match fault_of(state, &called, run.cancel_asked_by.as_ref()) {
            Some(fault) => Ending::Failed(fault),
            None => Ending::Succeeded(Vec::new()),
        };
        end_run::end_in(job, tx, &run, ending).await?;
        return Ok("applied");
    };
    let news = News { state, at: job.now(), replaced_by: None };
    follow_dataflow::apply_in(job, tx, &known, &news).await
}

/// The old service kept no place with a run: it follows from the run's names.
async fn with_place_in(job: Context<'_>, tx: &mut Tx, run: RecipeRun) -> Result<RecipeRun> {
    let Ok(recipe_id) = RecipeId::parse(&run.recipe_id) else { return Ok(run) };
    if run.subpath.is_some() {
        return Ok(run);
    }
    let repository = store::feedstock::spec_of(tx, run.feedstock_id).await?;
    let app = &job.app.config.github.app_name;
    let dataset_type = run.dataset_type.as_deref().unwrap_or("zarr");
    let subpath = if run.is_test {
        naming::test_subpath(app, repository.as_str(), &recipe_id, run.id.0, dataset_type)
    } else {
        let spec = repository.as_str();
        // The old service knew no other layout.
        let of =
            Production { app, spec, recipe_id: &recipe_id, dataset_type, recipe_run: run.id.0, version: "" };
        naming::production_subpath(None, &of)
    };
    store::recipe_run::set_place(tx, run.id, &subpath, run.target.as_deref()).await?;
    Ok(store::recipe_run::get(tx, run.id).await?)
}
