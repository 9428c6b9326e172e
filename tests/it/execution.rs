//! A maintainer asks for a run, the workflow does it, and everybody sees what came of it.

mod endings;
mod hostile;
mod impostors;
mod outcomes;

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{CheckRun, NewPull, WorkflowRun};
use harness::stories;
use harness::world::{CONTRIBUTOR, Files, MAINTAINER, STAGED, feedstock};
use orchestrator::domain::id::RecipeRunId;
use orchestrator::store;
use orchestrator::store::recipe_run::RecipeRun;
use runner_contract::{Failure, FailureClass};

const RECIPE: &str = "tiny-daily";

/// Opens a pull request with these files, and has its recipe run; answers its number and the dispatched run.
async fn start_with(app: &TestApp, files: Files) -> (u64, WorkflowRun) {
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    app.settle().await;
    (number, ask(app, number).await)
}

/// The same with the usual files.
async fn start(app: &TestApp) -> (u64, WorkflowRun) {
    start_with(app, feedstock("tiny-success", "recipes/tiny")).await
}

/// A maintainer asks for a run, and it is dispatched.
async fn ask(app: &TestApp, number: u64) -> WorkflowRun {
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
    app.settle().await;
    app.workflow_runs().pop().expect("a run was dispatched")
}

/// What the database holds of a recipe run; they count from 1.
async fn row(app: &TestApp, id: i64) -> RecipeRun {
    let mut tx = app.app.store.read().await.unwrap();
    store::recipe_run::get(&mut tx, RecipeRunId(id)).await.unwrap()
}

/// The newest check run of the recipe.
fn check(app: &TestApp) -> CheckRun {
    app.checks(RECIPE).pop().expect("the recipe has a check")
}

/// Demands a check that ended so, under a title with these words, and answers the newest comment.
fn assert_ended(app: &TestApp, number: u64, conclusion: &str, title: &str) -> String {
    let check = check(app);
    let shown = check.title.unwrap_or_default();
    let found = (check.status.as_str(), check.conclusion.as_deref());
    assert_eq!(found, ("completed", Some(conclusion)), "{shown}");
    assert!(shown.contains(title), "{shown}\nshould contain\n{title}");
    app.last_bot_comment(STAGED, number)
}

fn failure(class: FailureClass, error: &str) -> Failure {
    Failure { class, error: error.into(), explanation: None, location: None, trace: None }
}

stories! {
    async fn a_maintainer_runs_a_recipe_and_the_pull_request_says_where_the_data_is(app: &mut TestApp) {
        let (number, run) = start(app).await;
        assert_eq!(run.inputs["recipe_id"], RECIPE);
        app.github.start_run(run.id);
        app.settle().await;
        assert_eq!(app.check(RECIPE).status, "in_progress");
        app.github.advance(TimeDelta::seconds(95));
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        let comment = assert_ended(app, number, "success", "Worked, in 1 min 35 s");
        let row = row(app, 1).await;
        let url = row.dataset_public_url.unwrap();
        assert!(url.starts_with("https://data.example.org/") && url.ends_with("/tiny.zarr"), "{url}");
        assert_eq!(row.dataset_type.as_deref(), Some("zarr"));
        assert_eq!(row.completed_at, Some(app.github.now()));
        let snippet = format!("store = \"{url}\"\nds = xr.open_dataset(store, engine=\"zarr\", chunks={{}})");
        assert!(comment.contains(&snippet), "{comment}");
        assert!(check(app).summary.unwrap().contains(&snippet));
        assert!(comment.contains(&format!("/actions/runs/{}", run.id)), "{comment}");
    }
}
