//! A second story from end to end: a commit is pushed while a test of the older one runs, the pull request is merged and deployed, and
//! a second merge has to wait for the first. Between them, the two stories make every kind of write but those that make feedstocks.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{NewPull, WorkflowRun};
use harness::world::{CONTRIBUTOR, FEEDSTOCK, Files, MAINTAINER, feedstock};
use orchestrator::domain::id::{RecipeRunId, RepoName};
use orchestrator::store;
use runner_contract::{Failure, FailureClass, RunResult};

use super::whole::{End, RECIPE, homeless, timeless};

/// A maintainer tests a pull request, its author pushes meanwhile, it is merged and deployed. Another one is merged before the run of
/// the first has ended, and fails in the end.
pub(super) async fn play(app: &mut TestApp, settle: &mut impl AsyncFnMut(&mut TestApp)) {
    let first = open(app, "First");
    settle(app).await;
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(FEEDSTOCK, first, MAINTAINER, &format!("/run {RECIPE}"));
    settle(app).await;
    let tested = newest(app);
    app.github.start_run(tested.id);
    settle(app).await;
    app.github.push(FEEDSTOCK, first, Files::from([("feedstock/notes.txt".into(), "more\n".into())]));
    settle(app).await;
    app.github.merge(FEEDSTOCK, first, MAINTAINER);
    settle(app).await;
    let deployed = newest(app);
    app.github.start_run(deployed.id);
    settle(app).await;
    let second = open(app, "Second");
    settle(app).await;
    app.github.merge(FEEDSTOCK, second, MAINTAINER);
    settle(app).await;
    app.github.advance(TimeDelta::minutes(2));
    app.bake(deployed.id, &["tiny.zarr"]);
    settle(app).await;
    let refused = newest(app);
    assert_ne!(refused.id, deployed.id, "{}", app.github.transcript().join("\n"));
    let failure = Failure {
        class: FailureClass::Requirements,
        error: "No matching distribution found for nothing==1".into(),
        explanation: None,
        location: None,
        trace: None,
    };
    app.finish_run(refused.id, RunResult::Failed(failure));
    settle(app).await;
}

fn open(app: &TestApp, title: &str) -> u64 {
    let mut files = feedstock("tiny-success", "feedstock");
    let recipe = files.get_mut("feedstock/recipe.py").expect("the recipe");
    recipe.push_str("\n# ");
    recipe.push_str(title);
    app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, title).files(files))
}

fn newest(app: &TestApp) -> WorkflowRun {
    let run = app.workflow_runs().pop();
    run.unwrap_or_else(|| panic!("nothing runs:\n{}", app.github.transcript().join("\n")))
}

/// The end of the story, as it stands now.
pub(super) async fn end(app: &TestApp) -> End {
    let mut end = shown(app);
    let mut tx = app.app.store.read().await.unwrap();
    let name = RepoName::parse(FEEDSTOCK).unwrap();
    if store::feedstock::find(&mut tx, &name).await.unwrap().is_some() {
        for id in 1..=5 {
            let run = store::recipe_run::get(&mut tx, RecipeRunId(id)).await;
            let Ok(run) = run else { break };
            let url = run.dataset_public_url.as_deref().unwrap_or_default();
            let state = run.state().unwrap();
            end.push(format!(
                "recipe run: {} {} {} {state:?} {url} {:?}",
                run.id, run.recipe_id, run.is_test, run.message
            ));
        }
    }
    drop(tx);
    let mut end: End = end.into_iter().map(|line| nameless(app, homeless(line))).collect();
    // Reports race to GitHub; which comes first says nothing.
    end.sort();
    end
}

/// A line with the titles of commits in place of their names, which hold the time at which they were made.
pub(crate) fn nameless(app: &TestApp, line: String) -> String {
    app.github.read(|world| {
        world.commits.values().fold(line, |line, commit| {
            let title = commit.message.lines().next().unwrap_or_default();
            line.replace(&commit.sha, title).replace(&commit.sha[..7], title)
        })
    })
}

/// What GitHub shows.
fn shown(app: &TestApp) -> End {
    app.github.read(|world| {
        let repository = &world.repositories[FEEDSTOCK];
        let deployments = repository.deployments.values().map(|deployment| {
            let newest = deployment.statuses.last();
            let words = newest.and_then(|status| status.description.as_deref()).unwrap_or_default();
            let state = newest.map(|status| status.state.as_str()).unwrap_or_default();
            format!("deployment: {} {} {state}: {}", deployment.environment, deployment.sha, timeless(words))
        });
        let comments = repository
            .comments
            .values()
            .filter(|comment| comment.by_app)
            .map(|comment| format!("comment on #{}: {}", comment.number, timeless(&comment.body)));
        let checks = repository.check_runs.values().map(|check| {
            let conclusion = check.conclusion.as_deref().unwrap_or_default();
            let title = timeless(check.title.as_deref().unwrap_or_default());
            format!("check run: {} on {}: {} {conclusion}: {title}", check.name, check.head_sha, check.status)
        });
        let runs = world.repositories.values().flat_map(|repository| repository.workflow_runs.values());
        let runs = runs.map(|run| {
            let inputs: Vec<_> = run.inputs.iter().filter(|(name, _)| *name != "dispatch_id").collect();
            format!("workflow run: {} {} {:?} {inputs:?}", run.path, run.status, run.conclusion)
        });
        deployments.chain(comments).chain(checks).chain(runs).collect()
    })
}
