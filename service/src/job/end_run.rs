//! What follows from the end of a recipe run, in one transaction: its state, what GitHub shows of it, and the run that waited for
//! its target. Every job that can learn of an end comes through here; a run ends once.

use runner_contract::{DatasetType, Store};
use serde_json::json;

use super::after_commit::{Change, stage};
use super::{Context, Result, enqueue, follow_dataflow, note, show_run, timeline};
use crate::domain::fault::Fault;
use crate::domain::id::RecipeRunId;
use crate::domain::job::Job;
use crate::domain::report::trouble;
use crate::domain::run::{Conclusion, Fact, RunState};
use crate::domain::timeline::Happening;
use crate::store::recipe_run::RecipeRun;
use crate::store::{self, Tx};

/// How a run ended.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    /// The data is there, in these stores; none where the bakery does not tell.
    Succeeded(Vec<Store>),
    /// It did not work.
    Failed(Fault),
}

/// Ends a run, unless it has ended.
pub(super) async fn end_in(job: Context<'_>, tx: &mut Tx, run: &RecipeRun, ending: Ending) -> Result<()> {
    let now = job.now();
    let conclusion = match &ending {
        Ending::Succeeded(_) => Conclusion::Success,
        Ending::Failed(fault) => trouble::conclusion(fault),
    };
    let Some(next) = run.state()?.after(Fact::Ended(conclusion)) else { return Ok(()) };
    if !store::recipe_run::set_state(tx, run, next, now).await? {
        return Ok(());
    }
    match &ending {
        Ending::Succeeded(stores) => {
            let (url, dataset_type) = dataset(job, tx, run, stores).await?;
            store::recipe_run::set_dataset(tx, run.id, url.as_deref(), dataset_type).await?;
            timeline::add(job, tx, run.id, &Happening::Succeeded).await?;
        }
        Ending::Failed(fault) => {
            store::recipe_run::set_fault(tx, run.id, fault).await?;
            let trace = json!({ "trace": trouble::told(fault).headline });
            note(job, tx, run, trace).await?;
            timeline::add(job, tx, run.id, &Happening::Failed(fault)).await?;
            stop_dataflow_in(job, tx, run.id).await?;
        }
    }
    let began = (run.state()? == RunState::InProgress).then_some(run.started_at);
    let took = began.and_then(|began| (now - began).to_std().ok());
    job.after.note(Change::RunEnded { stage: stage(run), conclusion: conclusion.as_str(), took });
    show_run::show(job, tx, run.id).await?;
    if let Some(target) = &run.target
        && let Some(next) = store::recipe_run::find_next_writer(tx, target).await?
    {
        enqueue(tx, &Job::StartRun { recipe_run: next.id }, now).await?;
    }
    tracing::info!(recipe_run = %run.id, recipe = run.recipe_id, conclusion = conclusion.as_str(), "ended");
    Ok(())
}

/// Nobody waits any more for a job that may still go on.
async fn stop_dataflow_in(job: Context<'_>, tx: &mut Tx, run: RecipeRunId) -> Result<()> {
    match store::dataflow_job::find_by_run(tx, run).await? {
        Some(known) => follow_dataflow::stop_if_unwanted_in(job, tx, &known).await,
        None => Ok(()),
    }
}

/// Where the data of a run is. The first store stands for the run: a recipe with several has the others beside it.
async fn dataset(
    job: Context<'_>,
    tx: &mut Tx,
    run: &RecipeRun,
    stores: &[Store],
) -> Result<(Option<String>, &'static str)> {
    let bakery = store::bakery::name_of(tx, run.bakery_id).await?;
    let root = job
        .app
        .config
        .bakeries
        .get(&bakery)
        .zip(run.subpath.as_deref())
        .and_then(|(bakery, subpath)| bakery.target_url(subpath));
    let url = match (root, stores.first()) {
        (Some(root), Some(store)) if store.path != "." => {
            Some(format!("{}/{}", root.trim_end_matches('/'), store.path))
        }
        (root, _) => root,
    };
    let word = match stores.first().map_or(DatasetType::Zarr, |store| store.dataset_type) {
        DatasetType::Zarr => "zarr",
        DatasetType::Kerchunk => "kerchunk",
        DatasetType::Parquet => "parquet",
    };
    Ok((url, word))
}
