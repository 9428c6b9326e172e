//! Who carries a run out tells how it stands: this service of its own, which no key changes, and whoever made it of one that is only kept.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::events::{EventStream, words};
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use serde_json::{Value, json};

use super::writes::{a_bakery, a_feedstock, a_run, write};
use crate::restarts::whole;

const SHA: &str = "fedcba9876543210fedcba9876543210fedcba98";

stories! {
    async fn s22_no_key_changes_how_our_own_run_stands(app: &mut TestApp) {
        let files = feedstock("tiny-success", "recipes/tiny");
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
        app.settle().await;
        let before = app.get("/recipe_runs/1").await.json();
        for change in [
            json!({ "head_sha": SHA }),
            json!({ "recipe_id": "another" }),
            json!({ "is_test": false }),
            json!({ "status": "in_progress" }),
            json!({ "status": "completed", "conclusion": "success" }),
        ] {
            let answer = write(app, Method::PATCH, "/recipe_runs/1", &change).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{change}");
            assert!(answer.json()["detail"].as_str().unwrap().contains("only `message`"), "{}", answer.text());
        }
        assert_eq!(app.get("/recipe_runs/1").await.json(), before);
        let change = json!({ "message": "looked at", "status": "queued" });
        assert_eq!(write(app, Method::PATCH, "/recipe_runs/1", &change).await.status, StatusCode::OK, "what stays as it is is no change");

        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        app.github.start_run(app.only_workflow_run().id);
        app.settle().await;
        let answer = write(app, Method::DELETE, "/recipe_runs/1", &Value::Null).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text());
        app.bake(app.only_workflow_run().id, &["tiny.zarr"]);
        app.settle().await;
        let again = write(app, Method::PATCH, "/recipe_runs/1", &json!({ "status": "queued", "conclusion": null, "completed_at": null })).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "the end is final");
    }

    async fn r14_what_a_removed_run_leaves_behind_comes_to_an_end(app: &mut TestApp) {
        whole::play(app, async |app: &mut TestApp| app.settle().await).await;
        assert_eq!(write(app, Method::DELETE, "/recipe_runs/2", &Value::Null).await.status, StatusCode::OK);
        assert_eq!(app.get("/recipe_runs/2/events").await.status, StatusCode::NOT_FOUND);
        // The result of the removed run is on GitHub; another one takes its place.
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, 1, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        let run = app.workflow_runs().pop().unwrap().id;
        app.bake(run, &["tiny.zarr"]);
        app.settle().await;
        app.advance(TimeDelta::hours(12)).await;
        let mut tx = app.app.store.read().await.unwrap();
        let left = orchestrator::store::job::list_running(&mut tx).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
        drop(tx);
        let comments = app.bot_comments(STAGED, 1);
        assert!(comments.iter().filter(|body| body.contains("tiny-daily")).count() == 1, "{comments:#?}");
    }

    async fn u10_whoever_follows_a_run_tells_its_timeline(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        let run = a_run(app, bakery, feedstock, &json!({})).await["id"].as_i64().unwrap();
        let mut stream = EventStream::of(app.listen(run, None).await);
        stream.until("told").await;
        let path = format!("/recipe_runs/{run}");
        for change in [
            json!({ "status": "in_progress" }),
            json!({ "message": "half of it" }),
            json!({ "status": "completed", "conclusion": "success" }),
        ] {
            assert_eq!(write(app, Method::PATCH, &path, &change).await.status, StatusCode::OK);
        }
        let told = stream.until("end").await;
        assert_eq!(told.iter().map(|event| event.event.as_str()).collect::<Vec<_>>(), ["told", "told", "end"]);
        let timeline = app.timeline(run).await;
        let expected = ["queued", "in_progress", "completed: success"].map(|state| format!("The API was told that it is {state}"));
        assert_eq!(words(&timeline, "reason"), expected);
        assert_eq!(timeline["waiting"], Value::Null);
    }

    async fn u23_a_listener_to_a_run_that_is_removed_is_let_go(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        let run = a_run(app, bakery, feedstock, &json!({})).await["id"].as_i64().unwrap();
        let mut stream = EventStream::of(app.listen(run, None).await);
        stream.until("told").await;
        assert_eq!(write(app, Method::DELETE, &format!("/recipe_runs/{run}"), &Value::Null).await.status, StatusCode::OK);
        assert_eq!(stream.event().await, None);
        assert_eq!(app.app.listeners.count(), 0);
    }

    async fn no_timer_ends_a_run_that_is_only_kept(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        for is_test in [true, false] {
            let more = json!({ "status": "in_progress", "is_test": is_test, "recipe_id": format!("test-{is_test}") });
            let run = a_run(app, bakery, feedstock, &more).await;
            app.advance(TimeDelta::days(30)).await;
            let now = app.get(&format!("/recipe_runs/{}", run["id"])).await.json();
            assert_eq!((&now["status"], &now["message"]), (&json!("in_progress"), &Value::Null));
            assert_eq!(app.timeline(run["id"].as_i64().unwrap()).await["waiting"], Value::Null, "nobody here knows");
        }
    }
}
