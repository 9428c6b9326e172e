//! Events come late, early, in any order, twice or not at all. They are hints: what is shown in the end is what GitHub holds.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::{Hook, NewPull, WorkflowRun};
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use orchestrator::job::sweep;

use super::on_both_engines;
use super::whole::{self, End, RECIPE, assert_same};

/// Opens a pull request and lets it be checked; answers its number and the webhooks about it.
async fn open(app: &TestApp) -> (u64, Vec<Hook>) {
    let files = feedstock("tiny-success", "recipes/tiny");
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    let hooks = app.github.take_hooks();
    deliver_each(app, &hooks).await;
    app.settle().await;
    (number, hooks)
}

/// A maintainer asks for a run, which is dispatched; answers the run, the webhooks that led to it and those that it sent.
async fn dispatch(app: &TestApp, number: u64) -> (WorkflowRun, Vec<Hook>, Vec<Hook>) {
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
    let asked = app.github.take_hooks();
    deliver_each(app, &asked).await;
    app.work().await;
    (app.only_workflow_run(), asked, app.github.take_hooks())
}

/// Brings webhooks, and does all that follows from each before the next.
async fn deliver_each(app: &TestApp, hooks: &[Hook]) {
    for hook in hooks {
        app.deliver(hook).await;
        app.work().await;
    }
}

/// The same webhook as GitHub sends it for the same fact from another hook, or when somebody asks for it again.
fn sibling(hook: &Hook) -> Hook {
    let mut other = hook.clone();
    other.delivery.insert(0, 'f');
    for (name, value) in &mut other.headers {
        if name == "x-github-delivery" {
            value.clone_from(&other.delivery);
        }
    }
    other
}

/// Every order of `0..count`.
pub(crate) fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let put_in = |order: Vec<usize>| {
        (0..=order.len()).map(move |at| {
            let mut longer = order.clone();
            longer.insert(at, last);
            longer
        })
    };
    orders(last).into_iter().flat_map(put_in).collect()
}

/// Plays to the end of a run whose every webhook is held back, and then comes in this order, each of them twice.
async fn told_in(engine: Engine, order: &[usize]) -> (End, usize) {
    let app = TestApp::start(engine).await;
    let (number, opened) = open(&app).await;
    let (run, asked, mut news) = dispatch(&app, number).await;
    app.github.start_run(run.id);
    app.bake(run.id, &["tiny.zarr"]);
    news.extend(app.github.take_hooks());
    // What the application has heard before may be told again, the newest events are told for the first time.
    let is_told =
        |hook: &Hook| matches!(hook.event.as_str(), "pull_request" | "issue_comment" | "workflow_run");
    let all: Vec<Hook> = [opened, asked, news].concat().into_iter().filter(is_told).collect();
    for at in order {
        let Some(hook) = all.get(*at) else { continue };
        deliver_each(&app, &[hook.clone(), sibling(hook)]).await;
    }
    app.settle().await;
    let end = whole::end(&app).await;
    app.finish().await;
    (end, all.len())
}

on_both_engines! {
    async fn r9_in_whatever_order_the_news_comes_and_however_often_the_end_is_the_same(engine: Engine) {
        let (expected, events) = told_in(engine, &[0, 1, 2, 3, 4]).await;
        assert_eq!(events, 5, "opened, the comment, and the run requested, in progress and completed");
        assert!(expected.iter().any(|line| line.contains("completed success: Worked, in")), "{expected:#?}");
        // A database on a server costs more time; the orders between are the same code.
        let every = if engine == Engine::Sqlite { 1 } else { 7 };
        for order in orders(events).into_iter().step_by(every) {
            let (end, _) = told_in(engine, &order).await;
            assert_same(&end, &expected, &format!("told in the order {order:?}"));
        }
    }
}

