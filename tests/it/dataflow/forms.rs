//! The form of the old monitoring function, for as long as it still runs.

use axum::http::StatusCode;
use harness::app::TestApp;
use harness::github::sign;
use harness::stories;
use harness::world::WEBHOOK_SECRET;
use orchestrator::domain::run::{Conclusion, RunState};
use serde_json::{Value, json};

use super::{JOB, assert_ended, assert_open, begin, hand_over, notes, row, submit_as, tell};
use crate::store::execute;

/// Brings a form as the function sends it: signed like a webhook, with an event that GitHub does not have, and with no id.
async fn send(app: &TestApp, body: &str) -> (StatusCode, Value) {
    let headers = [
        ("x-github-event".to_owned(), "dataflow".to_owned()),
        ("accept".to_owned(), "application/vnd.github.v3+json".to_owned()),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ("x-hub-signature-256".to_owned(), sign(WEBHOOK_SECRET, body.as_bytes())),
    ];
    let answer = app.post("/github/hooks/", &headers, body.as_bytes().to_vec()).await;
    app.settle().await;
    answer
}

async fn accept_forms(app: &mut TestApp) {
    app.reconfigure(|config| config.dataflow.as_mut().unwrap().accept_form_events = true).await;
}

const SUCCESS: &str = "action=completed&recipe_run_id=1&conclusion=success";
const FAILURE: &str = "action=completed&recipe_run_id=1&conclusion=failure";

stories! {
    async fn s20_forms_are_not_read_unless_an_operator_wants_it(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let (status, _) = send(app, SUCCESS).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "a webhook without an id");
        assert_open(app);
        assert_eq!(notes(app).await.len(), 0);
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn a_form_ends_the_run_that_it_names_once(app: &mut TestApp) {
        accept_forms(app).await;
        let begun = hand_over(app).await;
        assert_eq!(send(app, SUCCESS).await, (StatusCode::ACCEPTED, json!({"status": "accepted"})));
        let comment = assert_ended(app, begun.number, "success", "Worked");
        assert_eq!(send(app, SUCCESS).await, (StatusCode::ACCEPTED, json!({"status": "duplicate"})));
        assert_eq!(send(app, FAILURE).await, (StatusCode::ACCEPTED, json!({"status": "accepted"})));
        assert_eq!(assert_ended(app, begun.number, "success", "Worked"), comment, "an end is an end");
        assert_eq!(notes(app).await, ["applied", "the run does not go on"]);
    }

    async fn a_form_that_is_faster_than_the_workflow_run_waits_for_it(app: &mut TestApp) {
        accept_forms(app).await;
        let begun = begin(app).await;
        send(app, SUCCESS).await;
        assert_open(app);
        submit_as(app, &begun, JOB).await;
        assert_ended(app, begun.number, "success", "Worked");
        assert!(row(app).await.dataset_public_url.unwrap().ends_with("/tiny.zarr"));
    }

    async fn a_failure_is_one(app: &mut TestApp) {
        accept_forms(app).await;
        let begun = hand_over(app).await;
        send(app, FAILURE).await;
        assert_ended(app, begun.number, "failure", "failed");
    }

    async fn a_run_of_the_old_service_ends_too_and_its_data_is_where_it_always_was(app: &mut TestApp) {
        accept_forms(app).await;
        hand_over(app).await;
        // What the old service left: no job, no installation, no place.
        execute(
            &app.app.store,
            "DELETE FROM dataflow_job; UPDATE recipe_run SET installation = NULL, subpath = NULL, attempt = 1",
        )
        .await;
        send(app, SUCCESS).await;
        let row = row(app).await;
        assert_eq!(row.state().unwrap(), RunState::Completed(Conclusion::Success));
        let url = row.dataset_public_url.unwrap();
        assert!(url.ends_with("/pangeo-forge/test/pangeo-forge/staged-recipes/recipe-run-1/tiny-daily.zarr"), "{url}");
    }

    async fn what_the_function_never_says_is_refused_and_an_unknown_run_is_nobodys(app: &mut TestApp) {
        accept_forms(app).await;
        for body in ["", "{}", "action=completed&recipe_run_id=1", "action=completed&recipe_run_id=1&conclusion=cancelled"] {
            let (status, answer) = send(app, body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
            assert!(answer["detail"].as_str().unwrap().contains("recipe_run_id"), "{answer}");
        }
        let (status, _) = send(app, "action=completed&recipe_run_id=99&conclusion=success").await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert_eq!(notes(app).await, ["no such run"]);
    }

    async fn s1_a_form_that_is_signed_with_another_secret_is_refused(app: &mut TestApp) {
        accept_forms(app).await;
        let begun = hand_over(app).await;
        let headers = [
            ("x-github-event".to_owned(), "dataflow".to_owned()),
            ("x-hub-signature-256".to_owned(), sign("guess", SUCCESS.as_bytes())),
        ];
        assert_eq!(app.post("/github/hooks/", &headers, SUCCESS.into()).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(notes(app).await.len(), 0);
        tell(app, &begun.status(app, "DONE")).await;
    }
}
