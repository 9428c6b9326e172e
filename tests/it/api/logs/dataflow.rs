//! Logs of a job on Dataflow, which Cloud Logging keeps.

use axum::http::StatusCode;
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use runner_contract::{DatasetType, RunResult, Store};

use super::{LOGS, RECIPE, missing, read};

const JOB: &str = "2026-01-01_00_01_00-1234";

/// A run whose job is handed over under this id; answers the job's name.
async fn handed_over(app: &TestApp) -> String {
    let mut files = feedstock("tiny-success", "recipes/tiny");
    let meta = files.get_mut("recipes/tiny/meta.yaml").unwrap();
    *meta = meta.replace("id: local-direct", "id: far-away");
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    app.settle().await;
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
    app.settle().await;
    let run = app.workflow_runs().pop().expect("a run was dispatched");
    let name = run.inputs["job_name"].clone();
    app.google.start_job(&name, JOB);
    let stores = vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }];
    let (recipe_id, job_name) = (RECIPE.to_owned(), name.clone());
    app.finish_run(run.id, RunResult::Submitted { recipe_id, job_name, job_id: JOB.into(), stores });
    app.settle().await;
    name
}

async fn end(app: &TestApp, name: &str, state: &str) {
    app.google.set_state(JOB, state);
    app.github.advance(TimeDelta::minutes(1));
    app.push_job_status(&app.google.status(name, JOB, state)).await;
    app.settle().await;
}

stories! {
    async fn the_newest_lines_of_a_source_are_shown_in_the_order_of_time(app: &mut TestApp) {
        let name = handed_over(app).await;
        for (severity, message) in [("INFO", "one"), ("ERROR", "two"), ("DEBUG", "three"), ("CRITICAL", "four"), ("INFO", "five")] {
            app.github.advance(TimeDelta::seconds(1));
            app.google.write_log(JOB, "job-message", severity, message);
        }
        app.google.write_log(JOB, "worker", "WARNING", "of a worker");
        app.google.write_log("2026-01-01_00_00_00-9", "job-message", "ERROR", "of another job");
        let messages = async |query: &str| -> Vec<String> {
            let lines = read(app, &format!("?format=json{query}")).await.json();
            lines.as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(messages("").await, ["one", "two", "three", "four", "five"], "Dataflow's word is the usual one");
        assert_eq!(messages("&limit=3").await, ["three", "four", "five"]);
        assert_eq!(messages("&severity=ERROR").await, ["two", "four"]);
        assert_eq!(messages("&severity=EMERGENCY").await, Vec::<String>::new());
        let text = read(app, "?source=worker").await.text();
        assert!(text.ends_with("Z WARNING [vm-1] of a worker\n"), "{text}");
        assert!(missing(&read(app, "?source=docker").await).contains("Cloud Logging has nothing of it"));
        end(app, &name, "DONE").await;
    }

    async fn google_that_does_not_answer_is_named(app: &mut TestApp) {
        let name = handed_over(app).await;
        app.google.fail_next("POST", 403, "Permission 'logging.logEntries.list' denied");
        let answer = read(app, "").await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains("Google, entries.list: 403 Permission 'logging.logEntries.list' denied"), "{detail}");
        end(app, &name, "DONE").await;
    }

    async fn the_first_traceback_of_a_failed_job_is_public_and_looked_up_once(app: &mut TestApp) {
        let name = handed_over(app).await;
        app.google.write_log(JOB, "job-message", "ERROR", "Workflow failed.");
        app.google.write_log(JOB, "worker", "ERROR", "Error:\nTraceback (most recent call last):\n  File \"r.py\", line 1\nKeyError: 'sst'");
        let trace = format!("{LOGS}/trace");
        assert_eq!(app.get(&trace).await.status, StatusCode::NO_CONTENT, "it goes on");
        end(app, &name, "FAILED").await;
        for _ in 0..30 {
            let answer = app.get(&trace).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            assert_eq!(answer.text(), "Traceback (most recent call last):\n  File \"r.py\", line 1\nKeyError: 'sst'");
        }
        assert_eq!(app.google.requests_with("/v2/entries:list"), 2, "one for each log");
    }

    async fn s25_mistakes_are_kept_too_and_what_is_at_hand_is_told(app: &mut TestApp) {
        let name = handed_over(app).await;
        end(app, &name, "FAILED").await;
        app.google.fail_next("POST", 503, "unavailable");
        app.google.fail_next("POST", 503, "unavailable");
        for _ in 0..30 {
            let answer = app.get(&format!("{LOGS}/trace")).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.text().contains("Dataflow"), "{}", answer.text());
        }
        assert_eq!(app.google.requests_with("/v2/entries:list"), 2);
    }
}
