//! Runs that end without saying anything, or not at all: each comes to an end that says so.

use chrono::TimeDelta;
use harness::stories;
use harness::world::STAGED;
use orchestrator::domain::run::{Conclusion, RunState};
use reqwest::Method;

use super::{RECIPE, ask, assert_ended, check, row, start};

stories! {
    async fn r28_a_run_without_an_outcome_is_a_failure_whatever_it_says_of_itself(app: &mut TestApp) {
        let (number, mut run) = start(app).await;
        for conclusion in ["success", "failure", "timed_out", "startup_failure", "neutral"] {
            app.github.finish_run(run.id, conclusion, None);
            app.settle().await;
            assert_eq!(check(app).status, "in_progress", "{conclusion}: the list of artifacts may lag behind");
            app.exhaust().await;
            let title = format!("The workflow run ended ({conclusion}) without a result");
            let comment = assert_ended(app, number, "failure", &title);
            assert!(comment.contains("tries again"), "{comment}");
            run = ask(app, number).await;
        }
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
    }

    async fn an_outcome_that_is_listed_late_is_found(app: &mut TestApp) {
        let (number, run) = start(app).await;
        app.github.fault(Method::GET, "/artifacts").stale_reads(2);
        app.bake(run.id, &["tiny.zarr"]);
        app.exhaust().await;
        assert_ended(app, number, "success", "Worked");
    }

    async fn an_outcome_that_somebody_deleted_is_none(app: &mut TestApp) {
        let (number, run) = start(app).await;
        app.github.fault(Method::GET, "/actions/artifacts/").status(410);
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        assert_ended(app, number, "failure", "without a result");
    }

    async fn a_run_that_somebody_cancels_is_cancelled(app: &mut TestApp) {
        let (number, run) = start(app).await;
        app.github.start_run(run.id);
        app.settle().await;
        app.github.finish_run(run.id, "cancelled", None);
        app.settle().await;
        let comment = assert_ended(app, number, "cancelled", "Somebody cancelled the workflow run");
        assert!(comment.contains("`/run` comment starts it again"), "{comment}");
        assert_eq!(row(app, 1).await.state().unwrap(), RunState::Completed(Conclusion::Cancelled));
    }

    async fn r15_a_run_that_no_machine_takes_up_times_out_after_a_quarter_of_an_hour(app: &mut TestApp) {
        let (number, run) = start(app).await;
        app.advance(TimeDelta::minutes(15)).await;
        assert_eq!(check(app).status, "in_progress");
        app.advance(TimeDelta::minutes(3)).await;
        assert_ended(app, number, "timed_out", "No machine took the run up within 15 minutes");
        assert_eq!(row(app, 1).await.state().unwrap(), RunState::Completed(Conclusion::TimedOut));
        let stopped = app.github.run(run.id).unwrap().conclusion;
        assert_eq!(stopped.as_deref(), Some("cancelled"), "a run that nobody waits for must not begin to write");
        // A machine takes it up after all: what is over stays over.
        app.github.rerun(run.id);
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        assert_ended(app, number, "timed_out", "No machine took the run up");
        assert_eq!(row(app, 1).await.dataset_public_url, None);
        assert_eq!(app.bot_comments(STAGED, number).len(), 1);
    }

    async fn r15_a_run_that_never_ends_times_out_after_six_and_a_half_hours(app: &mut TestApp) {
        let (number, run) = start(app).await;
        app.github.start_run(run.id);
        app.settle().await;
        for _ in 0..6 {
            app.advance(TimeDelta::hours(1)).await;
            assert_eq!(check(app).status, "in_progress");
        }
        app.advance(TimeDelta::minutes(31)).await;
        let comment = assert_ended(app, number, "timed_out", "The run was still going after 390 minutes");
        assert!(comment.contains("make the pruned part of the recipe smaller"), "{comment}");
        assert_eq!(app.github.run(run.id).unwrap().conclusion.as_deref(), Some("cancelled"));
    }

    async fn r15_a_run_that_vanished_is_missed_by_the_timer(app: &mut TestApp) {
        let (number, run) = start(app).await;
        app.github.vanish_run(run.id);
        app.advance(TimeDelta::minutes(3)).await;
        assert_ended(app, number, "failure", "GitHub no longer knows the run");
    }

    async fn a_run_that_is_started_again_on_github_after_its_end_changes_nothing(app: &mut TestApp) {
        let (number, run) = start(app).await;
        app.github.finish_run(run.id, "cancelled", None);
        app.settle().await;
        app.github.rerun(run.id);
        app.github.start_run(run.id);
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        assert_ended(app, number, "cancelled", "Somebody cancelled");
        assert_eq!(row(app, 1).await.dataset_public_url, None);
        assert_eq!(app.checks(RECIPE).len(), 1);
    }
}
