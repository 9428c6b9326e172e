//! A merge into a feedstock puts its recipes into production: a deployment and a run for each, and one comment that says how they
//! stand.

mod listing;
mod silence;
mod targets;

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{Deployment, NewPull, WorkflowRun};
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, Files, HUB, MAINTAINER, feedstock};
use runner_contract::{Failure, FailureClass, RunResult};

/// Opens a pull request to the feedstock with these files, merges it, and answers its number and the commit.
async fn merge(app: &TestApp, title: &str, files: Files) -> (u64, String) {
    let number = app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, title).files(files));
    app.settle().await;
    let sha = app.github.merge(FEEDSTOCK, number, MAINTAINER);
    app.settle().await;
    (number, sha)
}

/// The deployments of the feedstock, oldest first.
fn deployments(app: &TestApp) -> Vec<Deployment> {
    app.github.read(|world| world.repositories[FEEDSTOCK].deployments.values().cloned().collect())
}

/// The states that a deployment went through, with the words beside them.
fn statuses(deployment: &Deployment) -> Vec<(String, String)> {
    let words = |status: &harness::github::DeploymentStatus| {
        (status.state.clone(), status.description.clone().unwrap_or_default())
    };
    deployment.statuses.iter().map(words).collect()
}

/// The run of a recipe that was dispatched last.
fn run_of(app: &TestApp, recipe: &str) -> WorkflowRun {
    let runs = app.workflow_runs();
    let run = runs.into_iter().rev().find(|run| run.inputs["recipe_id"] == recipe);
    run.unwrap_or_else(|| panic!("{recipe} was not dispatched:\n{}", app.github.transcript().join("\n")))
}

fn failure(error: &str) -> RunResult {
    RunResult::Failed(Failure {
        class: FailureClass::DataSource,
        error: error.into(),
        explanation: None,
        location: None,
        trace: Some(format!("Traceback (most recent call last):\n{error}")),
    })
}

