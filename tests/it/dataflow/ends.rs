//! Each way in which a job can end, and what is shown of it.

use chrono::TimeDelta;
use harness::github::CheckRun;
use harness::stories;
use harness::world::STAGED;
use orchestrator::domain::run::{Conclusion, RunState};

use super::{
    JOB, RECIPE, ask, assert_ended, assert_open, begin, check, hand_over, job, notes, open, open_as, row,
    submit_as, tell,
};

stories! {
    async fn every_end_of_a_job_has_its_own_conclusion(app: &mut TestApp) {
        let number = open(app).await;
        for (count, (state, conclusion, title)) in [
            ("FAILED", "failure", "failed"),
            ("CANCELLED", "cancelled", "was cancelled"),
            ("DRAINED", "cancelled", "was drained"),
            ("DONE", "success", "Worked"),
        ].into_iter().enumerate() {
            let begun = ask(app, number).await;
            let id = format!("{JOB}{count}");
            submit_as(app, &begun, &id).await;
            assert_open(app);
            app.github.advance(TimeDelta::minutes(3));
            tell(app, &app.google.status(&begun.name, &id, state)).await;
            let comment = assert_ended(app, number, conclusion, title);
            assert_eq!(state == "DONE", comment.contains("xr.open_dataset"), "{comment}");
            assert!(state == "DONE" || comment.contains(&id), "the job is named: {comment}");
        }
    }

    async fn the_data_of_a_job_that_is_done_can_be_opened(app: &mut TestApp) {
        let begun = hand_over(app).await;
        assert_eq!(check(app).title.as_deref(), Some("Submitted: waiting for the bakery"));
        assert!(app.bot_comments(STAGED, begun.number).is_empty(), "there is no result yet");
        app.github.advance(TimeDelta::minutes(10));
        tell(app, &begun.status(app, "DONE")).await;
        let row = row(app).await;
        assert_eq!(row.state().unwrap(), RunState::Completed(Conclusion::Success));
        assert_eq!(row.completed_at, Some(app.github.now()));
        let url = row.dataset_public_url.unwrap();
        assert!(url.starts_with("https://data.example.org/") && url.ends_with("/tiny.zarr"), "{url}");
        let comment = assert_ended(app, begun.number, "success", "Worked, in 10 min");
        assert!(comment.contains(&url), "{comment}");
        assert_eq!(job(app).await.ended_at, Some(app.github.now()));
        assert_eq!(app.google.requests(), ["GET /oauth2/v3/certs"], "nobody had to ask");
    }

    async fn a_job_on_its_way_changes_nothing_that_people_see(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let shown = seen(check(app));
        for state in ["QUEUED", "PENDING", "STOPPED", "RUNNING", "DRAINING", "CANCELLING", "RESOURCE_CLEANING_UP", "UNKNOWN"] {
            app.github.advance(TimeDelta::seconds(10));
            tell(app, &begun.status(app, state)).await;
            assert_eq!(seen(check(app)), shown, "{state}");
        }
        assert_eq!(job(app).await.state, "JOB_STATE_UNKNOWN");
        tell(app, &begun.status(app, "DONE")).await;
        assert_ended(app, begun.number, "success", "Worked");
    }

    async fn eventarcs_own_words_and_bare_attributes_are_understood_too(app: &mut TestApp) {
        let begun = hand_over(app).await;
        app.google.set_state(JOB, "RUNNING");
        let data = app.google.job(JOB).json().to_string();
        let (status, _) = app.push(&app.google.token(), &app.google.push_of("1", Some(&data))).await;
        assert_eq!(status, 204);
        app.settle().await;
        assert_eq!(job(app).await.state, "JOB_STATE_RUNNING");
        app.github.advance(TimeDelta::minutes(1));
        let mut bare = app.google.push_of("2", None);
        bare["message"]["attributes"] = begun.status(app, "DONE").attributes();
        bare["message"].as_object_mut().unwrap().remove("data");
        let (status, _) = app.push(&app.google.token(), &bare).await;
        assert_eq!(status, 204);
        app.settle().await;
        assert_ended(app, begun.number, "success", "Worked");
        assert_eq!(notes(app).await, ["applied", "applied"]);
    }

    async fn a_job_that_goes_on_as_another_one_is_followed(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let next = "2026-01-01_00_05_00-9";
        app.github.advance(TimeDelta::minutes(4));
        app.google.start_job(&begun.name, next);
        // News of the new job is faster than the news that there is one.
        tell(app, &app.google.status(&begun.name, next, "RUNNING")).await;
        assert_eq!(notes(app).await, ["parked"]);
        app.google.replace_job(JOB, next);
        let mut updated = begun.status(app, "UPDATED");
        updated.replaced_by = Some(next.into());
        tell(app, &updated).await;
        assert_open(app);
        assert_eq!((job(app).await.job_id.as_deref(), job(app).await.state.as_str()), (Some(next), "JOB_STATE_RUNNING"));
        assert!(check(app).summary.unwrap().contains(next), "the page of the new job is the one to look at");
        assert_eq!(notes(app).await, ["applied", "replaced, and followed"]);
        // What is still said of the old one is about nobody.
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &begun.status(app, "FAILED")).await;
        assert_open(app);
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &app.google.status(&begun.name, next, "DONE")).await;
        assert_ended(app, begun.number, "success", "Worked");
        app.advance(TimeDelta::hours(25)).await;
    }

    async fn a_job_that_goes_on_as_one_that_is_not_named_is_asked_about(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let next = "2026-01-01_00_05_00-9";
        app.google.start_job(&begun.name, next);
        app.google.replace_job(JOB, next);
        tell(app, &begun.status(app, "UPDATED")).await;
        assert_open(app);
        assert_eq!(job(app).await.job_id.as_deref(), Some(next));
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &app.google.status(&begun.name, next, "FAILED")).await;
        assert_ended(app, begun.number, "failure", "failed");
    }

    async fn a_workflow_run_that_is_lost_after_it_handed_the_job_over_changes_nothing(app: &mut TestApp) {
        let begun = begin(app).await;
        app.google.start_job(&begun.name, JOB);
        tell(app, &begun.status(app, "RUNNING")).await;
        app.github.finish_run(begun.run.id, "failure", None);
        app.exhaust().await;
        assert_open(app);
        assert!(check(app).summary.unwrap().contains(JOB), "{:?}", check(app).summary);
        app.github.advance(TimeDelta::minutes(5));
        tell(app, &begun.status(app, "DONE")).await;
        assert_ended(app, begun.number, "success", "Worked");
    }

    async fn a_job_that_was_done_before_its_workflow_run_was_lost_ends_the_run(app: &mut TestApp) {
        let begun = begin(app).await;
        tell(app, &begun.status(app, "FAILED")).await;
        assert_open(app);
        app.github.finish_run(begun.run.id, "failure", None);
        app.exhaust().await;
        assert_ended(app, begun.number, "failure", JOB);
    }

    async fn r5_a_recipe_that_names_another_runs_job_gets_nothing_of_it(app: &mut TestApp) {
        let first = hand_over(app).await;
        let other = open_as(app, "Add it again").await;
        let second = ask(app, other).await;
        submit_as(app, &second, JOB).await;
        assert_ended(app, other, "failure", "names a job that cannot be the run's own");
        tell(app, &first.status(app, "DONE")).await;
        assert_eq!(row(app).await.state().unwrap(), RunState::Completed(Conclusion::Success));
        let conclusions: Vec<_> = app.checks(RECIPE).into_iter().map(|check| check.conclusion.unwrap()).collect();
        assert_eq!(conclusions, ["success", "failure"]);
    }

    async fn an_id_that_can_be_none_is_a_bad_outcome(app: &mut TestApp) {
        let begun = begin(app).await;
        submit_as(app, &begun, "../../../other").await;
        assert_ended(app, begun.number, "failure", "cannot be used");
    }
}

/// What people see of a check.
fn seen(check: CheckRun) -> (String, Option<String>, Option<String>, Option<String>) {
    (check.status, check.conclusion, check.title, check.summary)
}
