//! `/cancel` before there is anything to name: the word is remembered, and the run is stopped or never sent.

use axum::http::Method;
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::Moment;
use harness::stories;
use harness::world::{MAINTAINER, STAGED, feedstock};
use runner_contract::RunResult;

use super::{assert_answer, cancel_requests, open, open_unseen, say, states};

const RECIPE: &str = "tiny-daily";

/// Two comments in a row, which the service reads one after the other before it does what follows from the first.
async fn say_both(app: &TestApp, number: u64, first: &str, second: &str) -> u64 {
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, first);
    let id = app.github.comment(STAGED, number, MAINTAINER, second);
    app.settle().await;
    id
}

/// Does what the webhooks ask for; those that it leads to are lost on the way.
async fn unheard(app: &TestApp) {
    app.deliver_all().await;
    app.work().await;
    app.github.take_hooks();
}

/// A comment, of whose consequences no webhook tells.
async fn say_unheard(app: &TestApp, number: u64, comment: &str) {
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, comment);
    unheard(app).await;
}

/// Asks for a run, ends the process at the `number`-th request that follows, and asks to stop what goes on. Answers false when
/// there are not so many requests.
async fn killed_at(number: usize, moment: Moment) -> bool {
    let mut app = TestApp::start(Engine::Sqlite).await;
    let pull = open(&app, "Add tiny", "tiny-success").await;
    let mut stop = app.github.stop_at(app.github.request_count() + number, moment);
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, pull, MAINTAINER, "/run tiny-daily");
    let died = tokio::select! {
        () = app.settle() => false,
        () = stop.reached() => true,
    };
    if died {
        app.restart().await;
        app.github.comment(STAGED, pull, MAINTAINER, "/cancel");
        app.settle().await;
        // What the dead process held is free again after its lease.
        app.advance(TimeDelta::seconds(91)).await;
        app.exhaust().await;
        let runs = app.workflow_runs();
        let going: Vec<_> =
            runs.iter().filter(|run| run.conclusion.as_deref() != Some("cancelled")).collect();
        assert!(going.is_empty(), "killed {moment:?} request {number}: {going:#?}");
        let expected = ["tiny-daily 1 Completed(Cancelled)"];
        assert_eq!(states(&app, pull).await, expected, "killed {moment:?} request {number}");
        app.finish().await;
    } else {
        app.end().await;
    }
    died
}

#[tokio::test]
async fn r13_wherever_the_process_ends_a_word_to_stop_is_heard() {
    for moment in [Moment::Before, Moment::After] {
        let mut number = 1;
        while killed_at(number, moment).await {
            number += 1;
        }
        assert!(number > 5, "a run takes more requests than {number}");
    }
}

stories! {
    async fn r13_a_run_that_was_not_sent_yet_is_never_sent(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let comment = say_both(app, number, "/run tiny-daily", "/cancel").await;
        let reply = app.bot_comments(STAGED, number).concat();
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"], "{reply}");
        assert!(reply.contains("stopped: nothing of it had begun"), "{reply}");
        assert_eq!(app.workflow_runs().len(), 0);
        let check = app.check(RECIPE);
        assert_eq!((check.conclusion.as_deref(), check.title.as_deref()), (Some("cancelled"), Some("Cancelled by maintainer")));
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)"]);
    }

    async fn r13_a_run_whose_dispatch_was_not_answered_is_stopped_when_it_is_found(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        app.github.fault(Method::POST, "/dispatches").after_effect(500);
        say_unheard(app, number, "/run tiny-daily").await;
        app.github.comment(STAGED, number, MAINTAINER, "/cancel");
        app.settle().await;
        assert_eq!(cancel_requests(app), 0, "there is no id to name yet");
        assert_eq!(app.check(RECIPE).title.as_deref(), Some("Being cancelled"));
        app.exhaust().await;
        assert_eq!(cancel_requests(app), 1);
        assert_eq!(app.only_workflow_run().conclusion.as_deref(), Some("cancelled"));
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)"]);
        assert_eq!(app.check(RECIPE).title.as_deref(), Some("Cancelled by maintainer"));
    }

    async fn r13_a_run_whose_dispatch_never_arrived_is_not_sent_again(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        app.github.fault(Method::POST, "/dispatches").status(500);
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        app.github.comment(STAGED, number, MAINTAINER, "/cancel");
        app.settle().await;
        assert_eq!(app.check(RECIPE).status, "in_progress", "it may be on GitHub");
        app.exhaust().await;
        assert_eq!(app.workflow_runs().len(), 0);
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)"]);
    }

    async fn a_stop_is_not_answered_before_what_it_is_to_stop(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        app.github.fault(Method::GET, "/permission").status(500);
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/cancel");
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes"], "the earlier comment may yet begin something");
        app.exhaust().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)"]);
    }

    async fn the_listing_of_recipes_can_be_stopped_and_begun_again(app: &mut TestApp) {
        let number = open(app, "Add many", "dict-object").await;
        let comment = say(app, number, MAINTAINER, "/cancel").await;
        let words = ["the run that lists the recipes", "GitHub Actions is asked to stop it"];
        assert_answer(app, number, comment, &["eyes", "rocket"], &words);
        let check = app.check("synchronize");
        assert_eq!(check.conclusion.as_deref(), Some("cancelled"));
        let title = check.title.unwrap();
        assert!(title.contains("could not be listed: Cancelled by maintainer"), "{title}");
        assert!(check.summary.unwrap().contains("`/sync` lists them again"));

        say(app, number, MAINTAINER, "/sync").await;
        let again = app.workflow_runs().pop().unwrap();
        assert_eq!(again.conclusion, None);
        app.finish_run(again.id, RunResult::Expanded { recipe_ids: vec!["wind-speed".into()] });
        app.settle().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        assert_eq!(states(app, number).await, ["wind-speed 1 Queued"]);
    }

    async fn r13_a_listing_that_was_not_sent_yet_is_never_sent(app: &mut TestApp) {
        let number = open_unseen(app, "Add many", feedstock("dict-object", "recipes/tiny"));
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/cancel");
        app.settle().await;
        assert_answer(app, number, comment, &["eyes", "rocket"], &["stopped: nothing of it had begun"]);
        assert_eq!(app.workflow_runs().len(), 0);
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("cancelled"));
    }

    async fn r13_a_listing_whose_dispatch_was_not_answered_is_stopped_when_it_is_found(app: &mut TestApp) {
        app.github.fault(Method::POST, "/dispatches").after_effect(500);
        let number = open_unseen(app, "Add many", feedstock("dict-object", "recipes/tiny"));
        unheard(app).await;
        app.github.comment(STAGED, number, MAINTAINER, "/cancel");
        app.settle().await;
        assert_eq!(app.check("synchronize").status, "in_progress");
        app.exhaust().await;
        assert_eq!(app.only_workflow_run().conclusion.as_deref(), Some("cancelled"));
        let title = app.check("synchronize").title.unwrap();
        assert!(title.contains("Cancelled by maintainer"), "{title}");
    }
}
