//! Somebody writes a comment, and everybody can see what came of it: a table of every answer to a single comment, and the stories
//! that need more than one.

mod again;
mod cancel;
mod cancel_early;
mod late;
mod matrix;
mod people;
mod places;
mod production;
mod random;
mod rerun;
mod retry;
mod status;
mod sync;
mod table;
mod typos;

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{Hook, NewPull};
use harness::world::{CONTRIBUTOR, Files, MAINTAINER, STAGED, feedstock};
use orchestrator::domain::id::{PullNumber, RepoName};
use orchestrator::store;
use orchestrator::store::recipe_run::RecipeRun;

/// Opens a pull request with the files of a feedstock, and lets the service look at it. The title makes its commit unique.
async fn open(app: &TestApp, title: &str, name: &str) -> u64 {
    let number = open_unseen(app, title, feedstock(name, "recipes/tiny"));
    app.settle().await;
    number
}

/// Opens a pull request; its webhooks wait.
fn open_unseen(app: &TestApp, title: &str, files: Files) -> u64 {
    app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, title).files(files))
}

/// The recipe ids of the dispatched runs from the `skip`-th on, in the order of their dispatch.
fn dispatched(app: &TestApp, skip: usize) -> Vec<String> {
    app.workflow_runs().iter().skip(skip).map(|run| run.inputs["recipe_id"].clone()).collect()
}

/// The same webhook under another delivery id, as a second hook or a human's "redeliver" of a sibling makes it.
pub(crate) fn under_another_id(hook: &Hook, delivery: &str) -> Hook {
    let mut other = hook.clone();
    delivery.clone_into(&mut other.delivery);
    for (name, value) in &mut other.headers {
        if name == "x-github-delivery" {
            delivery.clone_into(value);
        }
    }
    other
}

/// Somebody comments on a pull request of staged-recipes a minute later, and the service answers; answers the comment.
async fn say(app: &TestApp, number: u64, who: &str, comment: &str) -> u64 {
    say_in(app, STAGED, number, who, comment).await
}

/// The same in any repository.
async fn say_in(app: &TestApp, repository: &str, number: u64, who: &str, comment: &str) -> u64 {
    app.github.advance(TimeDelta::minutes(1));
    let id = app.github.comment(repository, number, who, comment);
    app.settle().await;
    id
}

/// A maintainer has a recipe run, and a machine works on it; answers GitHub's id of the workflow run.
async fn run_on_a_machine(app: &TestApp, number: u64, recipe: &str) -> u64 {
    say(app, number, MAINTAINER, &format!("/run {recipe}")).await;
    let run = app.workflow_runs().pop().expect("a run was dispatched").id;
    app.github.start_run(run);
    app.settle().await;
    run
}

/// Every run of a conversation, oldest first.
async fn runs_of(app: &TestApp, repository: &str, number: u64) -> Vec<RecipeRun> {
    let number = PullNumber(i64::try_from(number).unwrap());
    let mut tx = app.app.store.read().await.unwrap();
    let repository = RepoName::parse(repository).unwrap();
    let Some(feedstock) = store::feedstock::find(&mut tx, &repository).await.unwrap() else {
        return Vec::new();
    };
    store::recipe_run::list_by_conversation(&mut tx, feedstock, number).await.unwrap()
}

/// The recipe, the attempt and the state of every run of a pull request of staged-recipes.
async fn states(app: &TestApp, number: u64) -> Vec<String> {
    let runs = runs_of(app, STAGED, number).await;
    runs.iter().map(|run| format!("{} {} {:?}", run.recipe_id, run.attempt, run.state().unwrap())).collect()
}

/// How often GitHub was asked to stop a workflow run.
fn cancel_requests(app: &TestApp) -> usize {
    app.github.exchanges().iter().filter(|exchange| exchange.request.path.ends_with("/cancel")).count()
}

/// Demands these reactions, and a newest reply with these words.
fn assert_answer(app: &TestApp, number: u64, comment: u64, reactions: &[&str], words: &[&str]) {
    let reply = app.last_bot_comment(STAGED, number);
    assert_eq!(app.reactions(STAGED, comment), reactions, "{reply}");
    let missing: Vec<_> = words.iter().filter(|word| !reply.contains(**word)).collect();
    assert!(missing.is_empty(), "{missing:?} is not said in\n{reply}");
}
