//! News of jobs that nobody knows: some of it is early, and most of it is about somebody else's.

use chrono::TimeDelta;
use harness::stories;
use orchestrator::domain::run::RunState;
use serde_json::json;

use super::{JOB, assert_ended, assert_open, begin, hand_over, job, notes, row, submit_as, tell};

stories! {
    async fn r9_news_that_is_faster_than_the_id_is_matched_by_the_name(app: &mut TestApp) {
        let begun = begin(app).await;
        tell(app, &begun.status(app, "RUNNING")).await;
        assert_eq!(job(app).await.job_id.as_deref(), Some(JOB));
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &begun.status(app, "DONE")).await;
        assert_open(app);
        assert_eq!(row(app).await.state().unwrap(), RunState::InProgress, "the workflow run still has to say which stores there are");
        submit_as(app, &begun, JOB).await;
        assert_ended(app, begun.number, "success", "Worked");
        assert!(row(app).await.dataset_public_url.unwrap().ends_with("/tiny.zarr"));
    }

    async fn r9_news_without_a_name_waits_for_the_id(app: &mut TestApp) {
        let begun = begin(app).await;
        let mut done = begun.status(app, "DONE");
        done.job_name = String::new();
        tell(app, &done).await;
        assert_eq!(notes(app).await, ["parked"]);
        assert_eq!(job(app).await.job_id, None);
        submit_as(app, &begun, JOB).await;
        assert_eq!(notes(app).await, ["applied"]);
        assert_ended(app, begun.number, "success", "Worked");
    }

    async fn the_runners_suffix_does_not_hide_a_name(app: &mut TestApp) {
        let begun = begin(app).await;
        let mut running = begun.status(app, "RUNNING");
        running.job_name += "-0af39";
        tell(app, &running).await;
        assert_eq!(job(app).await.job_id.as_deref(), Some(JOB));
        submit_as(app, &begun, JOB).await;
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn a_project_may_be_told_by_its_number_and_a_region_by_google(app: &mut TestApp) {
        let begun = begin(app).await;
        let mut running = begun.status(app, "RUNNING");
        (running.project, running.location) = ("660670451013".into(), "europe-west4".into());
        tell(app, &running).await;
        let known = job(app).await;
        assert_eq!((known.project.as_str(), known.location.as_str()), ("far-away", "europe-west4"));
        submit_as(app, &begun, JOB).await;
        let mut done = begun.status(app, "DONE");
        done.location = "europe-west4".into();
        tell(app, &done).await;
        assert_ended(app, begun.number, "success", "Worked");
    }

    async fn s20_another_projects_job_is_not_ours_whatever_it_is_called(app: &mut TestApp) {
        let begun = begin(app).await;
        let mut other = begun.status(app, "DONE");
        other.project = "somebody-elses".into();
        tell(app, &other).await;
        assert_eq!(job(app).await.job_id, None);
        submit_as(app, &begun, JOB).await;
        let mut other = begun.status(app, "DONE");
        other.project = "somebody-elses".into();
        tell(app, &other).await;
        assert_open(app);
        assert_eq!(notes(app).await, ["of another project", "of another project"]);
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn s21_a_job_of_another_name_is_not_ours_whatever_the_recipe_said(app: &mut TestApp) {
        let begun = begin(app).await;
        // The recipe's code has the action tell the id of a job that worked.
        let foreign = "2026-01-01_00_00_00-1";
        app.google.start_job("somebody-elses", foreign);
        app.google.set_state(foreign, "DONE");
        submit_as(app, &begun, foreign).await;
        tell(app, &app.google.status("somebody-elses", foreign, "DONE")).await;
        assert_eq!(notes(app).await, ["its name is not the one that we gave"]);
        assert_open(app);
        app.advance(TimeDelta::minutes(31)).await;
        assert_ended(app, begun.number, "failure", "names a job that the run did not start");
    }

    async fn s21_a_name_is_never_an_address(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let before = (app.github.request_count(), app.google.requests().len());
        // Both decode to hosts, by the old service's rule and to a human.
        let fetched = app.google.key_fetches();
        for name in ["a736d65652e696f2f70474b4c61447536434a7769426a4a552501", "a6170692e70616e67656f2d666f7267652e6f7267251366", "127.0.0.1"] {
            tell(app, &app.google.status(name, "2026-01-01_00_09_00-1", "DONE")).await;
        }
        let keys = app.google.key_fetches() - fetched;
        assert_eq!((app.github.request_count(), app.google.requests().len()), (before.0, before.1 + keys), "nobody was called");
        assert_eq!(notes(app).await, ["parked", "parked", "parked"]);
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn r9_what_nobody_ever_knows_is_called_unmatched_after_a_day_and_forgotten_after_a_month(app: &mut TestApp) {
        tell(app, &app.google.status("somebody-elses", "2026-01-01_00_00_00-1", "DONE")).await;
        app.advance(TimeDelta::hours(24)).await;
        assert_eq!(notes(app).await, ["parked"]);
        app.advance(TimeDelta::minutes(1)).await;
        assert_eq!(notes(app).await, ["unmatched"]);
        app.advance(TimeDelta::days(29) - TimeDelta::minutes(1)).await;
        assert_eq!(notes(app).await.len(), 1);
        app.advance(TimeDelta::minutes(1)).await;
        assert_eq!(notes(app).await.len(), 0);
    }

    async fn what_can_never_be_used_is_taken_counted_and_forgotten(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let count = || app.app.metrics.status_messages("unusable");
        let good = begun.status(app, "DONE").push();
        let with = |pointer: &str, value: serde_json::Value| {
            let mut changed = good.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            changed
        };
        let other = json!({"schema": "dataflow-job-status/2"}).to_string();
        let mut nameless = app.google.push_of("", Some(&app.google.job(JOB).json().to_string()));
        nameless["message"]["message_id"] = "".into();
        let bodies = [
            json!(null),
            json!({}),
            with("/message", json!("x")),
            with("/message/data", json!("%%%")),
            with("/subscription", json!("projects/far-away/subscriptions/another")),
            app.google.push_of("1", Some("no JSON")),
            app.google.push_of("2", Some(&other)),
            app.google.push_of("3", None),
            nameless,
        ];
        for (number, body) in bodies.iter().enumerate() {
            let (status, answer) = app.push(&app.google.token(), body).await;
            assert_eq!((status.as_u16(), answer), (204, json!(null)), "{body}");
            assert_eq!(count(), number as u64 + 1, "{body}");
        }
        assert_eq!(notes(app).await.len(), 0);
        tell(app, &begun.status(app, "DONE")).await;
        assert_eq!(count(), bodies.len() as u64);
    }
}
