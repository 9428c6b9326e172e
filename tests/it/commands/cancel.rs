//! `/cancel` while there is something to stop: on GitHub Actions, with a bakery, or nothing any more.

use std::sync::Arc;

use harness::app::TestApp;
use harness::files::write_config;
use harness::stories;
use harness::world::{CONTRIBUTOR, DEPLOYMENT, Files, MAINTAINER, STAGED, feedstock};
use orchestrator::app::App;
use orchestrator::config::{Config, Sources};
use orchestrator::domain::run::RunState;
use runner_contract::RunResult;
use runner_sops::sources::KeySources;

use super::{
    assert_answer, cancel_requests, open, open_unseen, run_on_a_machine, runs_of, say, states,
    under_another_id,
};

const RECIPE: &str = "tiny-daily";

/// The files of a recipe that another bakery runs.
fn at_bakery(bakery: &str) -> Files {
    let mut files = feedstock("tiny-success", "recipes/tiny");
    let meta = files.get_mut("recipes/tiny/meta.yaml").unwrap();
    *meta = meta.replace("id: local-direct", &format!("id: {bakery}"));
    files
}

/// Opens a pull request whose recipe runs, until its job was handed to the bakery.
async fn hand_over(app: &TestApp, bakery: &str) -> u64 {
    let number = open_unseen(app, "Add tiny", at_bakery(bakery));
    app.settle().await;
    let run = run_on_a_machine(app, number, RECIPE).await;
    let job_name = app.github.run(run).unwrap().inputs["job_name"].clone();
    let (recipe_id, job_id) = (RECIPE.into(), "job-1234".into());
    app.finish_run(run, RunResult::Submitted { recipe_id, job_name, job_id, stores: Vec::new() });
    app.settle().await;
    assert_eq!(app.check(RECIPE).title.as_deref(), Some("Submitted: waiting for the bakery"));
    number
}

