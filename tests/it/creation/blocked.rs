//! It cannot go on by itself: nothing of anybody's is overwritten, the pull request says what is to be done, and an operator decides.

use std::process::ExitCode;

use chrono::TimeDelta;
use clap::Parser;
use harness::app::TestApp;
use harness::github::{FakeGithub, Moment, NewPull, Role};
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use orchestrator::cli::Cli;
use orchestrator::store;
use reqwest::Method;

use super::{DIRECTORY, NOAA, branches, checklist, creations, files_of, merged, recipe, state};
use crate::restarts::on_both_engines;

/// A command of the operator's on the story's database.
async fn pfo(app: &TestApp, arguments: &[&str]) -> bool {
    let database = ["pfo", "--log", "off", "--database-url", app.database_url()];
    let cli = Cli::try_parse_from(database.iter().chain(arguments)).unwrap();
    cli.run().await.is_ok_and(|code| format!("{code:?}") == format!("{:?}", ExitCode::SUCCESS))
}

stories! {
    async fn e7_a_strangers_repository_of_that_name_is_left_alone_until_it_is_renamed_away(app: &mut TestApp) {
        app.github.add_repo_without_app(NOAA);
        let before = files_of(app, NOAA);
        let number = merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        assert_eq!((state(app).await.as_str(), files_of(app, NOAA)), ("blocked", before));
        let list = checklist(app, number);
        assert!(list.contains("There is a repository [pangeo-forge/noaa-feedstock](https://github.com/pangeo-forge/noaa-feedstock) already"), "{list}");
        assert!(list.contains("pfo feedstock-creation resume 1"), "{list}");

        assert!(pfo(app, &["feedstock-creation", "list", "--state", "blocked", "--json"]).await);
        assert!(pfo(app, &["feedstock-creation", "resume", "1"]).await);
        app.exhaust().await;
        assert_eq!(state(app).await, "blocked", "it is still there");
        app.github.rename_repository(NOAA, "an-older-feedstock");
        assert!(pfo(app, &["feedstock-creation", "resume", "1", "--json"]).await);
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
        assert!(files_of(app, NOAA).contains_key("feedstock/meta.yaml"));
        assert!(!pfo(app, &["feedstock-creation", "resume", "1"]).await, "nothing to resume");
        assert!(!pfo(app, &["feedstock-creation", "abandon", "1"]).await, "it has ended");
        assert!(!pfo(app, &["feedstock-creation", "abandon", "7"]).await, "there is none");
    }

    async fn e7_one_that_cannot_be_seen_is_not_taken_for_ours(app: &mut TestApp) {
        app.github.add_repo_without_app(NOAA);
        app.github.change(|world| world.repositories.get_mut(NOAA).unwrap().private = true);
        let number = merged(app, "Add noaa", recipe()).await;
        app.exhaust().await;
        let list = checklist(app, number);
        assert!(list.contains("it may be a private one") && list.contains("name already exists"), "{list}");
        assert!(pfo(app, &["feedstock-creation", "abandon", "1"]).await);
        app.exhaust().await;
        assert_eq!(state(app).await, "abandoned");
        let list = checklist(app, number);
        assert!(list.contains("An operator ended the making"), "{list}");
    }

    async fn a_second_merge_of_the_same_directory_is_a_question_to_somebody(app: &mut TestApp) {
        merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        let second = merged(app, "Add noaa once more", recipe()).await;
        app.settle().await;
        let states: Vec<_> = creations(app).await.into_iter().map(|creation| creation.state).collect();
        assert_eq!(states, ["done", "blocked"]);
        assert!(checklist(app, second).contains("was not made from this pull request"));
        assert_eq!(app.github.read(|world| world.repositories[NOAA].pulls.len()), 1);
        assert!(files_of(app, STAGED).contains_key("recipes/noaa/meta.yaml"), "it is still to be looked at");
    }

    async fn e8_a_branch_of_somebody_elses_is_not_overwritten(app: &mut TestApp) {
        let theirs = app.github.commit(STAGED, "cleanup-1", [("THEIRS.md", "theirs\n")], "Theirs");
        let number = merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        assert_eq!(state(app).await, "blocked");
        let list = checklist(app, number);
        assert!(list.contains("The branch `cleanup-1` of pangeo-forge/staged-recipes holds something"), "{list}");
        assert_eq!(app.github.read(|world| world.repositories[STAGED].branches["cleanup-1"].clone()), theirs);
    }

    async fn e11_a_proposal_that_somebody_changed_is_not_merged_and_one_that_they_merged_is_done(app: &mut TestApp) {
        // The merge never works in the first place, and meanwhile somebody pushes.
        app.github.fault(Method::PUT, "noaa-feedstock/pulls/1/merge").status(500);
        let number = merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        app.github.push(NOAA, 1, [("feedstock/more.py", "x = 1\n")]);
        app.exhaust().await;
        assert_eq!(state(app).await, "blocked");
        assert!(checklist(app, number).contains("Somebody changed pangeo-forge/noaa-feedstock#1"));
        app.github.merge(NOAA, 1, MAINTAINER);
        assert!(pfo(app, &["feedstock-creation", "resume", "1"]).await);
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
        assert!(files_of(app, NOAA).contains_key("feedstock/more.py"));
        assert!(branches(app, NOAA).contains(&"create-feedstock".to_owned()), "what they pushed is theirs");
    }

    async fn what_was_pushed_to_the_directory_meanwhile_stays_and_is_named(app: &mut TestApp) {
        let number = merged(app, "Add noaa", recipe()).await;
        let changes = [("recipes/noaa/meta.yaml", "title: Another\n"), ("recipes/noaa/new.py", "x = 1\n")];
        app.github.commit(STAGED, "main", changes, "Directly");
        app.settle().await;
        assert_eq!(state(app).await, "done");
        let left: Vec<_> = files_of(app, STAGED).into_keys().filter(|path| path.starts_with(DIRECTORY)).collect();
        assert_eq!(left, ["recipes/noaa/meta.yaml", "recipes/noaa/new.py"]);
        let list = checklist(app, number);
        assert!(list.contains("changed there since the merge") && list.contains("`recipes/noaa/new.py`"), "{list}");
        let copied = files_of(app, NOAA)["feedstock/meta.yaml"].1.clone();
        assert_eq!(copied, recipe()["recipes/noaa/meta.yaml"].as_bytes(), "the commit that was merged counts");
    }

    async fn a_clean_up_that_cannot_be_merged_is_made_anew_on_what_is_there_now(app: &mut TestApp) {
        app.github.fault(Method::PUT, "staged-recipes/pulls/2/merge").status(500);
        let number = merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        app.github.commit(STAGED, "main", [("recipes/noaa/meta.yaml", "title: Another\n")], "Directly");
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
        let left: Vec<_> = files_of(app, STAGED).into_keys().filter(|path| path.starts_with(DIRECTORY)).collect();
        assert_eq!(left, ["recipes/noaa/meta.yaml"]);
        assert!(checklist(app, number).contains("`recipes/noaa/meta.yaml`"));
        assert_eq!(app.github.read(|world| world.repositories[STAGED].pulls.len()), 2, "one clean-up");
        assert_eq!(branches(app, STAGED), ["main"]);
    }

    async fn r8_nothing_is_left_to_clean_up_where_somebody_was_faster(app: &mut TestApp) {
        let number = merged(app, "Add noaa", recipe()).await;
        let gone = recipe().into_keys().map(harness::github::Change::Delete);
        app.github.commit(STAGED, "main", gone, "By hand");
        app.settle().await;
        assert_eq!(state(app).await, "done");
        assert!(checklist(app, number).contains("- [x] nothing to remove from pangeo-forge/staged-recipes"));
    }

    async fn a_new_repository_that_the_installation_does_not_cover_is_waited_for_and_then_asked_for(app: &mut TestApp) {
        app.github.change(|world| world.covers_what_it_makes = false);
        let number = merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        assert_eq!(state(app).await, "open", "it may only be too new");
        app.exhaust().await;
        assert_eq!(state(app).await, "blocked");
        assert!(checklist(app, number).contains("installation does not cover it"));
        app.github.install(NOAA);
        assert!(pfo(app, &["feedstock-creation", "resume", "1"]).await);
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
    }

    async fn r12_what_github_refuses_for_good_is_told_and_goes_on_once_it_is_allowed(app: &mut TestApp) {
        let lower = |access| app.github.change(|world| world.app.permissions.insert("administration".into(), access));
        lower(harness::github::Access::Read);
        let number = merged(app, "Add noaa", recipe()).await;
        app.exhaust().await;
        let list = checklist(app, number);
        assert!(list.contains("administration: write"), "{list}");
        lower(harness::github::Access::Write);
        assert!(pfo(app, &["feedstock-creation", "resume", "1"]).await);
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
        bury_the_dead(app).await;
    }

    async fn r8_an_operator_can_end_it_and_what_was_made_stays(app: &mut TestApp) {
        app.github.fault(Method::PUT, "noaa-feedstock/pulls/1/merge").times(12).status(500);
        let number = merged(app, "Add noaa", recipe()).await;
        app.exhaust().await;
        assert_eq!(state(app).await, "blocked");
        assert!(checklist(app, number).contains("gave up"), "{}", checklist(app, number));
        bury_the_dead(app).await;
        assert!(pfo(app, &["feedstock-creation", "abandon", "1", "--json"]).await);
        app.exhaust().await;
        assert_eq!(state(app).await, "abandoned");
        assert!(app.github.read(|world| world.repositories[NOAA].pulls[&1].open));
        let list = checklist(app, number);
        assert!(list.contains("- [x] pull request pangeo-forge/noaa-feedstock#1") && list.contains("- [ ] recipe merged"), "{list}");
    }

    async fn r8_a_creation_that_lost_its_job_is_found_by_the_timer(app: &mut TestApp) {
        app.github.fault(Method::POST, "/orgs/pangeo-forge/repos").status(500);
        merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        crate::store::execute(&app.app.store, "DELETE FROM job WHERE kind = 'create_feedstock' AND state = 'ready'").await;
        app.advance(TimeDelta::minutes(9)).await;
        assert_eq!(state(app).await, "open");
        app.advance(TimeDelta::minutes(2)).await;
        assert_eq!(state(app).await, "done");
    }
}

