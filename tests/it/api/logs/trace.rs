//! The first error of a run, for everybody.

use axum::http::StatusCode;
use harness::stories;
use orchestrator::domain::id::RecipeRunId;
use orchestrator::store;

use super::{LOGS, dispatched, ended_with, failed};

stories! {
    async fn u2_what_the_action_told_is_shown_whole(app: &mut TestApp) {
        let run = dispatched(app).await;
        let trace = "Traceback (most recent call last):\n  File \"recipe.py\", line 3\nKeyError: 'sst'";
        app.finish_run(run.id, failed("KeyError: 'sst'", Some(trace.into())));
        app.settle().await;
        let before = app.github.request_count();
        let answer = app.get(&format!("{LOGS}/trace")).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, trace));
        assert_eq!((answer.header("content-type"), answer.header("x-content-type-options")), ("text/plain; charset=utf-8", "nosniff"));
        assert_eq!(app.github.request_count(), before, "GitHub is not asked");
    }

    async fn a_run_without_an_outcome_has_the_traceback_of_its_log(app: &mut TestApp) {
        let run = dispatched(app).await;
        let log = ["starting", "Traceback (most recent call last):", "  File \"a\"", "OSError: disk full", "", "after"];
        let log = log.iter().fold(String::new(), |log, line| log + "2026-01-01T00:00:00.0000000Z " + line + "\n");
        app.github.write_log(run.id, log);
        app.github.finish_run(run.id, "failure", None);
        app.exhaust().await;
        let before = app.github.request_count();
        let mut after = Vec::new();
        for _ in 0..5 {
            let answer = app.get(&format!("{LOGS}/trace")).await;
            assert_eq!(answer.text(), "Traceback (most recent call last):\n  File \"a\"\nOSError: disk full");
            after.push(app.github.request_count());
        }
        assert!(after[0] > before && after.iter().all(|count| *count == after[0]), "it is looked up once: {after:?}");
    }

    async fn a_run_that_worked_has_none(app: &mut TestApp) {
        ended_with(app, "x").await;
        let answer = app.get(&format!("{LOGS}/trace")).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::NO_CONTENT, 0));
        assert_eq!(app.get("/recipe_runs/2/logs/trace").await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.get("/recipe_runs/x/logs/trace").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut tx = app.app.store.read().await.unwrap();
        assert!(store::recipe_run::find(&mut tx, RecipeRunId(2)).await.unwrap().is_none());
    }
}
