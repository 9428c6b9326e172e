//! A run that is handed to Dataflow ends when Dataflow says so, or is asked: news that comes early, late, twice, in any order or never.

mod cancel;
mod door;
mod early;
mod emulator;
mod ends;
mod every_order;
mod forms;
mod google;
mod keys;
mod order;
mod silence;
mod tokens;

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{CheckRun, NewPull, WorkflowRun};
use harness::google::JobStatus;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use orchestrator::domain::id::RecipeRunId;
use orchestrator::store;
use orchestrator::store::dataflow_job::DataflowJob;
use orchestrator::store::recipe_run::RecipeRun;
use runner_contract::{DatasetType, RunResult, Store};

const RECIPE: &str = "tiny-daily";
/// Dataflow's id of the job, in stories with one.
const JOB: &str = "2026-01-01_00_01_00-1234";
const FIRST: RecipeRunId = RecipeRunId(1);

/// A run that the workflow carries out.
struct Begun {
    /// The pull request.
    number: u64,
    /// The workflow run.
    run: WorkflowRun,
    /// The name that the job is to have.
    name: String,
}

impl Begun {
    /// A message that the run's job is in this state as of now.
    fn status(&self, app: &TestApp, state: &str) -> JobStatus {
        app.google.status(&self.name, JOB, state)
    }
}

/// Opens a pull request whose recipe goes to the far-away bakery.
async fn open(app: &TestApp) -> u64 {
    open_as(app, "Add tiny").await
}

/// The same under another title, which gives the pull request a commit of its own.
async fn open_as(app: &TestApp, title: &str) -> u64 {
    let mut files = feedstock("tiny-success", "recipes/tiny");
    let meta = files.get_mut("recipes/tiny/meta.yaml").unwrap();
    *meta = meta.replace("id: local-direct", "id: far-away");
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, title).files(files));
    app.settle().await;
    number
}

/// A maintainer asks for a run, and it is dispatched.
async fn ask(app: &TestApp, number: u64) -> Begun {
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
    app.settle().await;
    let run = app.workflow_runs().pop().expect("a run was dispatched");
    app.github.start_run(run.id);
    app.settle().await;
    let name = run.inputs["job_name"].clone();
    Begun { number, run, name }
}

/// A run whose job is not handed over yet.
async fn begin(app: &TestApp) -> Begun {
    let number = open(app).await;
    ask(app, number).await
}

/// The workflow run hands the job over, and ends.
async fn submit_as(app: &TestApp, begun: &Begun, job_id: &str) {
    let stores = vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }];
    let job_name = begun.name.clone();
    let result = RunResult::Submitted { recipe_id: RECIPE.into(), job_name, job_id: job_id.into(), stores };
    app.finish_run(begun.run.id, result);
    app.settle().await;
}

/// A run whose job runs on Dataflow.
async fn hand_over(app: &TestApp) -> Begun {
    let begun = begin(app).await;
    app.google.start_job(&begun.name, JOB);
    submit_as(app, &begun, JOB).await;
    begun
}

/// Brings a message, and lets everything follow from it.
async fn tell(app: &TestApp, status: &JobStatus) {
    app.push_job_status(status).await;
    app.settle().await;
}

/// What the database holds of the first recipe run.
async fn row(app: &TestApp) -> RecipeRun {
    let mut tx = app.app.store.read().await.unwrap();
    store::recipe_run::get(&mut tx, FIRST).await.unwrap()
}

/// What the database holds of its job.
async fn job(app: &TestApp) -> DataflowJob {
    let mut tx = app.app.store.read().await.unwrap();
    store::dataflow_job::find_by_run(&mut tx, FIRST).await.unwrap().expect("the run has a job")
}

/// What became of every message, oldest first; `parked` for those that wait.
async fn notes(app: &TestApp) -> Vec<String> {
    let mut tx = app.app.store.read().await.unwrap();
    let events = store::job_event::list(&mut tx, 100).await.unwrap();
    events.into_iter().rev().map(|event| event.note.unwrap_or_else(|| "parked".into())).collect()
}

/// The newest check run of the recipe.
fn check(app: &TestApp) -> CheckRun {
    app.checks(RECIPE).pop().expect("the recipe has a check")
}

/// Demands that the run goes on.
fn assert_open(app: &TestApp) {
    let check = check(app);
    assert_eq!((check.status.as_str(), check.conclusion), ("in_progress", None), "{:?}", check.title);
}

/// Demands a check that ended so, under a title with these words, and answers the newest comment, if there is one.
fn assert_ended(app: &TestApp, number: u64, conclusion: &str, title: &str) -> String {
    let check = check(app);
    let shown = check.title.unwrap_or_default();
    let found = (check.status.as_str(), check.conclusion.as_deref());
    assert_eq!(found, ("completed", Some(conclusion)), "{shown}");
    assert!(shown.contains(title), "{shown}\nshould contain\n{title}");
    app.bot_comments(STAGED, number).pop().unwrap_or_default()
}
