//! The service dies while it asks for what it missed.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::Moment;
use harness::world::{MAINTAINER, STAGED};

use super::{EVERY, begin, listed, lose, open};
use crate::restarts::on_both_engines;

/// A command and some pull requests are missed, and the service dies at a request of those that find them. Answers whether it came to
/// that request.
async fn killed_at(engine: Engine, request: usize, moment: Moment) -> bool {
    let mut app = TestApp::start(engine).await;
    let number = open(&app, "Add tiny");
    app.settle().await;
    begin(&app).await;
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
    open(&app, "Add tiny again");
    let lost = lose(&app).len();
    let mut stop = app.github.stop_at(app.github.request_count() + request, moment);
    let died = tokio::select! {
        () = app.advance(EVERY) => false,
        () = stop.reached() => true,
    };
    if died {
        app.restart().await;
        app.advance(TimeDelta::seconds(91)).await;
        app.exhaust().await;
        app.advance(EVERY).await;
    }
    let when = format!("killed {moment:?} the effect of request {request}");
    assert_eq!(app.checks("synchronize").len(), 2, "{when}");
    assert_eq!(app.only_workflow_run().inputs["recipe_id"], "tiny-daily", "{when}");
    let exchanges = app.github.exchanges();
    let asked: Vec<_> = exchanges.iter().filter(|one| one.request.path.ends_with("/attempts")).collect();
    let asked_and_done = asked.iter().filter(|one| one.done).count();
    assert!((lost..=lost + 1).contains(&asked_and_done), "{when}: {asked_and_done} of {lost}");
    assert!(listed(&app) <= 4, "{when}");
    app.finish().await;
    died
}

on_both_engines! {
    async fn r6_killed_between_asking_and_noting_it_nothing_is_lost_and_nothing_is_done_twice(engine: Engine) {
        // One list, one request for each of the two that were lost, and the first of the work that follows.
        let every = if engine == Engine::Sqlite { 1 } else { 2 };
        for request in (1..=4).step_by(every) {
            for moment in [Moment::Before, Moment::After] {
                assert!(killed_at(engine, request, moment).await, "request {request} was never made");
            }
        }
    }
}
