//! Servers that are older than the service, and a hub whose workflow is not what the service needs.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::Change;
use harness::stories;
use harness::world::{HUB, MAINTAINER, STAGED, workflow};

use super::{lose_the_news, open};

const WORKFLOW: &str = ".github/workflows/run-recipe.yaml";

/// Asks for a run of a recipe that was checked.
async fn ask(app: &TestApp) -> u64 {
    let number = open(app, "Add tiny");
    app.settle().await;
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
    app.exhaust().await;
    number
}

/// Demands a run that failed because GitHub would not start it, in these words.
fn assert_refused(app: &TestApp, number: u64, words: &str) {
    assert!(app.workflow_runs().is_empty());
    let check = app.check("tiny-daily");
    assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("failure")));
    let comment = app.last_bot_comment(STAGED, number);
    assert!(comment.contains("GitHub would not start the workflow") && comment.contains(words), "{comment}");
    assert!(comment.contains("the recipe is not at fault"), "{comment}");
}

stories! {
    async fn e4_a_server_that_does_not_tell_the_runs_id_is_asked_for_the_run_by_its_name(app: &mut TestApp) {
        app.github.change(|world| world.old_host = true);
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        lose_the_news(app).await;
        app.exhaust().await;
        let run = app.only_workflow_run();
        let check = app.check("tiny-daily");
        assert_eq!(check.status, "in_progress");
        assert!(check.details_url.unwrap().ends_with(&format!("/actions/runs/{}", run.id)));
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        assert_eq!(app.check("tiny-daily").conclusion.as_deref(), Some("success"));
    }

    async fn a_hub_without_the_workflow_fails_the_run_and_says_so(app: &mut TestApp) {
        app.github.commit(HUB, "main", [Change::Delete(WORKFLOW.into())], "Remove it");
        let number = ask(app).await;
        assert_refused(app, number, "404");
    }

    async fn a_hub_whose_workflow_is_of_another_version_fails_the_run_and_says_so(app: &mut TestApp) {
        let other = workflow().replace("      subpath:", "      under:");
        app.github.commit(HUB, "main", [(WORKFLOW, other.as_str())], "Go back");
        let number = ask(app).await;
        assert_refused(app, number, "Unexpected inputs provided");
    }
}
