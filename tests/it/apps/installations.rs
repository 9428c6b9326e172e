//! The App is suspended, taken off a repository or deleted: work there ends and is not tried for hours. Given back, it goes on.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{Hook, NewPull, WorkflowRun};
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, MAINTAINER, STAGED, feedstock};
use orchestrator::domain::id::{FeedstockId, RepoName};
use orchestrator::domain::run::{Conclusion, RunState};
use orchestrator::store;

const ORGANISATION: &str = "pangeo-forge";
const RECIPE: &str = "tiny-daily";

fn open(app: &TestApp, repository: &str, title: &str) -> u64 {
    let directory = if repository == STAGED { "recipes/tiny" } else { "feedstock" };
    let files = feedstock("tiny-success", directory);
    app.github.open_pull_request(NewPull::new(repository, CONTRIBUTOR, title).files(files))
}

/// A recipe is being tested on a pull request.
async fn run(app: &TestApp, repository: &str) -> (u64, WorkflowRun) {
    let number = open(app, repository, "Add tiny");
    app.settle().await;
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(repository, number, MAINTAINER, &format!("/run {RECIPE}"));
    app.settle().await;
    let run = app.workflow_runs().pop().expect("a run was dispatched");
    app.github.start_run(run.id);
    app.settle().await;
    (number, run)
}

/// How the newest run of a repository's recipe stands.
async fn state(app: &TestApp, repository: &str, number: u64) -> RunState {
    let mut tx = app.app.store.read().await.unwrap();
    let name = RepoName::parse(repository).unwrap();
    let feedstock: FeedstockId = store::feedstock::find(&mut tx, &name).await.unwrap().unwrap();
    let number = orchestrator::domain::id::PullNumber(number.try_into().unwrap());
    let runs = store::recipe_run::list_by_conversation(&mut tx, feedstock, number).await.unwrap();
    runs.last().unwrap().state().unwrap()
}

/// How many requests were made, but for looking through the log of deliveries.
fn requests(app: &TestApp) -> usize {
    app.github.exchanges().iter().filter(|one| !one.request.path.starts_with("/app/hook/")).count()
}

/// Demands that nothing is tried for hours.
async fn assert_at_rest(app: &TestApp) {
    let before = requests(app);
    for _ in 0..6 {
        app.advance(TimeDelta::minutes(30)).await;
    }
    assert_eq!(requests(app), before, "{:#?}", app.github.transcript());
}

fn under_another_id(hook: &Hook) -> Hook {
    let mut other = hook.clone();
    other.delivery.insert(0, 'f');
    for (name, value) in &mut other.headers {
        if name == "x-github-delivery" {
            value.clone_from(&other.delivery);
        }
    }
    other
}

fn checked(app: &TestApp, title: &str) -> bool {
    let head = app.github.read(|world| {
        let mut pulls =
            [STAGED, FEEDSTOCK].into_iter().flat_map(|name| world.repositories[name].pulls.values());
        pulls.find(|pull| pull.title == title).unwrap().head_sha.clone()
    });
    app.checks("synchronize").iter().any(|check| check.head_sha == head)
}

stories! {
    async fn s41_suspended_the_app_ends_its_work_and_unsuspended_it_goes_on(app: &mut TestApp) {
        let (number, _) = run(app, STAGED).await;
        app.github.suspend(ORGANISATION);
        let told = app.github.take_hooks();
        for hook in told.iter().flat_map(|hook| [hook.clone(), under_another_id(hook)]) {
            app.deliver(&hook).await;
        }
        app.settle().await;
        assert_eq!(state(app, STAGED, number).await, RunState::Completed(Conclusion::Cancelled));
        open(app, STAGED, "Opened meanwhile");
        assert_eq!(app.github.hooks_len(), 0, "a suspended App is told nothing");
        assert_at_rest(app).await;
        assert_eq!(app.check(RECIPE).status, "in_progress", "nothing could be said");

        app.github.unsuspend(ORGANISATION);
        app.settle().await;
        let check = app.check(RECIPE);
        assert_eq!(check.conclusion.as_deref(), Some("cancelled"));
        assert!(check.title.unwrap().contains("may no longer work here"));
        assert!(checked(app, "Opened meanwhile"));
        // The old news comes once more, and late.
        for hook in &told {
            let late = under_another_id(&under_another_id(hook));
            app.deliver(&late).await;
        }
        app.settle().await;
        open(app, STAGED, "Opened afterwards");
        app.settle().await;
        assert!(checked(app, "Opened afterwards"));
        app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
        app.settle().await;
        assert_eq!(app.workflow_runs().len(), 2, "the same comment tries again");
    }

    async fn s41_work_that_was_queued_before_the_news_is_not_done(app: &mut TestApp) {
        open(app, STAGED, "Add tiny");
        let opened = app.github.take_hooks();
        app.github.suspend(ORGANISATION);
        app.settle().await;
        for hook in &opened {
            app.deliver(hook).await;
        }
        app.settle().await;
        assert!(app.checks("synchronize").is_empty());
        assert_at_rest(app).await;
        app.github.unsuspend(ORGANISATION);
        app.settle().await;
        assert!(checked(app, "Add tiny"));
    }

    async fn s41_a_repository_that_is_taken_away_stops_alone(app: &mut TestApp) {
        let (number, run) = run(app, FEEDSTOCK).await;
        app.github.remove_from_installation(FEEDSTOCK);
        app.settle().await;
        assert_eq!(state(app, FEEDSTOCK, number).await, RunState::Completed(Conclusion::Cancelled));
        assert_eq!(app.github.run(run.id).unwrap().conclusion.as_deref(), Some("cancelled"), "where it ran, it is stopped");
        assert_at_rest(app).await;
        open(app, STAGED, "Elsewhere");
        open(app, FEEDSTOCK, "Opened meanwhile");
        app.settle().await;
        assert!(checked(app, "Elsewhere") && !checked(app, "Opened meanwhile"));

        app.github.add_to_installation(FEEDSTOCK);
        app.settle().await;
        assert!(checked(app, "Opened meanwhile"));
        assert_eq!(app.check(RECIPE).conclusion.as_deref(), Some("cancelled"));
    }

    async fn s41_news_of_a_removal_that_was_taken_back_changes_nothing(app: &mut TestApp) {
        let (number, _) = run(app, FEEDSTOCK).await;
        app.github.remove_from_installation(FEEDSTOCK);
        app.github.add_to_installation(FEEDSTOCK);
        let mut told = app.github.take_hooks();
        told.reverse();
        for hook in &told {
            app.deliver(hook).await;
            app.settle().await;
        }
        assert_eq!(state(app, FEEDSTOCK, number).await, RunState::InProgress);
    }

    async fn s41_deleted_the_app_is_silent_and_installed_again_it_begins_anew(app: &mut TestApp) {
        let (number, _) = run(app, STAGED).await;
        app.github.delete_installation(ORGANISATION);
        let told = app.github.take_hooks();
        for hook in told.iter().flat_map(|hook| [hook.clone(), under_another_id(hook)]) {
            app.deliver(&hook).await;
            app.settle().await;
        }
        assert_eq!(state(app, STAGED, number).await, RunState::Completed(Conclusion::Cancelled));
        assert_at_rest(app).await;
        for repository in [STAGED, FEEDSTOCK, harness::world::HUB] {
            app.github.install(repository);
        }
        let again = run(app, FEEDSTOCK).await.1;
        assert_eq!(again.inputs["recipe_id"], RECIPE, "under another number, with another token");
    }
}
