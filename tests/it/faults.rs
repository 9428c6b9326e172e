//! GitHub fails, refuses, forgets to answer, asks for patience. What people see in the end is right, once, or says what is wrong.

mod hosts;
mod lag;
mod limits;
mod permissions;
mod poison;
mod writes;

use harness::app::TestApp;
use harness::github::NewPull;
use harness::world::{CONTRIBUTOR, STAGED, feedstock};

/// Opens a pull request with one good recipe; its webhooks wait.
fn open(app: &TestApp, title: &str) -> u64 {
    let files = feedstock("tiny-success", "recipes/tiny");
    app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, title).files(files))
}

/// Brings what waits and does what is due; the webhooks that come of it, news of a workflow run say, are lost.
async fn lose_the_news(app: &TestApp) {
    app.deliver_all().await;
    app.work().await;
    app.github.take_hooks();
}