stories! {
    async fn u11_a_merged_recipe_is_deployed_and_everybody_sees_how_it_goes(app: &mut TestApp) {
        let (number, sha) = merge(app, "Add tiny", feedstock("tiny-success", "feedstock")).await;
        let run = app.only_workflow_run();
        for (name, expected) in [
            ("command", "bake"),
            ("repository", FEEDSTOCK),
            ("git_ref", "refs/heads/main"),
            ("sha", &sha),
            ("feedstock_subdir", "feedstock"),
            ("recipe_id", "tiny-daily"),
            ("prune", "false"),
            ("subpath", "pangeo-forge/pangeo-forge/tiny-feedstock/tiny-daily.zarr"),
            ("job_name", "pf-pangeo-forge-2-1"),
        ] {
            assert_eq!(run.inputs[name], expected, "{name}");
        }
        assert_eq!(app.github.runs()[0].0, HUB);
        app.github.advance(TimeDelta::minutes(1));
        app.github.start_run(run.id);
        app.settle().await;
        let table = app.last_bot_comment(FEEDSTOCK, number);
        assert!(table.contains("| `tiny-daily` | running | 1 |"), "{table}");
        app.github.advance(TimeDelta::minutes(4));
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;

        let [deployment] = &deployments(app)[..] else { panic!("one deployment") };
        assert_eq!((deployment.sha.as_str(), deployment.environment.as_str()), (sha.as_str(), "tiny-daily"));
        let page = "https://pangeo-forge.org/dashboard/recipe-run/2?feedstock_id=1";
        assert!(deployment.statuses.iter().all(|status| {
            status.environment_url.as_deref().is_some_and(|url| url.starts_with(page))
        }));
        let told = statuses(deployment);
        let states: Vec<&str> = told.iter().map(|(state, _)| state.as_str()).collect();
        assert_eq!(states, ["queued", "in_progress", "success"], "{told:#?}");
        assert_eq!(told[2].1, "Worked, in 5 min 0 s");
        let comments = app.bot_comments(FEEDSTOCK, number);
        assert_eq!(comments.len(), 1, "one comment, kept current");
        assert!(comments[0].contains("| `tiny-daily` | ✅ worked, in 5 min 0 s | 1 |"), "{}", comments[0]);
        assert!(comments[0].contains("tiny-feedstock/tiny-daily.zarr/tiny.zarr"), "{}", comments[0]);
    }

    async fn one_failing_recipe_stops_no_other_and_says_why(app: &mut TestApp) {
        let (number, _) = merge(app, "Add two", feedstock("two-recipes", "feedstock")).await;
        let (daily, monthly) = (run_of(app, "tiny-daily"), run_of(app, "tiny-monthly"));
        app.finish_run(daily.id, failure("OSError: 404, no such file"));
        app.settle().await;
        app.bake(monthly.id, &["monthly.zarr"]);
        app.settle().await;
        let all = deployments(app);
        let last = |n: usize| statuses(&all[n]).pop().unwrap();
        assert_eq!(last(0), ("failure".into(), "OSError: 404, no such file".into()));
        assert_eq!(last(1).0, "success");
        let comment = app.last_bot_comment(FEEDSTOCK, number);
        for words in [
            "| `tiny-daily` | ❌ failed | 1 |",
            "| `tiny-monthly` | ✅ worked",
            "OSError: 404, no such file",
            "The place the data comes from did not give it.",
            "`/retry`",
        ] {
            assert!(comment.contains(words), "{words} is missing in\n{comment}");
        }
    }

    async fn a_submission_that_github_refuses_is_a_failure_with_its_reason(app: &mut TestApp) {
        app.github.fault(axum::http::Method::POST, "/dispatches").status(422);
        let (number, _) = merge(app, "Add tiny", feedstock("tiny-success", "feedstock")).await;
        let (state, words) = statuses(&deployments(app)[0]).pop().unwrap();
        assert_eq!(state, "failure");
        assert!(words.starts_with("GitHub would not start the workflow: "), "{words}");
        assert!(words.chars().count() <= 140, "{words}");
        let comment = app.last_bot_comment(FEEDSTOCK, number);
        assert!(comment.contains("The cause is on our side or GitHub's."), "{comment}");
    }

    async fn e5_a_merge_told_twice_and_again_later_is_one_deployment(app: &mut TestApp) {
        let number = app.github.open_pull_request(
            NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Add tiny").files(feedstock("tiny-success", "feedstock")),
        );
        app.settle().await;
        app.github.merge(FEEDSTOCK, number, MAINTAINER);
        let hooks = app.github.take_hooks();
        for round in ["a", "b", "c"] {
            for hook in &hooks {
                app.deliver(&crate::commands::under_another_id(hook, &format!("{round}-{}", hook.delivery))).await;
            }
            app.settle().await;
        }
        let run = app.only_workflow_run();
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        for hook in &hooks {
            app.deliver(&crate::commands::under_another_id(hook, &format!("late-{}", hook.delivery))).await;
        }
        app.settle().await;
        assert_eq!(app.workflow_runs().len(), 1);
        assert_eq!(deployments(app).len(), 1);
        assert_eq!(statuses(&deployments(app)[0]).pop().unwrap().0, "success");
    }

    async fn e5_e6_lost_answers_make_no_second_deployment_and_no_second_status(app: &mut TestApp) {
        app.github.fault(axum::http::Method::POST, "/deployments").after_effect(502);
        app.github.fault(axum::http::Method::POST, "/statuses").drop_after_effect();
        merge(app, "Add tiny", feedstock("tiny-success", "feedstock")).await;
        app.exhaust().await;
        let run = app.only_workflow_run();
        app.bake(run.id, &["tiny.zarr"]);
        app.exhaust().await;
        let [deployment] = &deployments(app)[..] else { panic!("one deployment") };
        let told = statuses(deployment);
        assert_eq!(told.last().unwrap().0, "success");
        let doubled = told.windows(2).any(|pair| pair[0] == pair[1] && pair[0].0 == "success");
        assert!(!doubled, "{told:#?}");
    }
}
