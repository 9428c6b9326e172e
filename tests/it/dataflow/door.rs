//! What the door does before and after it knows whose message it is.

use axum::http::StatusCode;
use harness::stories;
use serde_json::json;

use super::{JOB, hand_over, notes, tell};

/// The largest body, in bytes.
const LIMIT: usize = 1024 * 1024;

stories! {
    async fn r2_a_message_is_kept_before_it_is_answered_and_read_afterwards(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let before = app.github.request_count();
        app.push_job_status(&begun.status(app, "DONE")).await;
        assert_eq!(notes(app).await, ["parked"], "it is kept, and nothing has followed yet");
        assert_eq!(app.github.request_count(), before);
        app.restart().await;
        app.settle().await;
        assert_eq!(notes(app).await, ["applied"]);
    }

    async fn a_message_may_have_a_mebibyte_and_no_more(app: &mut TestApp) {
        let headers = [("authorization".to_owned(), format!("Bearer {}", app.google.token()))];
        let filled = |size: usize| {
            let body = app.google.push_of("1", Some(&app.google.status("x", JOB, "DONE").data().to_string())).to_string();
            format!("{body}{}", " ".repeat(size - body.len())).into_bytes()
        };
        assert_eq!(app.post("/dataflow/status", &headers, filled(LIMIT)).await.0, StatusCode::NO_CONTENT);
        let (status, answer) = app.post("/dataflow/status", &headers, filled(LIMIT + 1)).await;
        assert_eq!((status, answer), (StatusCode::PAYLOAD_TOO_LARGE, json!({"detail": "A status message has at most 1 MiB."})));
        app.settle().await;
    }

    async fn nobodys_body_is_read_before_it_is_known_whose_it_is(app: &mut TestApp) {
        let headers = [("authorization".to_owned(), "Bearer x".to_owned())];
        let (status, _) = app.post("/dataflow/status", &headers, vec![b' '; LIMIT + 1]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let (status, _) = app.post("/dataflow/status", &[], vec![b' '; LIMIT + 1]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }

    async fn r4_a_message_that_cannot_be_kept_is_to_come_again(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let done = begun.status(app, "DONE");
        app.app.store.close().await;
        let (status, answer) = app.push(&app.google.token(), &done.push()).await;
        let detail = "The database does not answer; please deliver again later.";
        assert_eq!((status, answer), (StatusCode::SERVICE_UNAVAILABLE, json!({ "detail": detail })));
        app.restart().await;
        tell(app, &done).await;
        assert_eq!(notes(app).await, ["applied"]);
    }
}
