//! Merged recipes whose ids only their own code can tell.

use harness::stories;
use harness::world::{FEEDSTOCK, feedstock};
use runner_contract::RunResult;

use super::{deployments, failure, merge, run_of, statuses};

stories! {
    async fn a_dictionary_of_recipes_is_listed_at_the_merged_commit_and_then_deployed(app: &mut TestApp) {
        let (number, sha) = merge(app, "Add many", feedstock("dict-object", "feedstock")).await;
        // One lists them for the check of the pull request, the other for production.
        let listing = app.workflow_runs().pop().unwrap();
        assert_eq!((listing.inputs["command"].as_str(), listing.inputs["sha"].as_str()), ("expand-meta", sha.as_str()));
        assert!(app.last_bot_comment(FEEDSTOCK, number).contains("to list its recipes"));
        app.finish_run(listing.id, RunResult::Expanded { recipe_ids: vec!["a/b".into(), "c".into()] });
        app.settle().await;
        for recipe in ["a/b", "c"] {
            let run = run_of(app, recipe);
            assert_eq!(run.inputs["sha"], sha);
            app.bake(run.id, &["x.zarr"]);
        }
        app.settle().await;
        let all = deployments(app);
        let environments: Vec<&str> = all.iter().map(|deployment| deployment.environment.as_str()).collect();
        assert_eq!(environments, ["a/b", "c"]);
        assert!(all.iter().all(|deployment| statuses(deployment).pop().unwrap().0 == "success"));
        assert_eq!(app.bot_comments(FEEDSTOCK, number).len(), 1);
    }

    async fn a_dictionary_that_cannot_be_listed_is_told_on_the_pull_request(app: &mut TestApp) {
        let (number, _) = merge(app, "Add many", feedstock("dict-object", "feedstock")).await;
        let listing = app.workflow_runs().pop().unwrap();
        app.finish_run(listing.id, failure("ImportError: no module named x"));
        app.settle().await;
        assert_eq!(deployments(app).len(), 0);
        let comment = app.last_bot_comment(FEEDSTOCK, number);
        assert!(comment.contains("its recipes could not be listed"), "{comment}");
        assert!(comment.contains("ImportError: no module named x"), "{comment}");
    }
}
