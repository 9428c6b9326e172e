//! GitHub's own *Re-run* buttons, beside a check and above all of them.

use harness::app::TestApp;
use harness::github::{Hook, Role};
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED};
use runner_contract::RunResult;

use super::{assert_answer, dispatched, open, run_on_a_machine, say, states, under_another_id};

const RECIPE: &str = "tiny-daily";

/// Opens a pull request whose recipe ran and was cancelled.
async fn stopped(app: &TestApp) -> u64 {
    let number = open(app, "Add tiny", "tiny-success").await;
    let run = run_on_a_machine(app, number, RECIPE).await;
    app.github.finish_run(run, "cancelled", None);
    app.settle().await;
    number
}

/// Somebody presses the button beside the one check of that name.
async fn press(app: &TestApp, name: &str, who: &str) {
    let check = app.checks(name).pop().expect("a check");
    app.github.rerequest_check_run(STAGED, check.id, who);
    app.settle().await;
}

stories! {
    async fn the_button_beside_a_recipe_makes_another_attempt(app: &mut TestApp) {
        let number = stopped(app).await;
        press(app, RECIPE, MAINTAINER).await;
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)", "tiny-daily 2 InProgress"]);
        let newest = app.checks(RECIPE).pop().unwrap();
        assert_eq!(newest.status, "in_progress");
        assert!(newest.summary.unwrap().contains("`maintainer` asked for a test"));
        // While that goes on, another press begins nothing, on whichever of the two checks.
        press(app, RECIPE, MAINTAINER).await;
        let first = app.checks(RECIPE).remove(0).id;
        app.github.rerequest_check_run(STAGED, first, MAINTAINER);
        app.settle().await;
        assert_eq!(dispatched(app, 0).len(), 2);

        app.bake(app.workflow_runs().pop().unwrap().id, &["tiny.zarr"]);
        app.settle().await;
        press(app, RECIPE, MAINTAINER).await;
        assert_eq!(states(app, number).await[2], "tiny-daily 3 InProgress", "the button names it, so also what worked");
        assert_eq!(app.bot_comments(STAGED, number).len(), 1, "a result, and no reply to anybody");
    }

    async fn s13_the_button_is_for_those_who_may(app: &mut TestApp) {
        let number = stopped(app).await;
        let before = app.github.transcript().len();
        for (who, role) in [("reader", Role::Read), ("triager", Role::Triage), (CONTRIBUTOR, Role::None)] {
            app.github.set_permission(STAGED, who, role);
            press(app, RECIPE, who).await;
            press(app, "synchronize", who).await;
        }
        assert_eq!(app.github.transcript().len(), before, "nothing is written");
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)"]);
        app.github.fault(reqwest::Method::GET, "/permission").times(2).status(500);
        press(app, RECIPE, MAINTAINER).await;
        assert_eq!(states(app, number).await.len(), 1, "not known yet");
        app.exhaust().await;
        assert_eq!(states(app, number).await.len(), 2);
    }

    async fn s14_the_button_beside_a_replaced_commit_does_nothing(app: &mut TestApp) {
        let number = stopped(app).await;
        let (old, sync) = (app.check(RECIPE), app.check("synchronize"));
        app.github.push(STAGED, number, [("recipes/tiny/extra.py", "import os\n")]);
        app.settle().await;
        let before = app.github.transcript().len();
        app.github.rerequest_check_run(STAGED, old.id, MAINTAINER);
        app.github.rerequest_check_run(STAGED, sync.id, MAINTAINER);
        app.github.rerequest_check_suite(STAGED, &old.head_sha, MAINTAINER);
        app.settle().await;
        assert_eq!(app.github.transcript().len(), before, "{:#?}", app.github.transcript());
        assert_eq!(dispatched(app, 1), Vec::<String>::new());
    }

    async fn s14_the_button_of_a_closed_pull_request_does_nothing(app: &mut TestApp) {
        let number = stopped(app).await;
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        press(app, RECIPE, MAINTAINER).await;
        press(app, "synchronize", MAINTAINER).await;
        assert_eq!(dispatched(app, 1), Vec::<String>::new());
    }

    async fn the_button_beside_the_check_of_the_files_checks_them_again(app: &mut TestApp) {
        let number = open(app, "Add many", "dict-object").await;
        let first = app.only_workflow_run();
        app.github.finish_run(first.id, "cancelled", None);
        app.settle().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("cancelled"));
        press(app, "synchronize", MAINTAINER).await;
        assert_eq!(app.check("synchronize").status, "in_progress");
        let again = app.workflow_runs().pop().unwrap();
        assert_ne!(again.id, first.id);
        app.finish_run(again.id, RunResult::Expanded { recipe_ids: vec!["wind-speed".into()] });
        app.settle().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        assert_eq!(states(app, number).await, ["wind-speed 1 Queued"]);
    }

    async fn the_button_above_all_checks_checks_the_files_again_and_runs_nothing(app: &mut TestApp) {
        let number = stopped(app).await;
        let check = app.check("synchronize");
        let before = app.github.transcript().len();
        app.github.rerequest_check_suite(STAGED, &check.head_sha, MAINTAINER);
        app.settle().await;
        let after = app.check("synchronize");
        assert_eq!((after.id, after.conclusion.as_deref()), (check.id, Some("success")));
        assert!(app.github.transcript().len() > before, "it was opened again");
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)"]);
        assert_eq!(dispatched(app, 1), Vec::<String>::new());
    }

    async fn a_button_that_is_not_ours_does_nothing(app: &mut TestApp) {
        stopped(app).await;
        let check = app.check(RECIPE);
        app.github.rerequest_check_run(STAGED, check.id, MAINTAINER);
        let hook = app.github.take_hooks().pop().unwrap();
        let changed = |path: &str, value: serde_json::Value, delivery: &str| {
            let mut body = hook.json();
            *body.pointer_mut(path).unwrap() = value;
            let other = Hook { body: body.to_string().into_bytes(), ..hook.clone() };
            under_another_id(&other, delivery)
        };
        for (number, (path, value)) in [
            ("/check_run/app/id", serde_json::json!(4711)),
            ("/check_run/external_id", serde_json::json!("recipe-run/99")),
            ("/check_run/external_id", serde_json::json!("lint/1")),
            ("/check_run/external_id", serde_json::json!("synchronize/pangeo-forge/other/abc")),
            ("/check_run/head_sha", serde_json::json!("0123456789012345678901234567890123456789")),
            ("/sender/type", serde_json::json!("Bot")),
        ]
        .into_iter()
        .enumerate()
        {
            app.deliver(&changed(path, value, &format!("changed-{number}"))).await;
            app.settle().await;
        }
        assert_eq!(dispatched(app, 1), Vec::<String>::new());
    }

    async fn r5b_a_press_told_twice_is_one(app: &mut TestApp) {
        let number = stopped(app).await;
        app.github.rerequest_check_run(STAGED, app.check(RECIPE).id, MAINTAINER);
        let hook = app.github.take_hooks().pop().unwrap();
        app.deliver(&hook).await;
        app.deliver(&hook).await;
        app.deliver(&under_another_id(&hook, "the-second-hook")).await;
        app.settle().await;
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)", "tiny-daily 2 InProgress"]);
        // A comment in the same moment is answered as always.
        let comment = say(app, number, MAINTAINER, "/run tiny-daily").await;
        assert_answer(app, number, comment, &["eyes"], &["Already running"]);
    }
}
