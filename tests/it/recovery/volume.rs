//! Long logs: what matters is found in many pages, with few requests, and over an outage of GitHub's own marks.

use chrono::{DateTime, TimeDelta};
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::FakeGithub;
use harness::world::{CONTRIBUTOR, STAGED};
use orchestrator::store;
use serde_json::json;

use super::{EVERY, asked, begin, listed, lose};
use crate::restarts::on_both_engines;

const EVENTS: [&str; 2] = ["pull_request", "watch"];

async fn start(engine: Engine) -> TestApp {
    let github = FakeGithub::builder().app_tokens_by_system_clock().events(&EVENTS);
    let app = TestApp::start_with(engine, github.start().await.unwrap()).await;
    begin(&app).await;
    app
}

/// Webhooks of which every `nth` is of a kind that is read; what it says costs no further request.
fn announce(app: &TestApp, count: usize, nth: usize) {
    let edited = json!({"action": "edited", "number": 1, "pull_request": {"number": 1}});
    for n in 0..count {
        if n % nth == 0 {
            app.github.announce(STAGED, "pull_request", CONTRIBUTOR, edited.clone());
        } else {
            app.github.announce(STAGED, "watch", CONTRIBUTOR, json!({"action": "started"}));
        }
    }
}

/// How many deliveries are here, and have been read.
async fn read(app: &TestApp) -> usize {
    let mut tx = app.app.store.read().await.unwrap();
    let all = store::delivery::list(&mut tx, DateTime::UNIX_EPOCH, None, 10_000).await.unwrap();
    all.iter().filter(|delivery| delivery.interpreted_at.is_some()).count()
}

/// On one engine: what costs the time here is neither.
#[tokio::test]
async fn r6_of_seven_thousand_missed_deliveries_the_270_that_matter_are_asked_for() {
    let app = start(Engine::Sqlite).await;
    announce(&app, 7_020, 26);
    assert_eq!(lose(&app).len(), 7_020);
    app.advance(EVERY).await;
    assert_eq!(read(&app).await, 270);
    assert_eq!(asked(&app), 270);
    assert!(listed(&app) <= 100, "{}", listed(&app));
    let before = listed(&app);
    for _ in 0..4 {
        app.advance(EVERY).await;
    }
    assert_eq!(asked(&app), 270, "nothing is asked for twice");
    assert!(listed(&app) - before <= 160, "some minutes of the log are read again, not all of it");
    app.finish().await;
}

on_both_engines! {
    async fn r6_a_mark_that_has_become_too_old_makes_the_reading_begin_anew(engine: Engine) {
        let app = start(engine).await;
        announce(&app, 550, 50);
        lose(&app);
        app.github.expire_a_cursor_after(3);
        app.advance(EVERY).await;
        assert_eq!((read(&app).await, asked(&app)), (11, 11));
        assert_eq!(listed(&app), 4 + 1 + 6, "four pages, a refusal, and six pages from the beginning");
        app.finish().await;
    }

    async fn r6_nothing_is_asked_for_that_github_no_longer_has(engine: Engine) {
        let mut app = start(engine).await;
        announce(&app, 4, 2);
        lose(&app);
        app.github.advance(TimeDelta::days(2));
        announce(&app, 4, 2);
        lose(&app);
        app.github.advance(TimeDelta::days(2));
        app.restart().await;
        app.advance(TimeDelta::zero()).await;
        assert_eq!((read(&app).await, asked(&app)), (2, 2));
        app.finish().await;
    }
}
