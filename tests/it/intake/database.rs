//! A delivery that cannot be stored is refused in time, so that GitHub counts it as failed and it can be asked for again.

use axum::http::{Method, StatusCode};
use harness::stories;
use orchestrator::app;
use orchestrator::store::Store;
use serde_json::json;

use super::{ask, hook, jobs, stored};

stories! {
    async fn r4_a_database_that_is_gone_is_told_at_once(app: &mut TestApp) {
        app.app.store.close().await;
        let hook = hook("pull_request", "one", b"{}");
        for _ in 0..3 {
            let (status, answer) = app.deliver(&hook).await;
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
        let connections = match &app.app.store {
            Store::Sqlite { write, .. } => write.options().get_max_connections(),
            Store::Postgres(pool) => pool.options().get_max_connections(),
        };
        let mut held = Vec::new();
        for _ in 0..connections {
            held.push(app.app.store.write().await.unwrap());
        }
        let hook = hook("pull_request", "one", b"{}");
        // Answered while every connection is still held: the door has not waited for one.
        let (status, _) = app.deliver(&hook).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        drop(held);
        // What was refused was not stored behind GitHub's back.
        assert_eq!((stored(app).await.len(), jobs(app).await), (0, 0));
        let (_, answer) = app.deliver(&hook).await;
        assert_eq!(answer["status"], "accepted");
        app.settle().await;
    }
}
