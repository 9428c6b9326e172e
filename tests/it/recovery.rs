//! Webhooks do not arrive: the service was down, or GitHub was. What was missed is found and done, once; what is too late is said to be.

mod crashes;
mod late;
mod missed;
mod reconcile;
mod volume;

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{Hook, NewPull};
use harness::world::{CONTRIBUTOR, STAGED, feedstock};
use orchestrator::job::sweep;
use reqwest::Method;

/// How often the timer has deliveries looked through.
const EVERY: TimeDelta = TimeDelta::minutes(5);

/// Lets the service look through GitHub's deliveries for the first time: from now on it knows what it has missed.
async fn begin(app: &TestApp) {
    app.advance(TimeDelta::zero()).await;
}

/// Opens a pull request with one good recipe. Its webhooks wait.
fn open(app: &TestApp, title: &str) -> u64 {
    let files = feedstock("tiny-success", "recipes/tiny");
    app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, title).files(files))
}

/// Lets every waiting webhook be lost on its way.
fn lose(app: &TestApp) -> Vec<Hook> {
    app.github.take_hooks()
}

/// Moves the time on, lets the timer look once and does what is due; webhooks get lost all the while.
async fn advance_deaf(app: &TestApp, by: TimeDelta) {
    app.github.advance(by);
    sweep::sweep(&app.app).await.unwrap();
    app.work().await;
    lose(app);
}

/// How often GitHub was asked to deliver something again.
fn asked(app: &TestApp) -> usize {
    let exchanges = app.github.exchanges();
    exchanges.iter().filter(|one| one.request.path.ends_with("/attempts")).count()
}

/// How often a page of GitHub's log was read.
fn listed(app: &TestApp) -> usize {
    let is_list = |path: &str| path == "/app/hook/deliveries";
    let exchanges = app.github.exchanges();
    exchanges.iter().filter(|one| one.request.method == Method::GET && is_list(&one.request.path)).count()
}
