//! A contributor opens a pull request or pushes to it, and sees what the service makes of its newest commit.

mod events;
mod expansion;
mod fixtures;
mod layout;
mod problems;

use harness::app::TestApp;
use harness::github::{CheckRun, NewPull, Pull};
use harness::world::{CONTRIBUTOR, Files, STAGED, feedstock};
use orchestrator::domain::id::{PullNumber, RepoName, Sha};
use orchestrator::store;

/// The directory of the recipe in most of these pull requests.
const TINY: &str = "recipes/tiny";

/// Opens a pull request of the contributor's with these files, and lets the service look at it. The title makes its commit unique.
async fn open(app: &TestApp, title: &str, files: Files) -> u64 {
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, title).files(files));
    app.settle().await;
    number
}

/// The files of a feedstock in order, with another `meta.yaml`.
fn with_meta(meta: &str) -> Files {
    let mut files = feedstock("tiny-success", TINY);
    files.insert(format!("{TINY}/meta.yaml"), meta.to_owned());
    files
}

fn pull(app: &TestApp, repository: &str, number: u64) -> Pull {
    app.github.read(|world| world.repositories[repository].pulls[&number].clone())
}

/// The check runs of a commit.
fn checks_of(app: &TestApp, repository: &str, sha: &str) -> Vec<CheckRun> {
    app.github.read(|world| {
        let all = world.repositories[repository].check_runs.values();
        all.filter(|check| check.head_sha == sha).cloned().collect()
    })
}

/// The one check run of the head of a pull request.
fn check_in(app: &TestApp, repository: &str, number: u64) -> CheckRun {
    let mut checks = checks_of(app, repository, &pull(app, repository, number).head_sha);
    assert_eq!(checks.len(), 1, "{checks:#?}\n{}", app.github.transcript().join("\n"));
    let check = checks.remove(0);
    assert_eq!(check.name, "synchronize");
    check
}

/// The same in the usual repository.
fn check_of(app: &TestApp, number: u64) -> CheckRun {
    check_in(app, STAGED, number)
}

/// A remark on a line: the path, the line, the level, and the title with the message.
type Remark = (String, u64, String, String);

fn remarks(check: &CheckRun) -> Vec<Remark> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let remark = |of: &serde_json::Value| {
        let words = format!("{}: {}", text(&of["title"]), text(&of["message"]));
        (text(&of["path"]), of["start_line"].as_u64().unwrap(), text(&of["annotation_level"]), words)
    };
    check.annotations.iter().map(remark).collect()
}

/// Demands a check that ended so, and remarks of the level `failure` with these places and words, in this order.
fn assert_red(name: &str, check: &CheckRun, expected: &[(&str, u64, &str)]) {
    assert_eq!(
        (check.status.as_str(), check.conclusion.as_deref()),
        ("completed", Some("failure")),
        "{name}"
    );
    let found = remarks(check);
    assert_eq!(found.len(), expected.len(), "{name}: {found:#?}");
    let summary = check.summary.as_deref().unwrap();
    for ((path, line, level, said), (expected_path, expected_line, words)) in found.iter().zip(expected) {
        assert_eq!(
            (path.as_str(), line, level.as_str()),
            (*expected_path, expected_line, "failure"),
            "{name}: {said}"
        );
        assert!(said.contains(words), "{name}: {said}\nshould contain\n{words}");
        assert!(
            summary.contains(&format!("line {line}")),
            "{name}: the summary leaves a problem out:\n{summary}"
        );
    }
}

/// The ids of the recipes that are queued at the head of a pull request, each as often as it is.
async fn queued(app: &TestApp, repository: &str, number: u64) -> Vec<String> {
    let head = Sha(pull(app, repository, number).head_sha);
    let number = PullNumber(i64::try_from(number).unwrap());
    let repository = RepoName::parse(repository).unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    let Some(feedstock) = store::feedstock::find(&mut tx, &repository).await.unwrap() else {
        return Vec::new();
    };
    let runs = store::recipe_run::list_by_head(&mut tx, feedstock, number, &head).await.unwrap();
    runs.into_iter().map(|run| run.recipe_id).collect()
}
