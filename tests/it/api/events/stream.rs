//! The timeline as a stream: everything once, whoever wrote it, also to who comes again; and an end.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::events::{EventStream, Sent, words};
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use orchestrator::http::listeners::Watcher;
use orchestrator::job::worker;
use serde_json::{Value, json};

use super::{open, say};

/// The ids of some events.
fn ids(events: &[Sent]) -> Vec<i64> {
    events.iter().filter_map(|event| event.id).collect()
}

/// The run goes on to its end.
async fn end(app: &TestApp) {
    let run = app.only_workflow_run();
    app.bake(run.id, &["tiny.zarr"]);
    app.settle().await;
}

stories! {
    async fn u23_a_listener_gets_what_is_there_and_what_comes_each_once_until_the_end(app: &mut TestApp) {
        let number = open(app).await;
        let mut stream = EventStream::of(app.listen(1, None).await);
        let mut events = stream.until("queued").await;
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        events.extend(stream.until("dispatched").await);
        end(app).await;
        events.extend(stream.until("end").await);
        assert_eq!(stream.event().await, None);
        let last = events.pop().unwrap();
        assert_eq!(last, Sent { id: None, event: "end".into(), data: json!({}) });
        let page = app.timeline(1).await;
        let sent: Vec<_> = events.iter().map(|event| event.data.clone()).collect();
        assert_eq!(page["events"], Value::from(sent));
        assert_eq!(events.iter().map(|event| event.event.clone()).collect::<Vec<_>>(), words(&page, "kind"));
        let again = app.listen(1, ids(&events).pop()).await;
        assert_eq!(again.status(), StatusCode::NO_CONTENT, "whoever comes again is told to stop");
        assert_eq!(app.app.listeners.count(), 0);
    }

    async fn u23_who_comes_back_after_an_hour_gets_what_was_missed_once(app: &mut TestApp) {
        let number = open(app).await;
        let mut stream = EventStream::of(app.listen(1, None).await);
        let first = ids(&stream.until("queued").await);
        drop(stream);
        assert_eq!(app.app.listeners.count(), 0, "nobody listens any more");
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        app.restart().await;
        app.github.advance(TimeDelta::hours(1));
        end(app).await;
        let mut stream = EventStream::of(app.listen(1, first.last().copied()).await);
        let missed = ids(&stream.until("end").await);
        let all: Vec<i64> = app.timeline(1).await["events"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()).collect();
        assert_eq!([first, missed].concat(), all);
        // The same for a client that cannot set the header.
        let path = format!("/recipe_runs/1/events?last_event_id={}", all[all.len() - 2]);
        let request = Request::get(path).header("accept", "text/event-stream");
        let mut stream = EventStream::of(app.open(request.body(Body::empty()).unwrap()).await);
        assert_eq!(ids(&stream.until("end").await), all[all.len() - 1..]);
    }

    async fn u23_what_another_process_writes_comes_too(app: &mut TestApp) {
        let number = open(app).await;
        let other = app.second().await;
        let mut stream = EventStream::of(app.listen(1, None).await);
        stream.until("queued").await;
        let mut watcher = Watcher::default();
        watcher.look(&app.app.store, &app.app.listeners).await.unwrap();
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.deliver_all().await;
        worker::run_until_idle(&other).await.unwrap();
        watcher.look(&app.app.store, &app.app.listeners).await.unwrap();
        let events = stream.until("dispatched").await;
        assert_eq!(events.first().unwrap().event, "delivery");
        other.store.close().await;
        drop(stream);
        watcher.look(&app.app.store, &app.app.listeners).await.unwrap();
        app.settle().await;
        end(app).await;
    }

    async fn u23_a_run_that_is_about_something_else_wakes_nobody(app: &mut TestApp) {
        let number = open(app).await;
        let mut stream = EventStream::of(app.listen(1, None).await);
        stream.until("queued").await;
        let files = feedstock("two-recipes", "recipes/two");
        let pull = NewPull::new(STAGED, CONTRIBUTOR, "Add two").files(files);
        app.github.open_pull_request(pull);
        app.settle().await;
        say(app, number, CONTRIBUTOR, "/run tiny-daily").await;
        let events = stream.until("refused").await;
        assert_eq!(events.len(), 2, "{events:#?}");
    }

    async fn an_open_stream_ends_when_the_process_does(app: &mut TestApp) {
        open(app).await;
        let mut stream = EventStream::of(app.listen(1, None).await);
        stream.until("queued").await;
        app.app.listeners.close();
        assert_eq!(stream.block().await, None, "no `end`: the client comes again, to another process");
    }

    async fn a_wrong_last_event_id_is_named(app: &mut TestApp) {
        open(app).await;
        let request = Request::get("/recipe_runs/1/events").header("accept", "text/event-stream");
        let request = request.header("last-event-id", "one").body(Body::empty()).unwrap();
        let answer = app.ask(request).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json()["detail"][0]["loc"], json!(["header", "last-event-id"]));
        let answer = app.listen(7, None).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}
