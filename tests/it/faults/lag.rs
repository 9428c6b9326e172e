//! GitHub's lists lag behind its writes: what is not listed yet may be there all the same.

use chrono::TimeDelta;
use harness::stories;
use harness::world::{MAINTAINER, STAGED};
use reqwest::Method;

use super::{lose_the_news, open};

stories! {
    async fn e1_a_check_run_that_is_not_listed_yet_is_not_made_again(app: &mut TestApp) {
        open(app, "Add tiny");
        app.github.fault(Method::GET, "/check-runs").stale_reads(1);
        app.github.fault(Method::POST, "/check-runs").after_effect(502);
        app.exhaust().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
    }

    async fn e2_a_comment_that_is_not_listed_yet_is_not_written_again(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.comment(STAGED, number, MAINTAINER, "/help");
        app.github.fault(Method::GET, "/issues/1/comments").stale_reads(1);
        app.github.fault(Method::POST, "/issues/1/comments").drop_after_effect();
        app.exhaust().await;
        assert_eq!(app.bot_comments(STAGED, number).len(), 1);
    }

    async fn e4_a_run_that_is_not_listed_yet_is_not_dispatched_again(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        // Three looks over a minute are needed; two of them come too early.
        app.github.fault(Method::GET, "/workflows/run-recipe.yaml/runs").stale_reads(2);
        app.github.fault(Method::POST, "/dispatches").after_effect(500);
        let asked = app.github.now();
        lose_the_news(app).await;
        app.exhaust().await;
        assert!(app.github.now() - asked >= TimeDelta::minutes(1), "{}", app.github.now() - asked);
        let run = app.only_workflow_run();
        assert_eq!(app.check("tiny-daily").status, "in_progress");
        app.bake(run.id, &["tiny.zarr"]);
        app.exhaust().await;
        assert_eq!(app.check("tiny-daily").conclusion.as_deref(), Some("success"));
    }
}
