//! A run that nobody wants any more is stopped on Dataflow too, whenever its job becomes known.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::stories;
use harness::world::MAINTAINER;
use orchestrator::domain::id::Login;
use orchestrator::store;

use super::{FIRST, JOB, assert_ended, assert_open, begin, hand_over, job, submit_as, tell};

/// Notes that somebody asked to stop the run, as the answer to a comment does.
async fn ask_to_cancel(app: &TestApp) {
    let mut tx = app.app.store.write().await.unwrap();
    let by = Login(MAINTAINER.into());
    assert!(store::recipe_run::set_cancel_asked(&mut tx, FIRST, Some(&by), app.github.now()).await.unwrap());
    tx.commit().await.unwrap();
}

fn cancelled(app: &TestApp) -> usize {
    app.google.requests_with("PUT ")
}

stories! {
    async fn a_cancelled_run_ends_as_cancelled_by_whoever_asked(app: &mut TestApp) {
        let begun = hand_over(app).await;
        ask_to_cancel(app).await;
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &begun.status(app, "PENDING")).await;
        assert_eq!((app.google.job(JOB).state.as_str(), cancelled(app)), ("JOB_STATE_CANCELLING", 1));
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &begun.status(app, "CANCELLING")).await;
        assert_open(app);
        tell(app, &begun.status(app, "CANCELLED")).await;
        assert_ended(app, begun.number, "cancelled", &format!("Cancelled by {MAINTAINER}"));
        assert_eq!(cancelled(app), 1);
    }

    async fn e13_a_stop_that_comes_before_the_id_is_remembered(app: &mut TestApp) {
        let begun = begin(app).await;
        ask_to_cancel(app).await;
        app.google.start_job(&begun.name, JOB);
        submit_as(app, &begun, JOB).await;
        assert_eq!((app.google.job(JOB).state.as_str(), cancelled(app)), ("JOB_STATE_CANCELLING", 1));
        app.google.set_state(JOB, "CANCELLED");
        // For somebody waits: the job is asked about sooner than others.
        app.advance(TimeDelta::minutes(6)).await;
        assert_ended(app, begun.number, "cancelled", "Cancelled by");
    }

    async fn e13_a_stop_is_remembered_also_when_dataflow_tells_the_id_first(app: &mut TestApp) {
        let begun = begin(app).await;
        ask_to_cancel(app).await;
        app.google.start_job(&begun.name, JOB);
        tell(app, &begun.status(app, "RUNNING")).await;
        assert_eq!(app.google.job(JOB).state, "JOB_STATE_CANCELLING");
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &begun.status(app, "CANCELLED")).await;
        assert_open(app);
        submit_as(app, &begun, JOB).await;
        assert_ended(app, begun.number, "cancelled", "Cancelled by");
        assert_eq!(cancelled(app), 1);
    }

    async fn e13_a_stop_that_comes_after_the_end_changes_nothing(app: &mut TestApp) {
        let begun = hand_over(app).await;
        app.google.set_state(JOB, "DONE");
        ask_to_cancel(app).await;
        app.advance(TimeDelta::minutes(6)).await;
        assert_ended(app, begun.number, "success", "Worked");
        assert_eq!(cancelled(app), 0, "what has ended cannot be stopped");
    }

    async fn e13_a_job_that_cannot_be_stopped_yet_is_stopped_later(app: &mut TestApp) {
        let begun = hand_over(app).await;
        ask_to_cancel(app).await;
        for (status, message) in [(400, "The job is starting, so it cannot be cancelled yet."), (503, "unavailable"), (409, "aborted")] {
            app.google.fail_next("PUT", status, message);
        }
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &begun.status(app, "PENDING")).await;
        assert_eq!((app.google.job(JOB).state.as_str(), cancelled(app)), ("JOB_STATE_RUNNING", 1));
        app.exhaust().await;
        assert_eq!((app.google.job(JOB).state.as_str(), cancelled(app)), ("JOB_STATE_CANCELLING", 4));
        tell(app, &begun.status(app, "CANCELLED")).await;
        assert_ended(app, begun.number, "cancelled", "Cancelled by");
    }

    async fn a_run_that_failed_elsewhere_leaves_no_job_behind(app: &mut TestApp) {
        let begun = begin(app).await;
        app.google.start_job(&begun.name, JOB);
        tell(app, &begun.status(app, "RUNNING")).await;
        app.github.finish_run(begun.run.id, "failure", Some(b"no outcome"));
        app.settle().await;
        assert_ended(app, begun.number, "failure", "left a result that cannot be used");
        assert_eq!(app.google.job(JOB).state, "JOB_STATE_CANCELLING");
        tell(app, &begun.status(app, "CANCELLED")).await;
        assert!(job(app).await.ended_at.is_some());
    }

    async fn a_job_that_becomes_known_after_the_end_of_its_run_is_stopped(app: &mut TestApp) {
        let begun = begin(app).await;
        app.github.finish_run(begun.run.id, "failure", None);
        app.exhaust().await;
        app.google.start_job(&begun.name, JOB);
        tell(app, &begun.status(app, "RUNNING")).await;
        assert_eq!(app.google.job(JOB).state, "JOB_STATE_CANCELLING");
        tell(app, &begun.status(app, "CANCELLED")).await;
        assert_ended(app, begun.number, "failure", "without a result");
    }

    async fn s21_somebody_elses_job_is_not_stopped_whatever_the_recipe_said(app: &mut TestApp) {
        let begun = begin(app).await;
        let foreign = "2026-01-01_00_00_00-1";
        app.google.start_job("somebody-elses", foreign);
        ask_to_cancel(app).await;
        submit_as(app, &begun, foreign).await;
        assert_eq!((app.google.job(foreign).state.as_str(), cancelled(app)), ("JOB_STATE_RUNNING", 0));
        app.advance(TimeDelta::minutes(6)).await;
        assert_ended(app, begun.number, "failure", "names a job that the run did not start");
        assert_eq!((app.google.job(foreign).state.as_str(), cancelled(app)), ("JOB_STATE_RUNNING", 0));
    }
}
