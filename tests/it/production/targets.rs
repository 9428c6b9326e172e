//! One store has one writer at a time, unless the bakery gives every run a store of its own.

use chrono::TimeDelta;
use harness::stories;
use harness::world::{FEEDSTOCK, Files, feedstock};
use orchestrator::domain::id::RecipeRunId;
use orchestrator::store;

use super::{deployments, merge, run_of, statuses};

/// The usual recipe with a line more, so that each merge is a commit of its own.
fn files(line: &str) -> Files {
    let mut files = feedstock("tiny-success", "feedstock");
    let recipe = files.get_mut("feedstock/recipe.py").expect("the recipe");
    recipe.push_str("\n# ");
    recipe.push_str(line);
    files
}

stories! {
    async fn r14_a_second_run_to_the_same_store_waits_and_says_for_whom(app: &mut TestApp) {
        let (_, first_sha) = merge(app, "First", files("first")).await;
        let first = run_of(app, "tiny-daily");
        app.github.start_run(first.id);
        app.settle().await;
        let (second_pull, second_sha) = merge(app, "Second", files("second")).await;
        let (third_pull, _) = merge(app, "Third", files("third")).await;
        assert_eq!(app.workflow_runs().len(), 1, "the others wait");
        let all = deployments(app);
        let (state, words) = statuses(&all[1]).pop().unwrap();
        assert_eq!((state.as_str(), words.as_str()), ("queued", "Waiting for run 2, which writes to the same place"));
        let comment = app.last_bot_comment(FEEDSTOCK, second_pull);
        assert!(comment.contains("waiting for [run 2](https://pangeo-forge.org/dashboard/recipe-run/2"), "{comment}");

        app.github.advance(TimeDelta::minutes(3));
        app.bake(first.id, &["tiny.zarr"]);
        app.settle().await;
        let runs = app.workflow_runs();
        assert_eq!(runs.len(), 2, "one of those that waited goes on, and one only");
        assert_eq!((runs[0].inputs["sha"].as_str(), runs[1].inputs["sha"].as_str()), (first_sha.as_str(), second_sha.as_str()));
        assert_eq!(runs[0].inputs["subpath"], runs[1].inputs["subpath"]);
        app.github.finish_run(runs[1].id, "failure", None);
        app.exhaust().await;
        let third = app.workflow_runs().pop().unwrap();
        assert_eq!(app.workflow_runs().len(), 3, "a failure frees the store too");
        app.bake(third.id, &["tiny.zarr"]);
        app.settle().await;
        let comment = app.last_bot_comment(FEEDSTOCK, third_pull);
        assert!(comment.contains("✅ worked"), "{comment}");
    }

    async fn r14_the_database_itself_lets_no_second_writer_in(app: &mut TestApp) {
        merge(app, "First", files("first")).await;
        merge(app, "Second", files("second")).await;
        let mut tx = app.app.store.write().await.unwrap();
        let second = store::recipe_run::get(&mut tx, RecipeRunId(4)).await.unwrap();
        let next = orchestrator::domain::run::RunState::InProgress;
        let refused = store::recipe_run::set_state(&mut tx, &second, next, app.github.now()).await.unwrap_err();
        assert!(refused.is_unique_violation(), "{refused}");
        drop(tx);
        let run = run_of(app, "tiny-daily");
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        let run = run_of(app, "tiny-daily");
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
    }

    async fn r14_a_run_whose_start_was_lost_is_started_by_the_timer(app: &mut TestApp) {
        merge(app, "First", files("first")).await;
        merge(app, "Second", files("second")).await;
        let first = run_of(app, "tiny-daily");
        app.bake(first.id, &["tiny.zarr"]);
        app.deliver_all().await;
        // Everything but the start of the next run is done, and then the job for it is gone.
        while app.workflow_runs().len() == 1 && orchestrator::job::worker::run_next(&app.app).await.unwrap() {
            crate::store::execute(&app.app.store, "DELETE FROM job WHERE kind = 'start_run'").await;
        }
        assert_eq!(app.workflow_runs().len(), 1);
        app.advance(TimeDelta::minutes(1)).await;
        assert_eq!(app.workflow_runs().len(), 2);
        let second = run_of(app, "tiny-daily");
        app.bake(second.id, &["tiny.zarr"]);
        app.settle().await;
    }

    async fn r14_where_each_version_has_a_store_of_its_own_nobody_waits(app: &mut TestApp) {
        app.lay_out_production("{app}/{feedstock}/{version}/{recipe_id}.{dataset_type}").await;
        let (first_pull, first_sha) = merge(app, "First", files("first")).await;
        let (second_pull, second_sha) = merge(app, "Second", files("second")).await;
        let runs = app.workflow_runs();
        let paths: Vec<_> = runs.iter().map(|run| run.inputs["subpath"].as_str()).collect();
        let laid_out = |sha: &str| format!("pangeo-forge/{FEEDSTOCK}/{}/tiny-daily.zarr", &sha[..12]);
        assert_eq!(paths, [laid_out(&first_sha), laid_out(&second_sha)]);
        for run in &runs {
            app.bake(run.id, &["tiny.zarr"]);
        }
        app.settle().await;
        for (pull, sha) in [(first_pull, &first_sha), (second_pull, &second_sha)] {
            let comment = app.last_bot_comment(FEEDSTOCK, pull);
            assert!(comment.contains(&format!("{}/tiny.zarr", laid_out(sha))), "{comment}");
        }
    }
}
