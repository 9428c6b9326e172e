//! A queued run begins: its workflow run is recorded and will be dispatched. A production run begins only when no other run writes to
//! its target; until then it says whom it waits for. Whoever ends a run starts the next one of its target.

use runner_contract::{Command, Request};

use super::after_commit::{Change, stage};
use super::{Context, Error, Result, enqueue, show_run, timeline};
use crate::domain::bakery::BakeryKind;
use crate::domain::id::{RecipeRunId, RepoName};
use crate::domain::job::Job;
use crate::domain::meta::RecipeId;
use crate::domain::naming;
use crate::domain::run::{Fact, RunState};
use crate::domain::timeline::Happening;
use crate::store::recipe_run::RecipeRun;
use crate::store::workflow_run::{self, NewWorkflowRun};
use crate::store::{self, Tx};

/// The region that the runner's Dataflow bakery uses when none is set.
const DEFAULT_REGION: &str = "us-central1";
/// What is stored when a recipe does not say otherwise.
const DATASET_TYPE: &str = "zarr";

pub(super) async fn run(job: Context<'_>, id: RecipeRunId) -> Result<()> {
    let mut tx = job.write().await?;
    start_in(job, &mut tx, id).await?;
    job.finish(tx).await
}

/// Begins a queued run unless it has to wait, and says on GitHub which of the two. One that is not queued is left as it is.
pub(super) async fn start_in(job: Context<'_>, tx: &mut Tx, id: RecipeRunId) -> Result<()> {
    let run = store::recipe_run::get(tx, id).await?;
    if run.state()? != RunState::Queued {
        return Ok(());
    }
    if let Some(target) = &run.target {
        let next = store::recipe_run::find_next_writer(tx, target).await?.filter(|next| next.id != id);
        let first = store::recipe_run::find_writer(tx, target).await?.or(next);
        if let Some(first) = first {
            timeline::add_if_new(job, tx, id, &Happening::Waits(first.id)).await?;
            return show_run::show(job, tx, id).await;
        }
    }
    let Some(next) = run.state()?.after(Fact::Requested) else { return Ok(()) };
    // The database lets no second writer of a target in, should another process have been faster: the job is then tried again.
    if !store::recipe_run::set_state(tx, &run, next, job.now()).await? {
        return Ok(());
    }
    if run.target.is_some() {
        timeline::add(job, tx, id, &Happening::Writes).await?;
    }
    job.after.note(Change::RunStarted { stage: stage(&run) });
    dispatch_in(job, tx, &run).await?;
    show_run::show(job, tx, id).await
}

/// Records the workflow run that carries a run out, and the job that Dataflow will know it by.
async fn dispatch_in(job: Context<'_>, tx: &mut Tx, run: &RecipeRun) -> Result<()> {
    let (now, config) = (job.now(), &job.app.config);
    // Rows of the first version are tests, and do not say where their commit is.
    let pull_request_head = run.pull_request.filter(|_| run.is_test).map(|n| format!("refs/pull/{n}/head"));
    let git_ref = run.git_ref.clone().or(pull_request_head);
    let (Some(installation), Some(git_ref)) = (run.installation, git_ref) else {
        return Err(Error::Fail(format!("recipe run {}: nobody asked for it in a repository", run.id)));
    };
    let repository = store::feedstock::spec_of(tx, run.feedstock_id).await?;
    let bakery = store::bakery::name_of(tx, run.bakery_id).await?;
    let subpath = match &run.subpath {
        Some(subpath) => subpath.clone(),
        None => set_test_place(job, tx, run, &repository).await?,
    };
    let attempt = u32::try_from(run.attempt).unwrap_or(u32::MAX);
    let request = Request {
        dispatch_id: job.app.fresh_dispatch_id(),
        command: Command::Bake,
        repository: repository.to_string(),
        git_ref,
        sha: run.head_sha.to_string(),
        feedstock_subdir: run.feedstock_subdir.clone().unwrap_or_else(|| "feedstock".into()),
        recipe_id: run.recipe_id.clone(),
        bakery,
        deployment: config.deployment.name().to_owned(),
        job_name: naming::job_name(&config.github.app_name, run.id.0, attempt),
        subpath,
        prune: run.is_test,
    };
    if let Some(bakery) = config.bakeries.get(&request.bakery)
        && bakery.kind() == BakeryKind::Dataflow
    {
        let dataflow = bakery.config.dataflow.as_ref();
        let project = dataflow.and_then(|dataflow| dataflow.project_id.as_deref()).unwrap_or_default();
        let region = dataflow.and_then(|dataflow| dataflow.region.as_deref()).unwrap_or(DEFAULT_REGION);
        store::dataflow_job::insert(tx, run.id, (project, region), &request.job_name, now).await?;
    }
    let context = if run.is_test {
        let requested_by = run.requested_by.as_ref().map_or_else(String::new, ToString::to_string);
        workflow_run::Context::Test { requested_by }
    } else {
        workflow_run::Context::Production
    };
    let dispatch = NewWorkflowRun {
        feedstock: run.feedstock_id,
        pull_request: run.pull_request,
        recipe_run: Some(run.id),
        installation,
        request: &request,
        context: &context,
    };
    let workflow_run = store::workflow_run::insert(tx, dispatch, now).await?;
    timeline::add(job, tx, run.id, &Happening::DispatchAsked(&request.dispatch_id)).await?;
    enqueue(tx, &Job::DispatchWorkflow { workflow_run }, now).await
}

/// A test's place follows from its id.
async fn set_test_place(
    job: Context<'_>,
    tx: &mut Tx,
    run: &RecipeRun,
    repository: &RepoName,
) -> Result<String> {
    let recipe_id = RecipeId::parse(&run.recipe_id)
        .map_err(|why| Error::Fail(format!("recipe run {}: its recipe id {why}", run.id)))?;
    let app = &job.app.config.github.app_name;
    let subpath = naming::test_subpath(app, repository.as_str(), &recipe_id, run.id.0, DATASET_TYPE);
    store::recipe_run::set_place(tx, run.id, &subpath, None).await?;
    Ok(subpath)
}
