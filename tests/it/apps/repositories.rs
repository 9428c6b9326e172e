//! An App is told its repositories, and GitHub tells it which App a webhook is for.

use harness::app::TestApp;
use harness::github::NewPull;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, STAGED, feedstock};
use orchestrator::store;

use crate::restarts::on_both_engines;

/// What was made of each delivery of a pull request, oldest first.
async fn notes(app: &TestApp) -> Vec<Option<String>> {
    let mut tx = app.app.store.read().await.unwrap();
    let kept = store::delivery::list(&mut tx, chrono::DateTime::UNIX_EPOCH, Some("pull_request"), 100)
        .await
        .unwrap();
    kept.into_iter().rev().map(|delivery| delivery.note).collect()
}

fn open(app: &TestApp, repository: &str, directory: &str) -> u64 {
    let files = feedstock("tiny-success", directory);
    app.github.open_pull_request(NewPull::new(repository, CONTRIBUTOR, "Add tiny").files(files))
}

on_both_engines! {
    async fn r25_s5_a_repository_that_is_not_on_the_list_is_left_alone(engine: Engine) {
        let app = TestApp::start_told(engine, "repositories: [elsewhere/*, Pangeo-Forge/tiny-feedstock]").await;
        let number = open(&app, STAGED, "recipes/tiny");
        app.github.comment(STAGED, number, CONTRIBUTOR, "/help");
        app.settle().await;
        assert_eq!(app.github.request_count(), 0);
        assert_eq!(notes(&app).await, [Some("a repository that is not on this App's list".to_owned())]);
        let number = open(&app, FEEDSTOCK, "feedstock");
        let comment = app.github.comment(FEEDSTOCK, number, CONTRIBUTOR, "/help");
        app.settle().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes"]);
        app.finish().await;
    }

    async fn s5_a_webhook_for_another_app_is_kept_and_not_read(engine: Engine) {
        let app = TestApp::start(engine).await;
        open(&app, STAGED, "recipes/tiny");
        for mut hook in app.github.take_hooks() {
            for (name, value) in &mut hook.headers {
                if name == "x-github-hook-installation-target-id" {
                    "4711".clone_into(value);
                }
            }
            let (_, answer) = app.deliver(&hook).await;
            assert_eq!(answer["status"], "ignored");
        }
        app.settle().await;
        assert_eq!(app.github.request_count(), 0);
        assert_eq!(notes(&app).await, [None]);
        app.finish().await;
    }
}
