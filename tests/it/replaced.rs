//! A newer commit is pushed while something waits or goes on for the older one: it is stopped, its checks end as cancelled, and
//! nobody hears of it again.

use axum::http::Method;
use harness::app::TestApp;
use harness::github::{CheckRun, NewPull};
use harness::stories;
use harness::world::{CONTRIBUTOR, Files, MAINTAINER, STAGED, feedstock};
use orchestrator::domain::id::RecipeRunId;
use orchestrator::store;
use runner_contract::RunResult;

const RECIPE: &str = "tiny-daily";

async fn open(app: &TestApp, name: &str) -> u64 {
    let files = feedstock(name, "recipes/tiny");
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    app.settle().await;
    number
}

fn ask(app: &TestApp, number: u64) {
    app.github.advance(chrono::TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
}

fn push(app: &TestApp, number: u64) -> String {
    app.github.push(STAGED, number, Files::from([("recipes/tiny/notes.txt".into(), "more\n".into())]))
}

async fn state(app: &TestApp, id: i64) -> String {
    let mut tx = app.app.store.read().await.unwrap();
    let run = store::recipe_run::get(&mut tx, RecipeRunId(id)).await.unwrap();
    format!("{:?}", run.state().unwrap())
}

fn assert_replaced(check: &CheckRun, by: &str) {
    assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("cancelled")));
    assert_eq!(check.title.as_deref(), Some(format!("Replaced by {}", &by[..7]).as_str()));
}

/// What GitHub was asked to cancel.
fn cancelled(app: &TestApp) -> usize {
    app.github.exchanges().iter().filter(|exchange| exchange.line().contains("/cancel")).count()
}

stories! {
    async fn r13_a_queued_run_of_an_older_commit_ends_in_silence(app: &mut TestApp) {
        let number = open(app, "tiny-success").await;
        push(app, number);
        app.settle().await;
        assert_eq!(state(app, 1).await, "Completed(Cancelled)");
        assert_eq!(state(app, 2).await, "Queued");
        assert_eq!(app.checks(RECIPE).len(), 0, "what was never asked for has no check");
        assert_eq!(app.bot_comments(STAGED, number), Vec::<String>::new());
    }

    async fn r15_a_queued_run_of_a_closed_pull_request_does_not_wait_for_ever(app: &mut TestApp) {
        let number = open(app, "tiny-success").await;
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        assert_eq!(state(app, 1).await, "Completed(Skipped)");
        assert_eq!((app.checks(RECIPE).len(), app.bot_comments(STAGED, number).len()), (0, 0));
        app.github.reopen(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        ask(app, number);
        app.settle().await;
        assert_eq!(state(app, 2).await, "InProgress", "another attempt");
        let run = app.only_workflow_run();
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
    }

    async fn u9_a_running_run_of_an_older_commit_is_cancelled_and_its_check_says_by_what(app: &mut TestApp) {
        let number = open(app, "tiny-success").await;
        ask(app, number);
        app.settle().await;
        let run = app.only_workflow_run();
        app.github.start_run(run.id);
        app.settle().await;
        let newer = push(app, number);
        app.settle().await;
        assert_replaced(&app.check(RECIPE), &newer);
        assert_eq!(cancelled(app), 1);
        assert_eq!(app.github.run(run.id).unwrap().conclusion.as_deref(), Some("cancelled"));
        assert_eq!(state(app, 1).await, "Completed(Cancelled)");
        assert_eq!(app.bot_comments(STAGED, number), Vec::<String>::new(), "nothing is said about the old commit");
    }

    async fn r13_a_result_that_comes_after_the_newer_commit_changes_nothing(app: &mut TestApp) {
        let number = open(app, "tiny-success").await;
        ask(app, number);
        app.settle().await;
        let run = app.only_workflow_run();
        app.github.start_run(run.id);
        app.settle().await;
        let newer = push(app, number);
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        assert_replaced(&app.check(RECIPE), &newer);
        assert_eq!(app.bot_comments(STAGED, number), Vec::<String>::new());
    }

    async fn r13_a_cancel_before_the_run_is_known_is_remembered(app: &mut TestApp) {
        let number = open(app, "tiny-success").await;
        ask(app, number);
        // GitHub starts the run, and its answer is lost.
        app.github.fault(Method::POST, "/dispatches").drop_after_effect();
        app.deliver_all().await;
        app.work().await;
        // Nor does any webhook tell of it.
        app.github.take_hooks();
        let newer = push(app, number);
        app.settle().await;
        assert_replaced(&app.check(RECIPE), &newer);
        assert_eq!(cancelled(app), 0, "there is no id to name yet");
        app.exhaust().await;
        assert_eq!(cancelled(app), 1);
        let run = app.only_workflow_run();
        assert_eq!(app.github.run(run.id).unwrap().conclusion.as_deref(), Some("cancelled"));
    }

    async fn r13_a_run_that_was_not_sent_yet_is_not_sent_any_more(app: &mut TestApp) {
        let number = open(app, "tiny-success").await;
        ask(app, number);
        app.github.fault(Method::POST, "/dispatches").status(503);
        app.settle().await;
        let newer = push(app, number);
        app.settle().await;
        app.exhaust().await;
        assert_replaced(&app.check(RECIPE), &newer);
        assert_eq!(app.workflow_runs().len(), 0);
    }

    async fn r13_a_listing_of_an_older_commit_is_cancelled_and_its_check_ends(app: &mut TestApp) {
        let number = open(app, "dict-object").await;
        let listing = app.only_workflow_run();
        let newer = push(app, number);
        app.settle().await;
        let checks = app.checks("synchronize");
        assert_replaced(&checks[0], &newer);
        assert_eq!(app.github.run(listing.id).unwrap().conclusion.as_deref(), Some("cancelled"));
        let second = app.workflow_runs().pop().unwrap();
        assert_eq!(second.inputs["sha"], newer);
        app.finish_run(second.id, RunResult::Expanded { recipe_ids: vec!["a".into()] });
        app.settle().await;
        assert_eq!(app.checks("synchronize")[1].conclusion.as_deref(), Some("success"));
    }
}
