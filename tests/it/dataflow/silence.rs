//! Nothing is heard of a job: Dataflow is asked, and no run stays open for ever.

use chrono::TimeDelta;
use harness::stories;
use orchestrator::domain::run::{Conclusion, RunState};

use super::{JOB, assert_ended, assert_open, begin, hand_over, job, row, submit_as, tell};

/// How often Dataflow was asked about the job by its id.
fn asked(app: &harness::app::TestApp) -> usize {
    app.google.requests_with(&format!("/jobs/{JOB}?view=JOB_VIEW_SUMMARY"))
}

stories! {
    async fn r15_a_lost_message_costs_half_an_hour(app: &mut TestApp) {
        let begun = hand_over(app).await;
        app.google.set_state(JOB, "DONE");
        app.advance(TimeDelta::minutes(30)).await;
        assert_eq!(asked(app), 0);
        assert_open(app);
        app.advance(TimeDelta::minutes(1)).await;
        assert_eq!(asked(app), 1);
        assert_ended(app, begun.number, "success", "Worked, in 31 min");
        // The message comes after all.
        tell(app, &begun.status(app, "DONE")).await;
        app.advance(TimeDelta::hours(1)).await;
        assert_eq!(asked(app), 1);
    }

    async fn r15_a_job_that_speaks_is_not_asked(app: &mut TestApp) {
        let begun = hand_over(app).await;
        for state in ["QUEUED", "PENDING", "RUNNING"] {
            app.advance(TimeDelta::minutes(29)).await;
            tell(app, &begun.status(app, state)).await;
        }
        assert_eq!(asked(app), 0);
        app.advance(TimeDelta::minutes(31)).await;
        app.advance(TimeDelta::minutes(29)).await;
        assert_eq!(asked(app), 1, "and after an answer it is left alone again");
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn a_job_that_dataflow_no_longer_knows_ends_the_run_when_it_says_so_twice(app: &mut TestApp) {
        let begun = begin(app).await;
        submit_as(app, &begun, JOB).await;
        app.advance(TimeDelta::minutes(31)).await;
        assert_eq!(asked(app), 1);
        assert_open(app);
        app.exhaust().await;
        assert_eq!(asked(app), 2);
        assert_ended(app, begun.number, "failure", "does not know the job");
    }

    async fn a_job_that_a_list_shows_late_is_found_at_the_second_look(app: &mut TestApp) {
        let begun = begin(app).await;
        submit_as(app, &begun, JOB).await;
        app.advance(TimeDelta::minutes(31)).await;
        app.google.start_job(&begun.name, JOB);
        app.exhaust().await;
        assert_open(app);
        assert_eq!(job(app).await.state, "JOB_STATE_RUNNING");
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn a_google_that_fails_is_asked_again(app: &mut TestApp) {
        let begun = hand_over(app).await;
        app.google.set_state(JOB, "FAILED");
        for (status, message) in [(503, "unavailable"), (429, "slowly"), (500, "oh")] {
            app.google.fail_next("GET", status, message);
        }
        app.advance(TimeDelta::minutes(31)).await;
        assert_open(app);
        app.exhaust().await;
        assert_eq!(asked(app), 4);
        assert_ended(app, begun.number, "failure", "failed");
    }

    async fn e12_a_job_whose_id_nobody_told_is_found_by_its_name(app: &mut TestApp) {
        let begun = begin(app).await;
        // Others of its name, in the order of a list with two pages, and one that is only called alike.
        app.google.start_job(&begun.name, "2026-01-01_00_00_01-1");
        app.google.start_job(&format!("{}2", begun.name), "2026-01-01_00_00_01-2");
        app.google.start_job(&begun.name, "2026-01-01_00_00_01-3");
        app.github.advance(TimeDelta::minutes(1));
        app.google.start_job(&begun.name, JOB);
        app.advance(TimeDelta::minutes(31)).await;
        assert_eq!(app.google.requests_with("pageToken="), 1);
        assert_eq!((job(app).await.job_id.as_deref(), job(app).await.state.as_str()), (Some(JOB), "JOB_STATE_RUNNING"));
        assert_open(app);
        submit_as(app, &begun, JOB).await;
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn a_job_that_was_never_handed_over_is_looked_for_once_more_and_forgotten(app: &mut TestApp) {
        let begun = begin(app).await;
        app.github.finish_run(begun.run.id, "failure", None);
        app.exhaust().await;
        assert_ended(app, begun.number, "failure", "without a result");
        app.advance(TimeDelta::minutes(31)).await;
        assert_eq!(app.google.requests_with("/jobs?"), 1);
        assert!(job(app).await.ended_at.is_some());
        app.advance(TimeDelta::hours(2)).await;
        assert_eq!(app.google.requests_with("/jobs?"), 1);
    }

    async fn r15_a_test_that_is_with_dataflow_for_too_long_times_out_and_is_cancelled_there(app: &mut TestApp) {
        let begun = hand_over(app).await;
        app.advance(TimeDelta::hours(12)).await;
        assert_open(app);
        app.advance(TimeDelta::minutes(1)).await;
        assert_ended(app, begun.number, "timed_out", "still going after 720 minutes");
        assert_eq!(app.google.job(JOB).state, "JOB_STATE_CANCELLING");
        app.google.set_state(JOB, "CANCELLED");
        app.advance(TimeDelta::minutes(31)).await;
        assert_eq!(job(app).await.state, "JOB_STATE_CANCELLED");
        assert_ended(app, begun.number, "timed_out", "still going");
        let asked_until_then = asked(app);
        app.advance(TimeDelta::hours(2)).await;
        assert_eq!(asked(app), asked_until_then, "it has ended, and nobody asks any more");
    }

    async fn r15_a_deployment_without_google_ends_its_runs_all_the_same(app: &mut TestApp) {
        app.reconfigure(|config| config.dataflow = None).await;
        let begun = hand_over(app).await;
        app.advance(TimeDelta::hours(6)).await;
        app.advance(TimeDelta::hours(6)).await;
        assert_open(app);
        app.advance(TimeDelta::minutes(1)).await;
        assert_ended(app, begun.number, "timed_out", "still going after 720 minutes");
        assert_eq!(app.google.requests(), Vec::<String>::new(), "Google is never called");
    }

    async fn r15_a_production_run_has_a_week(app: &mut TestApp) {
        hand_over(app).await;
        crate::store::execute(&app.app.store, "UPDATE recipe_run SET is_test = FALSE").await;
        app.advance(TimeDelta::days(7)).await;
        assert_eq!(row(app).await.state().unwrap(), RunState::InProgress);
        app.advance(TimeDelta::minutes(1)).await;
        assert_eq!(row(app).await.state().unwrap(), RunState::Completed(Conclusion::TimedOut));
        assert_eq!(app.google.job(JOB).state, "JOB_STATE_CANCELLING");
        app.google.set_state(JOB, "CANCELLED");
        app.advance(TimeDelta::minutes(31)).await;
    }
}
