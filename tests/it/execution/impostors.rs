//! Runs that look like ours: what counts is the run that was dispatched, by what GitHub says of it.

use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, HUB, MAINTAINER, STAGED, feedstock, workflow};
use reqwest::Method;
use serde_json::{Value, json};

use super::{RECIPE, ask, assert_ended, check, row, start};

/// Somebody with write access to the hub starts a workflow there by hand.
async fn dispatch_by_hand(app: &TestApp, file: &str, inputs: Value) -> u64 {
    let url = format!("{}/repos/{HUB}/actions/workflows/{file}/dispatches", app.github.url());
    let request = reqwest::Client::new().post(url).bearer_auth(app.github.user_token(MAINTAINER));
    let request = request.header("user-agent", "somebody").header("accept", "application/vnd.github+json");
    let answer = request.json(&json!({"ref": "main", "inputs": inputs})).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    app.workflow_runs().pop().expect("it was started").id
}

/// A workflow of another file that names its runs as ours does.
fn look_alike() -> String {
    workflow().replace("name: run-recipe", "name: look-alike")
}

stories! {
    async fn s16_a_second_run_with_the_same_name_is_not_heard(app: &mut TestApp) {
        let (number, run) = start(app).await;
        let second = dispatch_by_hand(app, "run-recipe.yaml", json!(run.inputs)).await;
        assert_ne!(second, run.id);
        app.github.start_run(second);
        app.bake(second, &["forged.zarr"]);
        app.settle().await;
        assert_eq!(check(app).status, "in_progress");
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        assert_ended(app, number, "success", "Worked");
        assert!(row(app, 1).await.dataset_public_url.unwrap().ends_with("/tiny.zarr"));
    }

    async fn s16_a_run_of_another_workflow_with_a_forged_name_is_not_heard(app: &mut TestApp) {
        app.github.commit(HUB, "main", [(".github/workflows/other.yaml", look_alike().as_str())], "Add it");
        let files = feedstock("tiny-success", "recipes/tiny");
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
        app.settle().await;
        // The dispatch fails, so no true run is known when the forged one speaks.
        app.github.fault(Method::POST, "/run-recipe.yaml/dispatches").status(500);
        app.github.advance(chrono::TimeDelta::minutes(1));
        let comment = app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        let mut inputs = json!({
            "dispatch_id": "pfo-0001", "command": "bake", "repository": STAGED, "git_ref": "refs/pull/1/head", "recipe_id": RECIPE,
            "feedstock_subdir": "recipes/tiny", "deployment": "pforge-local-demo",
        });
        inputs["sha"] = check(app).head_sha.into();
        let forged = dispatch_by_hand(app, "other.yaml", inputs).await;
        app.github.start_run(forged);
        app.bake(forged, &["forged.zarr"]);
        app.settle().await;
        assert_eq!(check(app).status, "in_progress");
        app.exhaust().await;
        let own = app.workflow_runs().pop().unwrap();
        assert_eq!((own.file(), own.inputs["dispatch_id"].as_str()), ("run-recipe.yaml", "pfo-0001"));
        app.bake(own.id, &["tiny.zarr"]);
        app.settle().await;
        assert_ended(app, number, "success", "Worked");
        assert!(row(app, 1).await.dataset_public_url.unwrap().ends_with("/tiny.zarr"));
    }

    async fn s16_a_run_that_nobody_here_asked_for_is_not_heard(app: &mut TestApp) {
        let (number, run) = start(app).await;
        let mut inputs = json!(run.inputs);
        inputs["dispatch_id"] = "pfo-of-somebody-else".into();
        let other = dispatch_by_hand(app, "run-recipe.yaml", inputs).await;
        app.bake(other, &["forged.zarr"]);
        let written = app.github.transcript().len();
        app.settle().await;
        assert_eq!(app.github.transcript().len(), written);
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        assert_ended(app, number, "success", "Worked");
    }

    async fn s16_the_outcome_of_one_run_is_no_outcome_of_another(app: &mut TestApp) {
        let (number, first) = start(app).await;
        app.bake(first.id, &["first.zarr"]);
        app.settle().await;
        let second = ask(app, number).await;
        let outcome = app.github.run(first.id).unwrap().artifacts.pop().unwrap();
        app.github.add_artifact_archive(second.id, "outcome", outcome.archive);
        app.github.finish_run(second.id, "success", None);
        app.settle().await;
        let comment = assert_ended(app, number, "failure", "left a result that cannot be used");
        assert!(comment.contains("for another run"), "{comment}");
        assert_eq!(row(app, 2).await.dataset_public_url, None);
    }
}
