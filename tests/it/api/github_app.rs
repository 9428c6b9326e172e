//! What GitHub knows of the App and shows through us.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, STAGED, feedstock};
use orchestrator::domain::id::RepoName;
use orchestrator::store;
use serde_json::{Value, json};

/// A pull request on staged-recipes, whose feedstock row is the first; answers its head.
async fn opened(app: &TestApp) -> String {
    let files = feedstock("tiny-success", "recipes/tiny");
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    app.settle().await;
    app.github.read(|world| world.repositories[STAGED].pulls[&number].head_sha.clone())
}

async fn register(app: &TestApp, spec: &str) -> i64 {
    let mut tx = app.app.store.write().await.unwrap();
    let id = store::feedstock::register(&mut tx, &RepoName::parse(spec).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    id.0
}

fn entries(answer: &Value) -> &Vec<Value> {
    answer.as_array().expect("a list")
}

stories! {
    async fn s26_the_list_of_deliveries_is_public_and_shows_no_payload(app: &mut TestApp) {
        opened(app).await;
        let answer = app.get("/github/hooks/deliveries").await;
        assert_eq!(answer.status, StatusCode::OK);
        let all = answer.json();
        assert!(entries(&all).len() > 2, "{all}");
        for entry in entries(&all) {
            assert!(entry["id"].is_i64() && entry["event"].is_string() && entry["status_code"].is_i64(), "{entry}");
            for hidden in ["request", "response", "url", "headers", "payload"] {
                assert!(entry.get(hidden).is_none(), "{entry}");
            }
        }
    }

    async fn s26_a_single_delivery_is_for_administrators_and_its_signature_for_nobody(app: &mut TestApp) {
        opened(app).await;
        let id = app.get("/github/hooks/deliveries").await.json()[0]["id"].clone();
        let path = format!("/github/hooks/deliveries/{id}");
        assert_eq!(app.get(&path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(app.get_with_key(&path).await.json(), json!({"headers": {}, "payload": ""}), "only the response");
        let whole = app.get_with_key(&format!("{path}?response_only=false")).await.json();
        assert_eq!(whole["request"]["headers"]["x-hub-signature-256"], json!("***"));
        assert!(whole["request"]["payload"]["repository"]["full_name"].is_string(), "{whole}");
        let gone = app.get_with_key("/github/hooks/deliveries/999999").await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        for wrong in ["/github/hooks/deliveries/x", "/github/hooks/deliveries/1?response_only=maybe"] {
            assert_eq!(app.get_with_key(wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
    }

    async fn deliveries_of_a_feedstock_are_those_about_its_repository(app: &mut TestApp) {
        opened(app).await;
        let id = register(app, STAGED).await;
        let other = register(app, FEEDSTOCK).await;
        let about = app.get(&format!("/feedstocks/{id}/deliveries")).await.json();
        let number = app.github.read(|world| world.repositories[STAGED].id);
        assert!(!entries(&about).is_empty() && entries(&about).iter().all(|entry| entry["repository_id"] == number), "{about}");
        assert_eq!(app.get(&format!("/feedstocks/{other}/deliveries")).await.json(), json!([]));
    }

    async fn check_runs_are_githubs_own_words(app: &mut TestApp) {
        let sha = opened(app).await;
        let id = register(app, STAGED).await;
        let answer = app.get(&format!("/feedstocks/{id}/commits/{sha}/check-runs")).await;
        assert_eq!(answer.status, StatusCode::OK);
        let found = answer.json();
        assert_eq!(found["total_count"], json!(found["check_runs"].as_array().unwrap().len()));
        let run = &found["check_runs"][0];
        assert_eq!((&run["head_sha"], run["status"].is_string(), run["output"]["title"].is_string()), (&json!(sha), true, true));
        let unknown = app.get(&format!("/feedstocks/{id}/commits/{}/check-runs", "0".repeat(40))).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text());
        for bad in ["..%2F..%2Fx", "a%20b", "a%3Fb", "-x", "%FF"] {
            let answer = app.get(&format!("/feedstocks/{id}/commits/{bad}/check-runs")).await;
            assert!(answer.status.is_client_error(), "{bad}: {}", answer.text());
        }
    }

    async fn who_is_unknown_or_not_installed_gets_the_old_sentences(app: &mut TestApp) {
        let elsewhere = register(app, "somebody/else-feedstock").await;
        for tail in ["deliveries", "commits/main/check-runs"] {
            let answer = app.get(&format!("/feedstocks/4711/{tail}")).await;
            let detail = json!({"detail": "Id 4711 not found in feedstock table."});
            assert_eq!((answer.status, answer.json()), (StatusCode::NOT_FOUND, detail));
            let answer = app.get(&format!("/feedstocks/{elsewhere}/{tail}")).await;
            let detail = json!({"detail": "Pangeo Forge GitHub App not installed in 'somebody/else-feedstock' repository."});
            assert_eq!((answer.status, answer.json()), (StatusCode::NOT_FOUND, detail));
            let answer = app.get(&format!("/feedstocks/x/{tail}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    async fn s25_nobody_can_use_up_our_rate_limit(app: &mut TestApp) {
        let sha = opened(app).await;
        let id = register(app, STAGED).await;
        let before = app.github.request_count();
        for _ in 0..20 {
            assert_eq!(app.get("/github/hooks/deliveries").await.status, StatusCode::OK);
            assert_eq!(app.get(&format!("/feedstocks/{id}/commits/{sha}/check-runs")).await.status, StatusCode::OK);
        }
        assert!(app.github.request_count() - before <= 5, "{}", app.github.transcript().join("\n"));
        let mut refused = 0;
        for number in 0..60 {
            let answer = app.get(&format!("/feedstocks/{id}/commits/{number:040}/check-runs")).await;
            if answer.status == StatusCode::SERVICE_UNAVAILABLE {
                assert_eq!(answer.header("retry-after"), "60");
                refused += 1;
            }
        }
        assert!(refused >= 40, "{refused}");
        app.github.advance(TimeDelta::seconds(61));
        assert_eq!(app.get(&format!("/feedstocks/{id}/commits/{sha}/check-runs")).await.status, StatusCode::OK);
    }

    async fn githubs_failures_are_told_as_what_they_are(app: &mut TestApp) {
        app.github.fault(Method::GET, "/app/hook/deliveries").status(502);
        let answer = app.get("/github/hooks/deliveries").await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        assert_eq!(app.get("/github/hooks/deliveries").await.status, StatusCode::BAD_GATEWAY, "kept for a minute");
        app.github.advance(TimeDelta::seconds(61));
        app.github.fault(Method::GET, "/app/hook/deliveries").rate_limited(30);
        let answer = app.get("/github/hooks/deliveries").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(!answer.header("retry-after").is_empty());
        app.github.advance(TimeDelta::seconds(61));
        assert_eq!(app.get("/github/hooks/deliveries").await.status, StatusCode::OK);
    }
}
