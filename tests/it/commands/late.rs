//! What was said about one commit does not count for another, and what was taken back or changed does not count at all.

use chrono::TimeDelta;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};

use super::{dispatched, open, open_unseen};

stories! {
    async fn s12_a_comment_that_is_read_after_a_push_runs_neither_commit(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let seen = app.check("synchronize").head_sha;
        app.github.advance(TimeDelta::minutes(1));
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        let said = app.github.take_hooks();
        app.github.advance(TimeDelta::seconds(30));
        let pushed = app.github.push(STAGED, number, [("recipes/tiny/extra.py", "import os\n")]);
        app.settle().await;
        app.deliver(&said[0]).await;
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"]);
        let reply = app.last_bot_comment(STAGED, number);
        let expected = format!("You saw {} when you wrote this, and the newest commit is {} now", &seen[..7], &pushed[..7]);
        assert!(reply.contains(&expected), "{reply}");
        assert_eq!(dispatched(app, 0), Vec::<String>::new());

        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        assert_eq!(app.only_workflow_run().inputs["sha"], pushed);
    }

    async fn s12_a_push_that_we_have_not_heard_of_is_seen_before_anything_runs(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        app.github.advance(TimeDelta::minutes(1));
        let pushed = app.github.push(STAGED, number, [("recipes/tiny/extra.py", "import os\n")]);
        let push = app.github.take_hooks();
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"]);
        assert!(app.last_bot_comment(STAGED, number).contains(&pushed[..7]));
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
        for hook in &push {
            app.deliver(hook).await;
        }
        app.settle().await;
    }

    async fn s12_a_comment_from_before_the_check_was_up_runs_nothing(app: &mut TestApp) {
        let number = open_unseen(app, "Add tiny", feedstock("tiny-success", "recipes/tiny"));
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        // The webhooks arrive in order, and late: by now the check is up, but it was not when the comment was written.
        app.github.advance(TimeDelta::seconds(30));
        app.settle().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"]);
        let reply = app.last_bot_comment(STAGED, number);
        assert!(reply.contains("had not been checked when you wrote this"), "{reply}");
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
    }

    async fn a_branch_that_goes_back_to_an_earlier_commit_can_be_run_by_whoever_sees_it_there(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let first = app.check("synchronize").head_sha;
        app.github.advance(TimeDelta::minutes(1));
        app.github.push(STAGED, number, [("recipes/tiny/extra.py", "import os\n")]);
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        let early = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        let said = app.github.take_hooks();
        app.github.advance(TimeDelta::minutes(1));
        app.github.reset(STAGED, number, &first);
        app.settle().await;
        app.deliver(&said[0]).await;
        app.settle().await;
        assert_eq!(app.reactions(STAGED, early), ["eyes", "-1"], "whoever wrote this saw the second commit");

        app.github.advance(TimeDelta::minutes(1));
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"], "{:?}", app.bot_comments(STAGED, number));
        assert_eq!(app.only_workflow_run().inputs["sha"], first);
    }

    async fn a_commit_that_two_pull_requests_share_is_shown_on_both(app: &mut TestApp) {
        let files = feedstock("bad-meta", "recipes/tiny");
        let shared = NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").branch("tiny").files(files);
        app.github.open_pull_request(shared);
        app.settle().await;
        let sha = app.check("synchronize").head_sha;
        app.github.advance(TimeDelta::minutes(1));
        let same = NewPull::new(STAGED, CONTRIBUTOR, "Add tiny again").branch("other");
        let number = app.github.open_pull_request(same);
        app.github.reset(STAGED, number, &sha);
        app.settle().await;
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny");
        app.settle().await;
        let reply = app.last_bot_comment(STAGED, number);
        assert!(reply.contains("No recipe is ready at"), "{reply}");
    }

    async fn a_comment_that_is_edited_into_a_command_is_none(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let comment = app.github.comment(STAGED, number, MAINTAINER, "Looks good");
        app.settle().await;
        app.github.edit_comment(STAGED, comment, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        assert_eq!(app.reactions(STAGED, comment), Vec::<String>::new());
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
    }

    async fn a_command_that_is_edited_counts_as_it_was_written(app: &mut TestApp) {
        let number = open(app, "Add tiny", "two-recipes").await;
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.github.edit_comment(STAGED, comment, MAINTAINER, "/run tiny-monthly");
        app.settle().await;
        assert_eq!(dispatched(app, 0), ["tiny-daily"]);
    }

    async fn a_comment_that_is_taken_back_before_we_come_to_it_starts_nothing(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.github.delete_comment(STAGED, comment, MAINTAINER);
        app.settle().await;
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
        assert_eq!(app.bot_comments(STAGED, number), Vec::<String>::new(), "there is nobody to answer");
    }
}
