//! `/retry`: another attempt at what did not succeed, at the same commit.

use chrono::TimeDelta;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED};
use runner_contract::{Failure, FailureClass, RunResult};

use super::{assert_answer, dispatched, open, run_on_a_machine, say, states, under_another_id};

const RECIPE: &str = "tiny-daily";

fn failed() -> RunResult {
    let error = "ValueError: no data for day 1".into();
    RunResult::Failed(Failure {
        class: FailureClass::DataSource,
        error,
        explanation: None,
        location: None,
        trace: None,
    })
}

stories! {
    async fn what_did_not_succeed_is_tried_again_at_the_same_commit(app: &mut TestApp) {
        let number = open(app, "Add two", "two-recipes").await;
        let first = run_on_a_machine(app, number, RECIPE).await;
        app.finish_run(first, failed());
        let second = run_on_a_machine(app, number, "tiny-monthly").await;
        app.bake(second, &["tiny.zarr"]);
        app.settle().await;

        let comment = say(app, number, MAINTAINER, "/retry").await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        assert_eq!(dispatched(app, 2), [RECIPE], "what worked is left alone");
        let run = app.workflow_runs().pop().unwrap();
        assert_eq!(run.inputs["sha"], app.github.run(first).unwrap().inputs["sha"]);
        assert_ne!(run.inputs["job_name"], app.github.run(first).unwrap().inputs["job_name"]);
        assert_ne!(run.inputs["subpath"], app.github.run(first).unwrap().inputs["subpath"]);
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        let expected = [
            "tiny-daily 1 Completed(Failure)",
            "tiny-monthly 1 Completed(Success)",
            "tiny-daily 2 Completed(Success)",
        ];
        assert_eq!(states(app, number).await, expected);
        let conclusions: Vec<_> = app.checks(RECIPE).into_iter().map(|check| check.conclusion.unwrap()).collect();
        assert_eq!(conclusions, ["failure", "success"]);
    }

    async fn what_was_cancelled_or_timed_out_is_tried_again(app: &mut TestApp) {
        let number = open(app, "Add two", "two-recipes").await;
        run_on_a_machine(app, number, RECIPE).await;
        say(app, number, MAINTAINER, "/cancel").await;
        say(app, number, MAINTAINER, "/run tiny-monthly").await;
        app.advance(TimeDelta::minutes(18)).await;
        let expected = ["tiny-daily 1 Completed(Cancelled)", "tiny-monthly 1 Completed(TimedOut)"];
        assert_eq!(states(app, number).await, expected);
        let comment = say(app, number, MAINTAINER, "/retry all").await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        assert_eq!(dispatched(app, 2), [RECIPE, "tiny-monthly"]);
        assert_eq!(states(app, number).await[2..], ["tiny-daily 2 InProgress", "tiny-monthly 2 InProgress"]);
    }

    async fn what_worked_is_repeated_only_by_its_name(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        app.bake(run, &["tiny.zarr"]);
        app.settle().await;
        let comment = say(app, number, MAINTAINER, "/retry").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["nothing to try again", "`/retry <recipe_id>` repeats"]);
        let comment = say(app, number, MAINTAINER, "/retry tiny-daily").await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Success)", "tiny-daily 2 InProgress"]);
    }

    async fn what_goes_on_is_not_begun_twice(app: &mut TestApp) {
        let number = open(app, "Add two", "two-recipes").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        let comment = say(app, number, MAINTAINER, "/retry tiny-daily").await;
        assert_answer(app, number, comment, &["eyes"], &["`tiny-daily`: already running", "recipe-run/1"]);
        app.finish_run(run, failed());
        run_on_a_machine(app, number, "tiny-monthly").await;
        let comment = say(app, number, MAINTAINER, "/retry tiny-daily tiny-monthly").await;
        let words = ["1 attempt was started, and others were not", "`tiny-monthly`: already running"];
        assert_answer(app, number, comment, &["eyes", "rocket"], &words);
        assert_eq!(dispatched(app, 2), [RECIPE]);
    }

    async fn s14_a_commit_that_is_not_the_newest_is_not_tested_again(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        app.finish_run(run, failed());
        app.settle().await;
        app.github.push(STAGED, number, [("README.md", "Not a recipe\n")]);
        app.settle().await;
        let comment = say(app, number, MAINTAINER, "/retry tiny-daily").await;
        let reply = app.last_bot_comment(STAGED, number);
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"], "{reply}");
        assert!(reply.contains("`/run tiny-daily`"), "{reply}");
        assert_eq!(dispatched(app, 1), Vec::<String>::new());
    }

    async fn s14_a_commit_that_was_not_shown_is_not_tested_again(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        app.finish_run(run, failed());
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/retry");
        let said = app.github.take_hooks();
        app.github.push(STAGED, number, [("recipes/tiny/extra.py", "import os\n")]);
        app.deliver(&said[0]).await;
        app.work().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"], "we have not even heard of the push");
        let reply = app.last_bot_comment(STAGED, number);
        assert!(reply.contains("its newest attempt tested"), "{reply}");
        app.settle().await;
        assert_eq!(dispatched(app, 1), Vec::<String>::new());
    }

    async fn a_recipe_that_was_never_run_is_run_and_not_retried(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let comment = say(app, number, MAINTAINER, "/retry tiny-daily").await;
        let words = ["not run yet at the newest commit, `/run tiny-daily` does"];
        assert_answer(app, number, comment, &["eyes", "-1"], &words);
        let comment = say(app, number, MAINTAINER, "/retry tiny-dayli").await;
        let words = ["no run of `tiny-dayli` here", "Did you mean `/retry tiny-daily`?"];
        assert_answer(app, number, comment, &["eyes", "-1"], &words);
    }

    async fn a_test_of_a_closed_pull_request_is_not_repeated(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        app.finish_run(run, failed());
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        let comment = say(app, number, MAINTAINER, "/retry").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["it was a test, and this pull request is closed"]);
    }

    async fn r5b_a_retry_told_under_three_delivery_ids_is_one_attempt(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        app.finish_run(run, failed());
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/retry");
        let hook = app.github.take_hooks().pop().unwrap();
        for delivery in ["one", "two", "three"] {
            app.deliver(&under_another_id(&hook, delivery)).await;
            app.settle().await;
        }
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Failure)", "tiny-daily 2 InProgress"]);
    }
}
