//! All that is told of a run from its first commit to the end of its job, in every order there is, each of it twice: one end.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::Hook;
use harness::google::JobStatus;
use harness::world::{Files, STAGED};
use orchestrator::domain::run::{Conclusion, RunState};
use orchestrator::store;
use runner_contract::{DatasetType, RunResult, Store};

use super::{Begun, JOB, RECIPE, ask, open};
use crate::commands::under_another_id;
use crate::restarts::events::orders;
use crate::restarts::on_both_engines;

/// One piece of news, as it is whenever it comes.
enum News {
    /// `opened`, `synchronize`, or the end of the workflow run.
    GitHub(Vec<Hook>),
    /// What Dataflow says.
    Dataflow(JobStatus),
}

/// A pull request that was pushed to, a run of its newest commit, and the five things that are told of them. The first two have been heard
/// before, without which nobody could have asked for the run; the others have not.
async fn begin(app: &TestApp) -> [News; 5] {
    let number = open(app).await;
    let opened = pull_request_hooks(app, "opened");
    app.github.advance(TimeDelta::minutes(1));
    app.github.push(STAGED, number, Files::from([("recipes/tiny/notes.txt".into(), "more\n".into())]));
    app.settle().await;
    let pushed = pull_request_hooks(app, "synchronize");
    let begun: Begun = ask(app, number).await;
    app.google.start_job(&begun.name, JOB);
    let stores = vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }];
    let (recipe_id, job_name, job_id) = (RECIPE.into(), begun.name.clone(), JOB.into());
    app.finish_run(begun.run.id, RunResult::Submitted { recipe_id, job_name, job_id, stores });
    let ended = app.github.take_hooks();
    app.github.advance(TimeDelta::minutes(1));
    let running = begun.status(app, "RUNNING");
    app.github.advance(TimeDelta::minutes(5));
    app.google.set_state(JOB, "DONE");
    let done = begun.status(app, "DONE");
    [
        News::GitHub(opened),
        News::GitHub(pushed),
        News::GitHub(ended),
        News::Dataflow(running),
        News::Dataflow(done),
    ]
}

/// The webhooks of that action which GitHub has sent about pull requests.
fn pull_request_hooks(app: &TestApp, action: &str) -> Vec<Hook> {
    let sent = app.github.sent_hooks();
    sent.into_iter().filter(|hook| hook.event == "pull_request" && hook.action == action).collect()
}

/// Brings a piece of news twice: under two ids from GitHub, under one from Dataflow.
async fn bring_twice(app: &TestApp, news: &News, at: usize) {
    for time in 0..2 {
        match news {
            News::GitHub(hooks) => {
                for (n, hook) in hooks.iter().enumerate() {
                    let (status, answer) =
                        app.deliver(&under_another_id(hook, &format!("again-{at}-{n}-{time}"))).await;
                    assert_eq!(status, 202, "{answer}");
                }
            }
            News::Dataflow(status) => app.push_job_status(status).await,
        }
        app.settle().await;
    }
}

/// What is to be seen in the end: the runs with their states, the checks, and how many comments.
async fn told_in(engine: Engine, order: &[usize]) -> Vec<String> {
    let app = TestApp::start(engine).await;
    let news = begin(&app).await;
    for at in order {
        bring_twice(&app, &news[*at], *at).await;
    }
    let mut end = Vec::new();
    let mut tx = app.app.store.read().await.unwrap();
    for id in 1..=2 {
        let run = store::recipe_run::get(&mut tx, orchestrator::domain::id::RecipeRunId(id)).await.unwrap();
        let has_data =
            run.dataset_public_url.as_ref().is_some_and(|url| url.ends_with("tiny-daily.zarr/tiny.zarr"));
        end.push(format!("run {id}: {:?}, data: {has_data}", run.state().unwrap()));
    }
    drop(tx);
    for name in ["synchronize", RECIPE] {
        let checks = app.checks(name).into_iter().map(|check| format!("{name}: {:?}", check.conclusion));
        end.extend(checks);
    }
    end.push(format!(
        "{} comments, {} workflow runs",
        app.bot_comments(STAGED, 1).len(),
        app.workflow_runs().len()
    ));
    app.finish().await;
    end
}

on_both_engines! {
    async fn r9_all_120_orders_of_what_is_told_each_twice_come_to_one_end(engine: Engine) {
        let expected = [
            format!("run 1: {:?}, data: false", RunState::Completed(Conclusion::Cancelled)),
            format!("run 2: {:?}, data: true", RunState::Completed(Conclusion::Success)),
            "synchronize: Some(\"success\")".into(),
            "synchronize: Some(\"success\")".into(),
            "tiny-daily: Some(\"success\")".into(),
            "1 comments, 1 workflow runs".into(),
        ];
        let all = orders(5);
        assert_eq!(all.len(), 120);
        // A database on a server costs more time; the orders between are the same code.
        let every = if engine == Engine::Sqlite { 1 } else { 5 };
        for order in all.iter().step_by(every) {
            assert_eq!(told_in(engine, order).await, expected, "told in the order {order:?}");
        }
    }
}
