//! A maintainer asks for a run, the workflow does it, and everybody sees what came of it.

use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};

stories! {
    async fn a_maintainer_runs_a_recipe_and_the_pull_request_says_where_the_data_is(app: &mut TestApp) {
        let files = feedstock("tiny-success", "recipes/tiny");
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
        app.settle().await;
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        let run = app.only_workflow_run();
        assert_eq!(run.inputs["recipe_id"], "tiny-daily");
        app.github.start_run(run.id);
        app.settle().await;
        assert_eq!(app.check("tiny-daily").status, "in_progress");
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        let check = app.check("tiny-daily");
        assert_eq!(check.conclusion.as_deref(), Some("success"));
        let comment = app.last_bot_comment(STAGED, number);
        assert!(comment.contains("tiny.zarr"), "{comment}");
    }
}
