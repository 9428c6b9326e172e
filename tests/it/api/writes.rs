//! Writing through the API: what is taken, what is refused, and what stands in the way.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use harness::app::TestApp;
use harness::requests::Answer;
use harness::stories;
use harness::world::{API_KEY, WEBHOOK_SECRET};
use serde_json::{Value, json};

/// Makes a request with the key that opens everything.
pub(super) async fn write(app: &TestApp, method: Method, path: &str, body: &Value) -> Answer {
    write_with(app, API_KEY, method, path, body).await
}

/// Makes a request with any key.
pub(super) async fn write_with(app: &TestApp, key: &str, method: Method, path: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path).header("X-API-Key", key);
    app.ask(request.body(Body::from(body.to_string())).unwrap()).await
}

/// The id of a row that was made.
async fn made(app: &TestApp, path: &str, body: &Value) -> i64 {
    let answer = write(app, Method::POST, path, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{path} {body}: {}", answer.text());
    answer.json()["id"].as_i64().unwrap()
}

pub(super) async fn a_bakery(app: &TestApp, name: &str) -> i64 {
    made(app, "/bakeries/", &json!({ "region": "eu", "name": name, "description": "for a story" })).await
}

pub(super) async fn a_feedstock(app: &TestApp, spec: &str) -> i64 {
    made(app, "/feedstocks/", &json!({ "spec": spec })).await
}

/// A run with these fields besides the usual ones; what it was answered.
pub(super) async fn a_run(app: &TestApp, bakery: i64, feedstock: i64, more: &Value) -> Value {
    let mut body = json!({
        "recipe_id": "a-recipe", "bakery_id": bakery, "feedstock_id": feedstock, "head_sha": "0123456789abcdef0123456789abcdef01234567",
        "version": "", "started_at": "2022-09-19T16:31:43",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = write(app, Method::POST, "/recipe_runs/", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{body}: {}", answer.text());
    answer.json()
}

stories! {
    async fn s19_a_message_that_is_written_holds_no_secret(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        let told = format!("{{\"flow_id\":\"a-flow\",\"log\":\"signed with {WEBHOOK_SECRET}\"}}");
        let run = a_run(app, bakery, feedstock, &json!({ "message": told })).await;
        let path = format!("/recipe_runs/{}", run["id"]);
        let token = format!("ghs_{}", "a1B2".repeat(9));
        let told = json!({ "message": format!("refused: {token}") });
        let changed = write(app, Method::PATCH, &path, &told).await.json();
        let untouched = write(app, Method::PATCH, &path, &json!({ "version": "2" })).await.json();
        for (run, secret, kept) in
            [(&run, WEBHOOK_SECRET, "{\"flow_id\":\"a-flow\""), (&changed, &token, "refused: "), (&untouched, &token, "refused: ")]
        {
            let message = run["message"].as_str().unwrap();
            assert!(!message.contains(secret) && message.starts_with(kept), "{message}");
        }
        assert_eq!(app.get(&path).await.json()["message"], changed["message"]);
    }

    async fn u18_a_run_is_made_read_changed_and_removed(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        let run = a_run(app, bakery, feedstock, &json!({ "extra": 1, "id": 77 })).await;
        let id = run["id"].as_i64().unwrap();
        let path = format!("/recipe_runs/{id}");
        let text = app.get(&path).await.text();
        assert_eq!(
            text,
            format!(
                "{{\"recipe_id\":\"a-recipe\",\"bakery_id\":{bakery},\"feedstock_id\":{feedstock},\
                 \"head_sha\":\"0123456789abcdef0123456789abcdef01234567\",\"version\":\"\",\"started_at\":\"2022-09-19T16:31:43\",\
                 \"completed_at\":null,\"conclusion\":null,\"status\":\"queued\",\"is_test\":false,\"dataset_type\":null,\
                 \"dataset_public_url\":null,\"message\":null,\"id\":{id},\
                 \"bakery\":{{\"region\":\"eu\",\"name\":\"one\",\"description\":\"for a story\",\"id\":{bakery}}},\
                 \"feedstock\":{{\"spec\":\"a/b-feedstock\",\"provider\":\"github\",\"id\":{feedstock}}}}}"
            ),
            "the old service's fields in its order"
        );
        let changes = json!({ "status": "completed", "conclusion": "success", "completed_at": "2022-09-19T18:31:43.000001+02:00",
            "dataset_public_url": "https://data.example.org/x.zarr", "dataset_type": "zarr" });
        let changed = write(app, Method::PATCH, &path, &changes).await.json();
        assert_eq!((&changed["completed_at"], &changed["recipe_id"]), (&json!("2022-09-19T16:31:43.000001"), &run["recipe_id"]));
        assert_eq!(write(app, Method::PATCH, &path, &json!({})).await.json(), changed);
        assert_eq!(app.get(&format!("/feedstocks/{feedstock}/datasets?type=production")).await.json()[0]["id"], id);
        let cleared = write(app, Method::PATCH, &path, &json!({ "dataset_public_url": null })).await.json();
        assert_eq!(cleared["dataset_public_url"], Value::Null);
        assert_eq!(app.get("/stats/recipe_runs").await.json(), json!({ "count": 1 }));
        let removed = write(app, Method::DELETE, &path, &Value::Null).await;
        assert_eq!((removed.status, removed.text().as_str()), (StatusCode::OK, "{\"ok\":true}"));
        for gone in [app.get(&path).await, write(app, Method::PATCH, &path, &json!({})).await, write(app, Method::DELETE, &path, &Value::Null).await] {
            assert_eq!((gone.status, gone.json()), (StatusCode::NOT_FOUND, json!({ "detail": "recipe run not found" })));
        }
    }

    async fn what_cannot_be_is_refused_with_its_place(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        let run = a_run(app, bakery, feedstock, &json!({})).await;
        let path = format!("/recipe_runs/{}", run["id"]);
        for (body, place, kind) in [
            (json!({ "bakery_id": 999 }), "bakery_id", "value_error.foreign_key"),
            (json!({ "feedstock_id": -1 }), "feedstock_id", "value_error.foreign_key"),
            (json!({ "recipe_id": null }), "recipe_id", "type_error.none.not_allowed"),
            (json!({ "status": null }), "status", "type_error.none.not_allowed"),
            (json!({ "status": "completed" }), "conclusion", "value_error.conclusion"),
            (json!({ "conclusion": "success" }), "conclusion", "value_error.conclusion"),
            (json!({ "message": "x".repeat(100_001) }), "message", "value_error.any_str.max_length"),
            (json!({ "head_sha": "a\0b" }), "head_sha", "value_error.any_str.nul"),
        ] {
            let answer = write(app, Method::PATCH, &path, &body).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            let issue = &answer.json()["detail"][0];
            assert_eq!((&issue["loc"], &issue["type"]), (&json!(["body", place]), &json!(kind)));
        }
        assert_eq!(write(app, Method::PATCH, &path, &json!({})).await.json(), run, "nothing was changed");
        let answer = write(app, Method::POST, "/recipe_runs/", &json!({ "bakery_id": "x", "status": "y" })).await.json();
        assert_eq!(answer["detail"].as_array().unwrap().len(), 7, "everything is told at once: {answer}");
        let large = write(app, Method::POST, "/recipe_runs/", &json!("x".repeat(1_100_000))).await;
        assert_eq!((large.status, large.json()), (StatusCode::PAYLOAD_TOO_LARGE, json!({ "detail": "A body has at most 1 MiB." })));
    }

    async fn what_others_need_is_kept_and_what_is_there_is_not_made_again(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        a_run(app, bakery, feedstock, &json!({})).await;
        for (method, path, body, detail) in [
            (Method::DELETE, format!("/bakeries/{bakery}"), json!(null), "recipe runs or keys refer to this bakery; remove those first"),
            (Method::DELETE, format!("/feedstocks/{feedstock}"), json!(null),
                "recipe runs, pull requests or keys refer to this feedstock; remove those first"),
            (Method::POST, "/feedstocks/".into(), json!({ "spec": "a/b-feedstock" }), "another feedstock has the spec 'a/b-feedstock'"),
            (Method::POST, "/bakeries/".into(), json!({ "region": "x", "name": "one", "description": "" }), "another bakery is named 'one'"),
        ] {
            let answer = write(app, method, &path, &body).await;
            assert_eq!((answer.status, answer.json()), (StatusCode::CONFLICT, json!({ "detail": detail })));
        }
        let other = a_bakery(app, "other").await;
        let renamed = write(app, Method::PATCH, &format!("/bakeries/{other}"), &json!({ "name": "one" })).await;
        assert_eq!(renamed.status, StatusCode::CONFLICT);
        let removed = write(app, Method::DELETE, &format!("/bakeries/{other}"), &Value::Null).await;
        assert_eq!(removed.status, StatusCode::OK);
        assert_eq!(app.get(&format!("/bakeries/{other}")).await.json(), json!({ "detail": "bakery not found" }));
    }

    async fn r4_a_write_that_cannot_be_kept_is_no_success(app: &mut TestApp) {
        app.app.store.close().await;
        for (method, path) in [(Method::POST, "/feedstocks/"), (Method::PATCH, "/feedstocks/1"), (Method::DELETE, "/feedstocks/1")] {
            let answer = write(app, method, path, &json!({ "spec": "a/b" })).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(answer.json()["detail"].is_string());
        }
        app.restart().await;
    }
}
