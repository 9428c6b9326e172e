//! Imported runs are only kept. What the old service queued waits for nobody: no timer, no event and no command works on it, and none is
//! spoken of on GitHub.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::world::{FEEDSTOCK, MAINTAINER, STAGED, feedstock};
use orchestrator::domain::id::{BakeryId, FeedstockId, RecipeRunId};
use orchestrator::domain::import::{Bakery, Feedstock, Run, Tables};
use orchestrator::store;

use super::rows;
use crate::restarts::on_both_engines;

/// Every request that GitHub saw.
fn requests(app: &TestApp) -> Vec<String> {
    app.github.exchanges().iter().map(|one| format!("{} {}", one.request.method, one.request.path)).collect()
}

/// A production run of a commit as the old service queued it, in a feedstock of this world.
async fn plant(app: &TestApp, sha: String) {
    let bakery =
        Bakery { id: BakeryId(1), region: "r".into(), name: "earthcube".into(), description: "d".into() };
    let feedstock = Feedstock { id: FeedstockId(50), spec: FEEDSTOCK.into(), provider: "github".into() };
    let run = Run {
        id: RecipeRunId(70),
        recipe_id: "tiny-daily".into(),
        bakery_id: bakery.id,
        feedstock_id: feedstock.id,
        head_sha: sha,
        version: "0.0".into(),
        started_at: "2023-01-01T00:00:00Z".parse().unwrap(),
        completed_at: None,
        conclusion: None,
        status: "queued".into(),
        is_test: false,
        dataset_type: Some("zarr".into()),
        dataset_public_url: None,
        message: None,
    };
    let mut tx = app.app.store.write().await.unwrap();
    store::import::insert_bakery(&mut tx, &bakery).await.unwrap();
    store::import::insert_feedstock(&mut tx, &feedstock).await.unwrap();
    store::import::insert_run(&mut tx, &run).await.unwrap();
    let highest = Tables { bakery: 1, feedstock: 50, reciperun: 70 };
    store::import::count_on_from(&mut tx, &highest).await.unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn no_timer_touches_what_was_imported(engine: Engine) {
        let (app, empty) = (TestApp::start_imported(engine).await, TestApp::start(engine).await);
        let before = rows(&app.app.store).await;
        assert_eq!(before.2.iter().filter(|run| run.status == "queued").count(), 959);
        for days in [0, 1, 2, 30, 400] {
            app.advance(TimeDelta::days(days)).await;
            empty.advance(TimeDelta::days(days)).await;
        }
        assert_eq!(rows(&app.app.store).await, before);
        assert_eq!(app.github.transcript(), Vec::<String>::new(), "nothing is said of it");
        assert_eq!(requests(&app), requests(&empty), "nothing is asked that a new service would not ask");
        assert_eq!(app.google.requests().len(), empty.google.requests().len());
        app.finish().await;
        empty.finish().await;
    }

    async fn a_place_that_is_taken_away_leaves_them_too(engine: Engine) {
        let app = TestApp::start_imported(engine).await;
        let before = rows(&app.app.store).await;
        app.github.remove_from_installation(STAGED);
        app.settle().await;
        app.github.add_to_installation(STAGED);
        app.settle().await;
        app.github.suspend("pangeo-forge");
        app.settle().await;
        assert_eq!(rows(&app.app.store).await, before);
        app.github.unsuspend("pangeo-forge");
        app.settle().await;
        assert_eq!(rows(&app.app.store).await, before);
        app.finish().await;
    }

    async fn one_that_waits_for_nobody_is_in_the_way_of_nobody(engine: Engine) {
        let app = TestApp::start(engine).await;
        let files = feedstock("tiny-success", "feedstock");
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let sha = app.github.commit(FEEDSTOCK, "main", files, "Tiny");
        plant(&app, sha.clone()).await;
        let issue = app.github.open_issue(FEEDSTOCK, MAINTAINER, "The data is missing");
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        let comment = app.github.comment(FEEDSTOCK, issue, MAINTAINER, "/run-production tiny-daily");
        app.settle().await;
        assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes", "rocket"]);
        let run = app.only_workflow_run();
        assert_eq!((run.inputs["sha"].as_str(), run.inputs["job_name"].as_str()), (sha.as_str(), "pf-pangeo-forge-71-2"));
        let (.., runs) = rows(&app.app.store).await;
        let states: Vec<_> = runs.iter().map(|run| (run.id.0, run.status.as_str())).collect();
        assert_eq!(states, [(70, "queued"), (71, "in_progress")]);
        let comments = app.bot_comments(FEEDSTOCK, issue);
        assert!(comments.iter().all(|comment| !comment.contains("recipe-run/70")), "{comments:#?}");
        app.finish().await;
    }
}
