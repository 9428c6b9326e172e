//! Somebody writes a comment, and everybody can see what came of it: a table of every answer to a single comment, and the stories
//! that need more than one.

mod again;
mod late;
mod people;
mod table;

use harness::app::TestApp;
use harness::github::{Hook, NewPull};
use harness::world::{CONTRIBUTOR, Files, STAGED, feedstock};

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
fn under_another_id(hook: &Hook, delivery: &str) -> Hook {
    let mut other = hook.clone();
    delivery.clone_into(&mut other.delivery);
    for (name, value) in &mut other.headers {
        if name == "x-github-delivery" {
            delivery.clone_into(value);
        }
    }
    other
}