/// The job was given up, as it should be; an operator who has seen it takes it away.
async fn bury_the_dead(app: &TestApp) {
    let mut tx = app.app.store.read().await.unwrap();
    let dead = store::job::list(&mut tx, Some("dead"), 10).await.unwrap();
    assert_eq!(dead.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), ["create_feedstock"]);
    drop(tx);
    crate::store::execute(&app.app.store, "DELETE FROM job WHERE state = 'dead'").await;
}

on_both_engines! {
    async fn a_persons_account_can_have_no_feedstocks(engine: Engine) {
        let github = FakeGithub::builder().app_tokens_by_system_clock().start().await.unwrap();
        github.add_user("somebody");
        let app = TestApp::start_with(engine, github).await;
        let staged = "somebody/staged-recipes";
        app.github.add_repo(staged);
        app.github.set_permission(staged, MAINTAINER, Role::Write);
        let files = feedstock("tiny-success", DIRECTORY);
        let number = app.github.open_pull_request(NewPull::new(staged, CONTRIBUTOR, "Add noaa").files(files));
        app.settle().await;
        app.github.merge(staged, number, MAINTAINER);
        app.settle().await;
        let comments = app.bot_comments(staged, number);
        assert!(comments[0].contains("`somebody` is a user's account, and GitHub lets an App make repositories in organisations only"), "{comments:#?}");
        assert_eq!(state(&app).await, "blocked");
        app.finish().await;
    }

    async fn r8_an_operator_who_ends_it_while_it_works_is_obeyed(engine: Engine) {
        let mut app = TestApp::start(engine).await;
        merged(&app, "Add noaa", recipe()).await;
        let mut stop = app.github.stop_when(Method::POST, &format!("/repos/{NOAA}/git/refs"), Moment::After);
        tokio::select! {
            () = app.settle() => panic!("it was never made"),
            () = stop.reached() => {}
        }
        app.restart().await;
        assert!(pfo(&app, &["feedstock-creation", "abandon", "1"]).await);
        app.advance(TimeDelta::seconds(91)).await;
        app.exhaust().await;
        assert_eq!(state(&app).await, "abandoned");
        assert_eq!(app.github.read(|world| world.repositories[NOAA].pulls.len()), 0);
        app.finish().await;
    }
}
