//! A recipe is merged, and becomes a repository of its own: what is made of it, what is not, and what people are told.

mod blocked;
mod faults;
mod happy;
mod kills;
mod silence;

use std::collections::BTreeMap;

use harness::app::TestApp;
use harness::github::{Mode, NewPull};
use harness::world::{CONTRIBUTOR, Files, MAINTAINER, STAGED, feedstock};
use orchestrator::store;
use orchestrator::store::feedstock_creation::FeedstockCreation;

pub(crate) use faults::written;

/// The recipe's directory.
const DIRECTORY: &str = "recipes/noaa";
/// What it becomes.
const NOAA: &str = "pangeo-forge/noaa-feedstock";

/// The files of one good recipe.
fn recipe() -> Files {
    feedstock("tiny-success", DIRECTORY)
}

/// Opens a pull request; its webhooks wait.
fn propose(app: &TestApp, title: &str, files: Files) -> u64 {
    app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, title).files(files))
}

/// A contributor proposes the files and a maintainer merges them; the webhooks of the merge wait.
async fn merged(app: &TestApp, title: &str, files: Files) -> u64 {
    let number = propose(app, title, files);
    app.settle().await;
    app.github.merge(STAGED, number, MAINTAINER);
    number
}

/// The files at the tip of a repository's default branch, with git's mode of each.
fn files_of(app: &TestApp, repository: &str) -> BTreeMap<String, (Mode, Vec<u8>)> {
    app.github.read(|world| {
        let repository = &world.repositories[repository];
        let tip = &world.commits[&repository.branches[&repository.default_branch]];
        tip.files.iter().map(|(path, file)| (path.clone(), (file.mode, file.to_vec()))).collect()
    })
}

/// The names of a repository's branches.
fn branches(app: &TestApp, repository: &str) -> Vec<String> {
    app.github.read(|world| world.repositories[repository].branches.keys().cloned().collect())
}

/// The repositories there are, by name.
fn repositories(app: &TestApp) -> Vec<String> {
    app.github.read(|world| {
        world.repositories.keys().filter(|name| name.starts_with("pangeo-forge/")).cloned().collect()
    })
}

/// All creations, oldest first.
async fn creations(app: &TestApp) -> Vec<FeedstockCreation> {
    let mut tx = app.app.store.read().await.unwrap();
    let mut all = store::feedstock_creation::list(&mut tx, None, 100).await.unwrap();
    all.reverse();
    all
}

/// The state of the only creation.
async fn state(app: &TestApp) -> String {
    let all = creations(app).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].state.clone()
}

/// Whether a feedstock is registered.
async fn is_registered(app: &TestApp, name: &str) -> bool {
    let name = orchestrator::domain::id::RepoName::parse(name).unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    store::feedstock::find(&mut tx, &name).await.unwrap().is_some()
}

/// The one comment about a creation.
fn checklist(app: &TestApp, number: u64) -> String {
    let comments = app.bot_comments(STAGED, number);
    assert_eq!(comments.len(), 1, "{comments:#?}");
    comments[0].clone()
}
