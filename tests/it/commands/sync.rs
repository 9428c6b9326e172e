//! `/sync`: the newest commit is checked again, from the start.

use harness::app::TestApp;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED};
use runner_contract::RunResult;

use super::{assert_answer, dispatched, open, run_on_a_machine, say, states, under_another_id};

/// The statuses that the check of the newest commit was brought to, in order.
fn statuses(app: &TestApp, since: usize) -> Vec<String> {
    let all = app.github.exchanges().into_iter().skip(since);
    let writes = all.filter(|exchange| {
        exchange.request.path.contains("/check-runs/") && exchange.request.method == "PATCH"
    });
    let mut statuses: Vec<String> =
        writes.filter_map(|exchange| Some(exchange.request.json()["status"].as_str()?.to_owned())).collect();
    statuses.dedup();
    statuses
}

stories! {
    async fn the_check_is_opened_again_and_ends_anew_and_runs_stay(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, "tiny-daily").await;
        app.bake(run, &["tiny.zarr"]);
        app.settle().await;
        let (check, before) = (app.check("synchronize"), app.github.exchanges().len());
        let comment = say(app, number, MAINTAINER, "/sync please").await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        let after = app.check("synchronize");
        assert_eq!((after.id, after.conclusion.as_deref()), (check.id, Some("success")));
        assert!(after.started_at > check.started_at && after.completed_at > check.completed_at);
        assert_eq!(statuses(app, before).last().map(String::as_str), Some("completed"));
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Success)"], "no run is begun or forgotten");
        // What was shown was shown: a command right after it counts.
        let comment = say(app, number, MAINTAINER, "/run tiny-daily").await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
    }

    async fn recipes_that_could_not_be_listed_are_listed_again(app: &mut TestApp) {
        let number = open(app, "Add many", "dict-object").await;
        let first = app.only_workflow_run();
        // While the first goes on there is nothing to begin again.
        say(app, number, MAINTAINER, "/sync").await;
        assert_eq!(dispatched(app, 0).len(), 1);
        assert_eq!(app.check("synchronize").title.as_deref(), Some("Listing the recipes that recipe.py makes"));
        app.github.finish_run(first.id, "failure", None);
        app.exhaust().await;
        let check = app.check("synchronize");
        assert_eq!(check.conclusion.as_deref(), Some("failure"));
        assert!(check.summary.unwrap().contains("The comment `/sync` lists them again."));

        say(app, number, MAINTAINER, "/sync").await;
        assert_eq!(app.check("synchronize").status, "in_progress");
        let second = app.workflow_runs().pop().unwrap();
        assert_ne!(second.id, first.id);
        app.finish_run(second.id, RunResult::Expanded { recipe_ids: vec!["wind-speed".into()] });
        app.settle().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        assert_eq!(states(app, number).await, ["wind-speed 1 Queued"]);
        // An event about the same commit begins nothing again.
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.github.reopen(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        assert_eq!(dispatched(app, 0).len(), 2);
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
    }

    async fn files_that_are_still_wrong_are_still_wrong(app: &mut TestApp) {
        let number = open(app, "Add bad", "bad-meta").await;
        let before = app.check("synchronize");
        say(app, number, MAINTAINER, "/sync").await;
        let after = app.check("synchronize");
        assert_eq!((after.conclusion, after.title), (before.conclusion, before.title));
        assert_eq!(after.annotations, before.annotations, "no remark is there twice");
    }

    async fn a_closed_pull_request_is_not_checked_again(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        let comment = say(app, number, MAINTAINER, "/sync").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["This pull request is closed"]);
    }

    async fn r5b_a_sync_told_under_three_delivery_ids_is_one(app: &mut TestApp) {
        let number = open(app, "Add many", "dict-object").await;
        app.github.finish_run(app.only_workflow_run().id, "cancelled", None);
        app.settle().await;
        app.github.comment(STAGED, number, MAINTAINER, "/sync");
        let hook = app.github.take_hooks().pop().unwrap();
        for delivery in ["one", "two", "three"] {
            app.deliver(&under_another_id(&hook, delivery)).await;
            app.settle().await;
        }
        assert_eq!(dispatched(app, 0).len(), 2);
    }
}
