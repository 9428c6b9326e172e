//! Which events lead to a check, and that the same news twice leads to one.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{Hook, NewPull};
use harness::stories;
use harness::world::{CONTRIBUTOR, HUB, MAINTAINER, STAGED, feedstock};

use super::{TINY, check_in, check_of, checks_of, open, pull, queued};

/// The account that the App acts as.
const OURSELVES: &str = "pangeo-forge[bot]";

/// Opens a pull request, and takes the webhook that says so.
fn opened(app: &TestApp) -> (u64, Hook) {
    let files = feedstock("two-recipes", TINY);
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    let hooks = app.github.take_hooks();
    let hook = hooks.into_iter().find(|hook| hook.event == "pull_request").unwrap();
    (number, hook)
}

/// The writes of check runs that GitHub saw.
fn check_writes(app: &TestApp) -> usize {
    app.github.transcript().iter().filter(|line| line.contains("/check-runs")).count()
}

stories! {
    async fn u1_the_check_is_up_while_the_files_are_not_to_be_had(app: &mut TestApp) {
        app.github.fault(Method::GET, "/files").status(500);
        let number = open(app, "Add tiny", feedstock("tiny-success", TINY)).await;
        let check = check_of(app, number);
        assert_eq!((check.status.as_str(), check.title.as_deref()), ("in_progress", Some("Checking the recipe")));
        app.exhaust().await;
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("success"));
    }

    async fn a_repository_that_holds_no_recipes_is_left_alone(app: &mut TestApp) {
        app.github.add_repo("pangeo-forge/staged-recipes-archive");
        for repository in [HUB, "pangeo-forge/staged-recipes-archive"] {
            let files = feedstock("tiny-success", TINY);
            app.github.open_pull_request(NewPull::new(repository, CONTRIBUTOR, "Add tiny").files(files));
        }
        app.settle().await;
        assert_eq!(app.github.request_count(), 0, "{:#?}", app.github.exchanges());
    }

    async fn names_of_repositories_are_read_in_whatever_case(app: &mut TestApp) {
        for (repository, directory) in [
            ("pangeo-forge/test-Staged-Recipes", TINY),
            ("pangeo-forge/Ocean-FEEDSTOCK", "feedstock"),
        ] {
            app.github.add_repo(repository);
            let files = feedstock("tiny-success", directory);
            let number = app.github.open_pull_request(NewPull::new(repository, CONTRIBUTOR, "Add tiny").files(files));
            app.settle().await;
            assert_eq!(check_in(app, repository, number).conclusion.as_deref(), Some("success"), "{repository}");
        }
    }

    async fn only_our_own_pull_request_is_a_clean_up_whatever_its_title_says(app: &mut TestApp) {
        let mine = NewPull::new(STAGED, OURSELVES, "Cleanup pangeo-forge/tiny-feedstock").from_same_repository();
        let ours = app.github.open_pull_request(mine.branch("cleanup-1").files(feedstock("bad-meta", TINY)));
        app.settle().await;
        let check = check_of(app, ours);
        assert_eq!(check.conclusion.as_deref(), Some("success"));
        assert_eq!(check.title.as_deref(), Some("An automated clean-up"));

        let human = open(app, "cleanup of my recipe", feedstock("bad-meta", TINY)).await;
        assert_eq!(check_of(app, human).conclusion.as_deref(), Some("failure"));
        let other = NewPull::new(STAGED, OURSELVES, "Create tiny").from_same_repository();
        let other = app.github.open_pull_request(other.branch("create").files(feedstock("bad-meta", "recipes/other")));
        app.settle().await;
        assert_eq!(check_of(app, other).conclusion.as_deref(), Some("failure"), "another of ours");
    }

    async fn r5_a_delivery_told_twice_is_one(app: &mut TestApp) {
        let (number, hook) = opened(app);
        for expected in ["accepted", "duplicate"] {
            let (status, answer) = app.deliver(&hook).await;
            assert_eq!((status, answer["status"].as_str()), (StatusCode::ACCEPTED, Some(expected)));
        }
        app.settle().await;
        let writes = check_writes(app);
        let (_, answer) = app.deliver(&hook).await;
        assert_eq!(answer["status"], "duplicate");
        app.settle().await;
        assert_eq!(queued(app, STAGED, number).await, ["tiny-daily", "tiny-monthly"]);
        assert_eq!((check_writes(app), checks_of(app, STAGED, &check_of(app, number).head_sha).len()), (writes, 1));
    }

    async fn r5b_a_head_told_under_several_delivery_ids_is_checked_once(app: &mut TestApp) {
        let (number, hook) = opened(app);
        app.deliver(&hook).await;
        app.settle().await;
        let writes = check_writes(app);
        for delivery in ["another-hook", "an-hour-later"] {
            app.github.advance(TimeDelta::minutes(30));
            let mut again = hook.clone();
            for (name, value) in &mut again.headers {
                if name == "x-github-delivery" {
                    delivery.clone_into(value);
                }
            }
            let (_, answer) = app.deliver(&again).await;
            assert_eq!(answer["status"], "accepted", "a delivery of its own");
            app.settle().await;
        }
        assert_eq!(queued(app, STAGED, number).await, ["tiny-daily", "tiny-monthly"]);
        check_of(app, number);
        assert_eq!(check_writes(app), writes, "GitHub shows it already");
    }

    async fn a_pull_request_that_is_reopened_keeps_the_check_and_the_runs_of_its_head(app: &mut TestApp) {
        let number = open(app, "Add tiny", feedstock("two-recipes", TINY)).await;
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        app.github.reopen(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("success"));
        assert_eq!(queued(app, STAGED, number).await, ["tiny-daily", "tiny-monthly"]);
        app.github.comment(STAGED, number, MAINTAINER, "/run all");
        app.settle().await;
        assert_eq!(app.workflow_runs().len(), 2);
    }

    async fn a_pull_request_that_was_closed_unseen_is_checked_when_it_is_reopened(app: &mut TestApp) {
        let (number, hook) = opened(app);
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.deliver(&hook).await;
        app.settle().await;
        assert_eq!(app.checks("synchronize").len(), 0, "nobody waits for it");
        app.github.reopen(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("success"));
    }

    async fn every_push_gives_its_commit_a_check_and_runs_of_its_own(app: &mut TestApp) {
        let number = open(app, "Add tiny", feedstock("tiny-success", TINY)).await;
        let first = pull(app, STAGED, number).head_sha;
        app.github.advance(TimeDelta::minutes(1));
        app.github.push(STAGED, number, feedstock("two-recipes", TINY));
        app.settle().await;
        assert_eq!(queued(app, STAGED, number).await, ["tiny-daily", "tiny-monthly"]);
        assert!(check_of(app, number).summary.unwrap().contains("`/run tiny-monthly`"));
        let old = checks_of(app, STAGED, &first);
        assert_eq!((old.len(), old[0].conclusion.as_deref()), (1, Some("success")), "the old one says what it said");
    }

    async fn r9_of_two_pushes_told_in_the_wrong_order_the_newest_is_checked(app: &mut TestApp) {
        let number = open(app, "Add tiny", feedstock("tiny-success", TINY)).await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.push(STAGED, number, feedstock("bad-meta", TINY));
        app.github.advance(TimeDelta::minutes(1));
        app.github.push(STAGED, number, feedstock("two-recipes", TINY));
        let mut hooks = app.github.take_hooks();
        hooks.reverse();
        for hook in &hooks {
            app.deliver(hook).await;
            app.settle().await;
        }
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("success"));
        assert_eq!(queued(app, STAGED, number).await, ["tiny-daily", "tiny-monthly"]);
        assert_eq!(app.checks("synchronize").len(), 2, "the commit in between was never a head that we saw");
    }

    async fn other_actions_on_a_pull_request_ask_for_nothing(app: &mut TestApp) {
        let number = open(app, "Add tiny", feedstock("tiny-success", TINY)).await;
        let before = app.github.request_count();
        app.github.label(STAGED, number, MAINTAINER, "good first recipe");
        app.settle().await;
        assert_eq!(app.github.request_count(), before);
        app.github.close(STAGED, number, MAINTAINER);
        app.settle().await;
        assert_eq!(app.github.request_count(), before + 1, "one look whether it is still closed");
    }
}
