//! The same comment told again, the same command given again, and answers that took more than one try.

use axum::http::Method;
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::stories;
use harness::world::{MAINTAINER, STAGED};
use orchestrator::domain::id::{FeedstockId, PullNumber, Sha};
use orchestrator::store;

use super::{dispatched, open, under_another_id};

/// The id and the status of every attempt at the head of a pull request, oldest first.
async fn attempts(app: &TestApp, number: u64) -> Vec<(i64, String)> {
    let head = app.github.read(|world| world.repositories[STAGED].pulls[&number].head_sha.clone());
    let number = PullNumber(i64::try_from(number).unwrap());
    let mut tx = app.app.store.read().await.unwrap();
    let feedstock = FeedstockId(1);
    let runs = store::recipe_run::list_by_head(&mut tx, feedstock, number, &Sha(head)).await.unwrap();
    runs.iter().map(|run| (run.id.0, format!("{:?}", run.state().unwrap()))).collect()
}

stories! {
    async fn r5b_a_comment_told_under_three_delivery_ids_starts_one_run(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        let hook = app.github.take_hooks().pop().unwrap();
        app.deliver(&hook).await;
        app.deliver(&under_another_id(&hook, "the-second-hook")).await;
        app.settle().await;
        app.deliver(&under_another_id(&hook, "an-hour-later")).await;
        app.settle().await;
        assert_eq!(dispatched(app, 0), ["tiny-daily"]);
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        assert_eq!(app.bot_comments(STAGED, number), Vec::<String>::new());
    }

    async fn r5b_a_refusal_told_under_three_delivery_ids_is_said_once(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-dayli");
        let hook = app.github.take_hooks().pop().unwrap();
        for delivery in ["one", "two", "three"] {
            app.deliver(&under_another_id(&hook, delivery)).await;
            app.settle().await;
        }
        assert_eq!(app.bot_comments(STAGED, number).len(), 1);
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"]);
    }

    async fn a_run_that_has_ended_can_be_asked_for_again_and_only_the_newest_result_stays(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        let first = app.only_workflow_run();
        app.github.finish_run(first.id, "cancelled", None);
        app.settle().await;
        let cancelled = app.last_bot_comment(STAGED, number);
        assert!(cancelled.contains("Somebody cancelled the workflow run"), "{cancelled}");
        assert_eq!(attempts(app, number).await, [(1, "Completed(Cancelled)".into())]);

        app.github.advance(TimeDelta::minutes(1));
        let again = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        assert_eq!(app.reactions(STAGED, again), ["eyes", "rocket"]);
        let expected = [(1, "Completed(Cancelled)".into()), (2, "InProgress".into())];
        assert_eq!(attempts(app, number).await, expected, "the old attempt is left as it ended");
        let second = app.workflow_runs().pop().unwrap();
        assert_ne!(second.inputs["job_name"], first.inputs["job_name"]);
        assert_ne!(second.inputs["subpath"], first.inputs["subpath"], "each attempt writes to its own place");

        app.bake(second.id, &["tiny.zarr"]);
        app.settle().await;
        let conclusions: Vec<_> = app.checks("tiny-daily").into_iter().map(|check| check.conclusion.unwrap()).collect();
        assert_eq!(conclusions, ["cancelled", "success"], "one check run for each attempt");
        let comments = app.bot_comments(STAGED, number);
        assert_eq!(comments.len(), 1, "{comments:#?}");
        assert!(comments[0].contains(":tada:"), "{comments:#?}");
        assert_eq!(attempts(app, number).await, [(1, "Completed(Cancelled)".into()), (2, "Completed(Success)".into())]);
    }

    async fn s13_a_permission_that_cannot_be_looked_up_starts_nothing_until_it_can(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        app.github.fault(Method::GET, "/permission").times(3).status(500);
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes"], "seen, and nothing decided");
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
        app.exhaust().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        assert_eq!(dispatched(app, 0), ["tiny-daily"]);
    }

    async fn s13_rights_count_at_the_moment_of_the_look_up_not_of_the_comment(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.github.set_permission(STAGED, MAINTAINER, harness::github::Role::Read);
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"]);
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
    }
}