stories! {
    async fn r5_r9_a_new_pull_request_is_checked_once_however_it_is_told(app: &mut TestApp) {
        let files = feedstock("tiny-success", "recipes/tiny");
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.github.reopen(STAGED, number, CONTRIBUTOR);
        let mut hooks = app.github.take_hooks();
        hooks.reverse();
        for hook in &hooks {
            deliver_each(app, &[hook.clone(), hook.clone(), sibling(hook)]).await;
        }
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        app.settle().await;
        // With one worker, the check has ended before it is first shown.
        assert_eq!(app.github.transcript().len(), 1, "{:#?}", app.github.transcript());
    }

    async fn r10_what_is_told_again_an_hour_later_changes_nothing(app: &mut TestApp) {
        let (number, mut hooks) = open(app).await;
        let (run, asked, news) = dispatch(app, number).await;
        app.github.start_run(run.id);
        app.bake(run.id, &["tiny.zarr"]);
        hooks.extend([asked, news, app.github.take_hooks()].concat());
        deliver_each(app, &hooks).await;
        app.settle().await;
        let (expected, written) = (whole::end(app).await, app.github.transcript());
        app.github.advance(TimeDelta::hours(1));
        for hook in &hooks {
            deliver_each(app, &[hook.clone(), sibling(hook)]).await;
        }
        app.settle().await;
        assert_same(&whole::end(app).await, &expected, "an hour later");
        assert_eq!(app.github.transcript(), written, "GitHub is not written to");
    }

    async fn r9_a_run_that_is_over_before_the_answer_to_its_dispatch_is_known_is_ended(app: &mut TestApp) {
        let (number, _) = open(app).await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
        app.github.fault(reqwest::Method::POST, "/dispatches").drop_after_effect();
        app.deliver_all().await;
        app.work().await;
        app.github.take_hooks();
        let run = app.only_workflow_run();
        app.github.start_run(run.id);
        app.bake(run.id, &["tiny.zarr"]);
        let news = app.github.take_hooks();
        // Only the last word about it arrives, and it arrives first.
        deliver_each(app, &news[news.len() - 1..]).await;
        assert_eq!(app.check(RECIPE).conclusion.as_deref(), Some("success"));
        app.exhaust().await;
        assert_eq!(app.only_workflow_run().id, run.id, "it is not dispatched again");
        assert_eq!(app.bot_comments(STAGED, number).len(), 1);
    }

    async fn r7_a_lost_end_is_found_after_two_minutes_of_silence(app: &mut TestApp) {
        let (number, _) = open(app).await;
        let (run, ..) = dispatch(app, number).await;
        app.github.start_run(run.id);
        app.bake(run.id, &["tiny.zarr"]);
        assert!(app.github.take_hooks().len() >= 2, "these never arrive");
        app.advance(TimeDelta::seconds(119)).await;
        assert_eq!(app.check(RECIPE).status, "in_progress");
        app.advance(TimeDelta::seconds(2)).await;
        assert_eq!(app.check(RECIPE).conclusion.as_deref(), Some("success"));
        assert_eq!(app.bot_comments(STAGED, number).len(), 1);
    }

    async fn r7_every_lost_word_about_a_run_is_found_out_and_said_once(app: &mut TestApp) {
        let (number, _) = open(app).await;
        let (run, ..) = dispatch(app, number).await;
        let shown = |app: &TestApp| app.check(RECIPE).title.unwrap();
        assert!(shown(app).starts_with("Asked for"));
        app.github.start_run(run.id);
        app.github.take_hooks();
        app.advance(TimeDelta::minutes(3)).await;
        assert!(shown(app).starts_with("Running"));
        let written = app.github.transcript().len();
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(3)).await;
        }
        assert_eq!(app.github.transcript().len(), written, "no news is no reason to write");
        app.bake(run.id, &["tiny.zarr"]);
        app.github.take_hooks();
        app.advance(TimeDelta::minutes(3)).await;
        assert!(shown(app).starts_with("Worked"));
    }

    async fn r16_two_timers_that_look_at_once_do_the_work_once(app: &mut TestApp) {
        let (number, _) = open(app).await;
        let (run, ..) = dispatch(app, number).await;
        app.bake(run.id, &["tiny.zarr"]);
        app.github.take_hooks();
        app.github.advance(TimeDelta::minutes(3));
        let second = app.second().await;
        let (one, other) = tokio::join!(sweep::sweep(&app.app), sweep::sweep(&second));
        one.unwrap();
        other.unwrap();
        app.settle().await;
        assert_eq!(app.check(RECIPE).conclusion.as_deref(), Some("success"));
        assert_eq!(app.bot_comments(STAGED, number).len(), 1);
        second.store.close().await;
    }
}