stories! {
    async fn e13_a_run_that_is_to_stop_ends_when_github_says_that_it_has(app: &mut TestApp) {
        app.github.change(|world| world.slow_cancel = true);
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        let comment = say(app, number, MAINTAINER, "/cancel").await;
        let words = ["Stopping what goes on here", "the test of `tiny-daily`", "GitHub Actions is asked to stop it"];
        assert_answer(app, number, comment, &["eyes", "rocket"], &words);
        assert_eq!(cancel_requests(app), 1);
        let check = app.check(RECIPE);
        assert_eq!((check.status.as_str(), check.title.as_deref()), ("in_progress", Some("Being cancelled")));
        assert!(check.summary.unwrap().contains("`maintainer` asked to stop"));

        app.github.finish_run(run, "cancelled", None);
        app.settle().await;
        let check = app.check(RECIPE);
        assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("cancelled")));
        assert_eq!(check.title.as_deref(), Some("Cancelled by maintainer"));
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)"]);
    }

    async fn e13_a_run_that_github_stops_at_once_is_told_as_well(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        run_on_a_machine(app, number, RECIPE).await;
        let comment = say(app, number, MAINTAINER, "/cancel tiny-daily").await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        assert_eq!(app.check(RECIPE).title.as_deref(), Some("Cancelled by maintainer"));
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Cancelled)"]);
    }

    async fn e13_a_run_that_no_machine_has_taken_up_is_stopped_too(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        let comment = say(app, number, MAINTAINER, "/cancel").await;
        assert_answer(app, number, comment, &["eyes", "rocket"], &["GitHub Actions is asked to stop it"]);
        assert_eq!(app.only_workflow_run().conclusion.as_deref(), Some("cancelled"));
        assert_eq!(app.check(RECIPE).conclusion.as_deref(), Some("cancelled"));
    }

    async fn a_run_that_works_before_it_is_stopped_has_worked(app: &mut TestApp) {
        app.github.change(|world| world.slow_cancel = true);
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        say(app, number, MAINTAINER, "/cancel").await;
        app.bake(run, &["tiny.zarr"]);
        app.settle().await;
        assert_eq!(app.check(RECIPE).conclusion.as_deref(), Some("success"));
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Success)"]);
    }

    async fn only_what_is_named_is_stopped(app: &mut TestApp) {
        let number = open(app, "Add two", "two-recipes").await;
        say(app, number, MAINTAINER, "/run all").await;
        say(app, number, MAINTAINER, "/cancel tiny-monthly").await;
        let expected = ["tiny-daily 1 InProgress", "tiny-monthly 1 Completed(Cancelled)"];
        assert_eq!(states(app, number).await, expected);
        let comment = say(app, number, MAINTAINER, "/cancel tiny-dialy").await;
        let words = ["no run of `tiny-dialy` here", "Did you mean `/cancel tiny-daily`?", "Nothing was started or stopped"];
        assert_answer(app, number, comment, &["eyes", "-1"], &words);
        say(app, number, MAINTAINER, "/cancel all").await;
        assert_eq!(states(app, number).await[0], "tiny-daily 1 Completed(Cancelled)");
    }

    async fn u6_what_has_ended_or_was_never_asked_for_is_not_there_to_be_stopped(app: &mut TestApp) {
        let number = open(app, "Add two", "two-recipes").await;
        let comment = say(app, number, MAINTAINER, "/cancel").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["Nothing goes on here that could be stopped"]);
        let run = run_on_a_machine(app, number, RECIPE).await;
        app.bake(run, &["tiny.zarr"]);
        app.settle().await;
        let comment = say(app, number, MAINTAINER, "/cancel tiny-daily tiny-monthly").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["Nothing goes on here for `tiny-daily`, `tiny-monthly`"]);
        assert_eq!(cancel_requests(app), 0);
        assert_eq!(states(app, number).await, ["tiny-daily 1 Completed(Success)", "tiny-monthly 1 Queued"]);
    }

    async fn e13_asked_twice_it_is_stopped_once(app: &mut TestApp) {
        app.github.change(|world| world.slow_cancel = true);
        let number = open(app, "Add tiny", "tiny-success").await;
        let run = run_on_a_machine(app, number, RECIPE).await;
        say(app, number, MAINTAINER, "/cancel").await;
        app.github.set_permission(STAGED, "keeper", harness::github::Role::Admin);
        let comment = say(app, number, "keeper", "/cancel").await;
        assert_answer(app, number, comment, &["eyes"], &["is being stopped already, as `maintainer` asked"]);
        app.github.finish_run(run, "cancelled", None);
        app.settle().await;
        assert_eq!(app.check(RECIPE).title.as_deref(), Some("Cancelled by maintainer"), "the first word counts");
        let comment = say(app, number, MAINTAINER, "/cancel").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["Nothing goes on here"]);
    }

    async fn r5b_a_cancel_told_under_three_delivery_ids_is_one(app: &mut TestApp) {
        app.github.change(|world| world.slow_cancel = true);
        let number = open(app, "Add tiny", "tiny-success").await;
        run_on_a_machine(app, number, RECIPE).await;
        app.github.comment(STAGED, number, MAINTAINER, "/cancel");
        let hook = app.github.take_hooks().pop().unwrap();
        for delivery in ["one", "two", "three"] {
            app.deliver(&under_another_id(&hook, delivery)).await;
            app.settle().await;
        }
        assert_eq!(cancel_requests(app), 1);
        assert_eq!(app.bot_comments(STAGED, number).len(), 1);
    }

    async fn s13_nothing_is_stopped_for_who_may_not(app: &mut TestApp) {
        let number = open(app, "Add tiny", "tiny-success").await;
        run_on_a_machine(app, number, RECIPE).await;
        let comment = say(app, number, CONTRIBUTOR, "/cancel").await;
        assert_answer(app, number, comment, &["eyes", "-1"], &["`/cancel` needs the role `write` or more"]);
        assert_eq!((cancel_requests(app), app.check(RECIPE).status.as_str()), (0, "in_progress"));
    }

    async fn e13_a_run_on_dataflow_is_stopped_there_and_ends_when_dataflow_says_so(app: &mut TestApp) {
        let number = hand_over(app, "far-away").await;
        let comment = say(app, number, MAINTAINER, "/cancel").await;
        assert_answer(app, number, comment, &["eyes", "rocket"], &["Dataflow is asked to stop it"]);
        assert_eq!(app.check(RECIPE).title.as_deref(), Some("Being cancelled"));
        let run = runs_of(app, STAGED, number).await.remove(0);
        assert_eq!(run.state().unwrap(), RunState::InProgress);
        assert_eq!(run.cancel_asked_by, Some(MAINTAINER.into()));
    }

    async fn u6_a_job_that_only_its_bakery_can_stop_is_said_to_be_one(app: &mut TestApp) {
        let files = tempfile::tempdir().unwrap();
        write_config(files.path(), "/data");
        let bakery = std::fs::read_to_string(files.path().join(format!("bakeries/local-direct.{DEPLOYMENT}.yaml"))).unwrap();
        let bakery = bakery.replace("pangeo_forge_runner.bakery.local.LocalDirectBakery", "somebody.elses.Bakery");
        std::fs::write(files.path().join(format!("bakeries/elsewhere.{DEPLOYMENT}.yaml")), bakery).unwrap();
        let (deployment, config_dir) = (DEPLOYMENT.into(), files.path().to_owned());
        let (github_api_url, keys) = (app.github.url().into(), KeySources::default());
        let sources = Sources { deployment, config_dir, github_api_url, keys };
        let config = Config::read(&sources, app.now()).await.unwrap();
        let with_another = App::build(config, app.app.store.clone(), Arc::clone(&app.app.clock)).unwrap();
        app.app = Arc::new(with_another);
        let number = hand_over(app, "elsewhere").await;
        let comment = say(app, number, MAINTAINER, "/cancel").await;
        let words = ["it is with the bakery as `job-1234`", "the bakery's own page is the place"];
        assert_answer(app, number, comment, &["eyes", "rocket"], &words);
        assert_eq!(states(app, number).await, ["tiny-daily 1 InProgress"], "nobody says that it has stopped");
    }
}
