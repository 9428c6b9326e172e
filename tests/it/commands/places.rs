//! What can be said where: each place knows its own commands, and says so of the others.

use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, MAINTAINER, STAGED, feedstock};

use super::{assert_answer, dispatched, open, say, say_in};

stories! {
    async fn help_shows_what_can_be_said_where_it_was_asked_for(app: &mut TestApp) {
        let staged = open(app, "Add tiny", "tiny-success").await;
        let files = feedstock("tiny-success", "feedstock");
        let pull = app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Mend tiny").files(files));
        let issue = app.github.open_issue(FEEDSTOCK, CONTRIBUTOR, "The data of May is missing");
        let everywhere = ["/retry [", "/cancel [", "/status", "/help"];
        for (repository, number, more, less) in [
            (STAGED, staged, &["/run <", "/run all", "/sync"][..], &["/run-production"][..]),
            (FEEDSTOCK, pull, &["/run <", "/run all", "/sync", "/run-production <"], &[]),
            (FEEDSTOCK, issue, &["/run-production <"], &["/run <", "/run all", "/sync"]),
        ] {
            say_in(app, repository, number, CONTRIBUTOR, "/help").await;
            let reply = app.last_bot_comment(repository, number);
            for word in everywhere.iter().chain(more) {
                assert!(reply.contains(&format!("`{word}")), "{word} is not in\n{reply}");
            }
            assert!(reply.contains("`/status` and `/help` are for everybody"), "{reply}");
            for word in less {
                assert!(!reply.contains(&format!("`{word}")), "{word} is in\n{reply}");
            }
        }
    }

    async fn a_command_on_an_issue_of_staged_recipes_is_told_where_it_belongs(app: &mut TestApp) {
        let issue = app.github.open_issue(STAGED, CONTRIBUTOR, "How do I run a recipe?");
        for command in ["/run tiny-daily", "/run-production tiny", "/status", "/help", "/cancel", "/run"] {
            let before = app.bot_comments(STAGED, issue).len();
            let comment = say(app, issue, MAINTAINER, command).await;
            assert_answer(app, issue, comment, &["eyes", "-1"], &["is for pull requests, and this is an issue"]);
            assert_eq!(app.bot_comments(STAGED, issue).len(), before + 1, "{command}");
        }
        let before = app.github.request_count();
        for silent in ["/rnu tiny-daily", "/statsu", "/lgtm", "Thank you"] {
            say(app, issue, MAINTAINER, silent).await;
        }
        assert_eq!(app.github.request_count(), before, "{:#?}", app.github.transcript());
    }

    async fn what_is_about_a_commit_is_refused_on_an_issue_of_a_feedstock(app: &mut TestApp) {
        let issue = app.github.open_issue(FEEDSTOCK, CONTRIBUTOR, "The data of May is missing");
        for command in ["/run tiny-daily", "/run all", "/sync", "/run"] {
            let comment = say_in(app, FEEDSTOCK, issue, MAINTAINER, command).await;
            assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes", "-1"], "{command}");
            let reply = app.last_bot_comment(FEEDSTOCK, issue);
            for part in ["is for pull requests", "`/run-production`", "`/retry`", "`/status`"] {
                assert!(reply.contains(part), "{part} is not in\n{reply}");
            }
        }
        let comment = say_in(app, FEEDSTOCK, issue, MAINTAINER, "/snyc").await;
        assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes", "-1"]);
        let reply = app.last_bot_comment(FEEDSTOCK, issue);
        assert!(reply.contains("did you mean `/sync`? `/sync` is for pull requests"), "{reply}");
    }

    async fn production_is_refused_where_recipes_are_only_proposed(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        let comment = say(app, number, MAINTAINER, "/run-production tiny-daily").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["`/run-production` is for a feedstock"]);
        let comment = say(app, number, MAINTAINER, "/run-prod tiny-daily").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["did you mean `/run-production`?", "is for a feedstock"]);
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
    }
}
