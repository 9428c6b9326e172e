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
