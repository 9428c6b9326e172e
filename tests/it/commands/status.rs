//! `/status`: a table of how every run of a conversation stands, for everybody.

use axum::http::Method;
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, MAINTAINER, STAGED};
use runner_contract::{Failure, FailureClass, RunResult};

use super::{open, open_unseen, run_on_a_machine, say, say_in};

/// The row of a recipe, cell by cell, as a contributor is shown it.
async fn row(app: &TestApp, number: u64, recipe: &str) -> Vec<String> {
    let reply = ask(app, number).await;
    let mut rows = reply.lines().filter(|line| line.starts_with(&format!("| `{recipe}`")));
    let row = rows.next().unwrap_or_else(|| panic!("there is no row of {recipe} in\n{reply}"));
    assert_eq!(rows.next(), None, "{reply}");
    row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
}

async fn ask(app: &TestApp, number: u64) -> String {
    let comment = say(app, number, CONTRIBUTOR, "/status").await;
    assert_eq!(app.reactions(STAGED, comment), ["eyes"]);
    app.last_bot_comment(STAGED, number)
}

stories! {
    async fn every_stage_of_a_test_is_told(app: &mut TestApp) {
        let number = open(app, "Add two", "two-recipes").await;
        let sha = app.check("synchronize").head_sha[..7].to_owned();
        let reply = ask(app, number).await;
        assert!(reply.starts_with(&format!("The newest commit is {sha}, and its check is done.")), "{reply}");
        assert!(reply.contains("As of 2026-01-01 00:01 UTC."), "{reply}");
        let cells = row(app, number, "tiny-daily").await;
        let link = "[run](https://pangeo-forge.org/dashboard/recipe-run/1?feedstock_id=1";
        assert_eq!(cells[..3], ["`tiny-daily`", &sha, "test"]);
        assert_eq!(cells[3..7], ["1", "ready: `/run tiny-daily` tests it", "2 min ago (2026-01-01 00:00 UTC)", "—"]);
        assert!(cells[7].starts_with(link) && !cells[7].contains("[log]"), "{}", cells[7]);

        app.github.advance(TimeDelta::hours(2));
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        let cells = row(app, number, "tiny-daily").await;
        let since = "1 min ago (2026-01-01 02:03 UTC)";
        assert_eq!(cells[4..7], ["waiting for a machine", since, "`maintainer`"]);
        let run = app.only_workflow_run().id;
        assert!(cells[7].contains(&format!("/actions/runs/{run})")), "{}", cells[7]);

        app.github.start_run(run);
        app.settle().await;
        app.github.advance(TimeDelta::minutes(9));
        let cells = row(app, number, "tiny-daily").await;
        assert_eq!(cells[4..6], ["running on GitHub Actions", "10 min ago (2026-01-01 02:04 UTC)"]);

        app.finish_run(run, RunResult::Failed(Failure {
            class: FailureClass::Recipe,
            error: "ValueError: a | b, @everyone".into(),
            explanation: None,
            location: None,
            trace: None,
        }));
        app.settle().await;
        let reply = ask(app, number).await;
        assert!(reply.contains("| ❌ `ValueError: a \\| b, @everyone` | 1 min ago"), "{reply}");

        let run = run_on_a_machine(app, number, "tiny-daily").await;
        app.github.change(|world| world.slow_cancel = true);
        say(app, number, MAINTAINER, "/cancel").await;
        let cells = row(app, number, "tiny-daily").await;
        assert_eq!((cells[3].as_str(), cells[4].as_str()), ("2", "being cancelled"));
        app.github.finish_run(run, "cancelled", None);
        app.settle().await;
        assert_eq!(row(app, number, "tiny-daily").await[4], "⏹ `Cancelled by maintainer`");

        let run = run_on_a_machine(app, number, "tiny-daily").await;
        app.bake(run, &["tiny.zarr"]);
        app.settle().await;
        let cells = row(app, number, "tiny-daily").await;
        assert_eq!((cells[3].as_str(), cells[4].as_str()), ("3", "✅ worked"));
        assert_eq!(row(app, number, "tiny-monthly").await[4], "ready: `/run tiny-monthly` tests it");
    }

    async fn a_check_that_is_not_done_or_did_not_succeed_is_said_to_be_so(app: &mut TestApp) {
        let unseen = open_unseen(app, "Add tiny", harness::world::feedstock("tiny-success", "recipes/tiny"));
        app.github.take_hooks();
        let reply = ask(app, unseen).await;
        assert!(reply.contains("has not been checked yet") && reply.contains("There are no runs here yet."), "{reply}");
        let listing = open(app, "Add many", "dict-object").await;
        let reply = ask(app, listing).await;
        assert!(reply.contains("is not done yet: `Listing the recipes that recipe.py makes`, since 1 min ago"), "{reply}");
        let broken = open(app, "Add bad", "bad-meta").await;
        let reply = ask(app, broken).await;
        assert!(reply.contains("did not succeed: it says why"), "{reply}");
    }

    async fn an_issue_has_no_check_to_speak_of(app: &mut TestApp) {
        let issue = app.github.open_issue(FEEDSTOCK, CONTRIBUTOR, "The data of May is missing");
        let comment = say_in(app, FEEDSTOCK, issue, CONTRIBUTOR, "/status").await;
        assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes"]);
        assert!(app.last_bot_comment(FEEDSTOCK, issue).starts_with("There are no runs here yet."));
    }

    async fn it_is_answered_while_neither_actions_nor_permissions_can_be_asked(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        run_on_a_machine(app, number, "tiny-daily").await;
        let before = app.github.exchanges().len();
        ask(app, number).await;
        let asked: Vec<_> = app.github.exchanges().into_iter().skip(before).map(|exchange| exchange.request).collect();
        let reads: Vec<_> = asked.iter().filter(|request| request.method == Method::GET).map(|request| &request.path).collect();
        assert!(reads.iter().all(|path| path.contains("/issues/comments/")), "only whether the comment is still there: {reads:?}");
    }
}
