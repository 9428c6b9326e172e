//! A delivery that cannot be stored is refused in time, so that GitHub counts it as failed and it can be asked for again.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use harness::stories;
use orchestrator::app;
use serde_json::json;

use super::{ask, hook, jobs, stored};

/// Until then a delivery that cannot be stored must have been refused.
const IN_TIME: Duration = Duration::from_secs(2);
/// A database of which no connection comes free for so long has none to give.
const BUSY: Duration = Duration::from_millis(200);

stories! {
    async fn r4_a_database_that_is_gone_is_told_at_once(app: &mut TestApp) {
        app.app.store.close().await;
        let hook = hook("pull_request", "one", b"{}");
        for _ in 0..3 {
            let asked = Instant::now();
            let (status, answer) = app.deliver(&hook).await;
            assert!(asked.elapsed() < IN_TIME, "{:?}", asked.elapsed());
            let detail = "The database does not answer; please deliver again later.";
            assert_eq!((status, answer), (StatusCode::SERVICE_UNAVAILABLE, json!({ "detail": detail })));
        }
        let router = app::router(&app.app);
        assert_eq!(ask(&router, Method::GET, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ask(&router, Method::GET, "/livez").await.0, StatusCode::OK, "the process itself is well");

        app.restart().await;
        assert_eq!(ask(&app::router(&app.app), Method::GET, "/readyz").await.0, StatusCode::OK);
        assert_eq!(stored(app).await.len(), 0);
        let (status, answer) = app.deliver(&hook).await;
        assert_eq!((status, answer["status"].as_str()), (StatusCode::ACCEPTED, Some("accepted")));
        app.settle().await;
    }

    async fn r4_a_database_that_does_not_answer_is_not_waited_for(app: &mut TestApp) {
        let mut held = Vec::new();
        while let Ok(tx) = tokio::time::timeout(BUSY, app.app.store.write()).await {
            held.push(tx.unwrap());
        }
        let hook = hook("pull_request", "one", b"{}");
        let asked = Instant::now();
        let (status, _) = app.deliver(&hook).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(asked.elapsed() < IN_TIME, "{:?}", asked.elapsed());
        drop(held);
        // What was refused was not stored behind GitHub's back.
        assert_eq!((stored(app).await.len(), jobs(app).await), (0, 0));
        let (_, answer) = app.deliver(&hook).await;
        assert_eq!(answer["status"], "accepted");
        app.settle().await;
    }
}
