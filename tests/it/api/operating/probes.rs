//! Is it there, can it work, which one is it.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use harness::stories;
use harness::world;
use orchestrator::http;
use serde_json::json;
use tower::ServiceExt;

use crate::store::execute;

stories! {
    async fn u16e_readiness_follows_the_database_and_the_process_lives_on(app: &mut TestApp) {
        assert_eq!(app.get("/readyz").await.json(), json!({ "status": "ok" }));
        let next_year = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
            SELECT version + 1000, 'drop it all breaking', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
        execute(&app.app.store, next_year).await;
        let refused = app.get("/readyz").await;
        let detail = "The database has another schema than this program needs.";
        assert_eq!((refused.status, refused.json()), (StatusCode::SERVICE_UNAVAILABLE, json!({ "detail": detail })));
        execute(&app.app.store, "DELETE FROM _sqlx_migrations WHERE version = 1001").await;
        assert_eq!(app.get("/readyz").await.status, StatusCode::OK);

        app.app.store.close().await;
        let refused = app.get("/readyz").await;
        let detail = json!({ "detail": "The database does not answer." });
        assert_eq!((refused.status, refused.json()), (StatusCode::SERVICE_UNAVAILABLE, detail));
        for path in ["/livez", "/", "/version"] {
            assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
        }
        app.restart().await;
        assert_eq!(app.get("/readyz").await.status, StatusCode::OK);
        assert_eq!(app.github.request_count(), 0, "GitHub has no part in it");
    }

    async fn r18_a_process_that_was_told_to_stop_is_not_ready(app: &mut TestApp) {
        app.app.draining.store(true, Ordering::Relaxed);
        let refused = app.get("/readyz").await;
        let detail = json!({ "detail": "The service is stopping." });
        assert_eq!((refused.status, refused.json()), (StatusCode::SERVICE_UNAVAILABLE, detail));
        assert_eq!(app.get("/livez").await.status, StatusCode::OK);
    }

    async fn u16e_the_version_says_which_program_and_which_schema(app: &mut TestApp) {
        let migrations = std::fs::read_dir(world::root().join("migrations/sqlite")).unwrap().count();
        let version = app.get("/version").await.json();
        assert_eq!(version["schema"], json!(migrations));
        assert_eq!(version["version"], json!(env!("CARGO_PKG_VERSION")));
        let keys: Vec<_> = version.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["commit", "schema", "version"]);
    }

    async fn operators_have_a_listener_of_their_own_with_nothing_else_on_it(app: &mut TestApp) {
        let router = http::operators_router(app.app.clone());
        for (path, status) in [
            ("/livez", 200), ("/readyz", 200), ("/version", 200), ("/metrics", 200), ("/stats/feedstocks", 404), ("/github/hooks/", 404),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            assert_eq!(router.clone().oneshot(request).await.unwrap().status().as_u16(), status, "{path}");
        }
    }
}
