//! A command that is come to late is answered, and not carried out: what was wanted a day ago may not be wanted now.

use chrono::TimeDelta;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED};

use super::{lose, open};

stories! {
    async fn u12_a_command_of_more_than_a_day_ago_is_answered_and_not_carried_out(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        for (words, login) in [("/run tiny-daily", MAINTAINER), ("/run all", CONTRIBUTOR), ("/help", CONTRIBUTOR)] {
            let comment = app.github.comment(STAGED, number, login, words);
            let held = lose(app);
            app.github.advance(TimeDelta::hours(25));
            for hook in &held {
                app.deliver(hook).await;
            }
            app.settle().await;
            assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"], "{words}");
            let reply = app.last_bot_comment(STAGED, number);
            assert!(reply.contains("25 hours late") && reply.contains("write the comment again"), "{reply}");
        }
        assert_eq!(app.bot_comments(STAGED, number).len(), 3);
        assert!(app.workflow_runs().is_empty());
    }

    async fn u12_a_command_of_less_than_a_day_ago_still_counts(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        let held = lose(app);
        app.github.advance(TimeDelta::hours(24));
        for hook in &held {
            app.deliver(hook).await;
        }
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        assert_eq!(app.only_workflow_run().inputs["recipe_id"], "tiny-daily");
    }
}
