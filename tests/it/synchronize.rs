//! A contributor opens a pull request and sees what the service makes of its newest commit.

use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, STAGED, feedstock};

stories! {
    async fn a_recipe_in_order_turns_its_check_green_and_says_how_to_run_it(app: &mut TestApp) {
        let files = feedstock("tiny-success", "recipes/tiny");
        app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
        app.settle().await;
        let check = app.check("synchronize");
        assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("success")));
        let summary = check.summary.unwrap();
        assert!(summary.contains("`/run tiny-daily`"), "{summary}");
        assert!(summary.contains("/dashboard/recipe-run/1?feedstock_id=1"), "{summary}");
    }
}
