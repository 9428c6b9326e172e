//! Recipes whose ids only their own code can tell: the check waits for a workflow run that lists them.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::WorkflowRun;
use harness::stories;
use harness::world::{CONTRIBUTOR, DEPLOYMENT, HUB, MAINTAINER, STAGED, feedstock};
use runner_contract::{Failure, FailureClass, Location, RunResult};

use super::{TINY, check_of, checks_of, open, pull, queued, remarks};

const IDS: [&str; 3] = ["temp/mean", "temp/min", "wind-speed"];

/// Opens a pull request with a dictionary of recipes; the run that lists them has been dispatched.
async fn open_dict(app: &TestApp) -> (u64, WorkflowRun) {
    let number = open(app, "Add many", feedstock("dict-object", TINY)).await;
    (number, app.only_workflow_run())
}

fn expanded() -> RunResult {
    RunResult::Expanded { recipe_ids: IDS.map(str::to_owned).into() }
}

stories! {
    async fn a_dictionary_is_listed_by_one_run_that_is_told_no_more_than_it_needs(app: &mut TestApp) {
        let (number, run) = open_dict(app).await;
        let head = pull(app, STAGED, number).head_sha;
        let git_ref = format!("refs/pull/{number}/head");
        for (name, expected) in [
            ("command", "expand-meta"),
            ("repository", STAGED),
            ("git_ref", &git_ref),
            ("sha", &head),
            ("feedstock_subdir", TINY),
            ("deployment", DEPLOYMENT),
            ("prune", "false"),
            // A run that only reads names has no business with a bakery.
            ("recipe_id", ""),
            ("bakery", ""),
            ("job_name", ""),
            ("subpath", ""),
        ] {
            assert_eq!(run.inputs[name], expected, "{name}");
        }
        assert_eq!(app.github.runs()[0].0, HUB);
        let check = check_of(app, number);
        assert_eq!((check.status.as_str(), check.conclusion), ("in_progress", None));
        assert_eq!(check.title.as_deref(), Some("Listing the recipes that recipe.py makes"));
        assert_eq!(queued(app, STAGED, number).await, Vec::<String>::new());
    }

    async fn what_the_run_lists_can_be_run(app: &mut TestApp) {
        let (number, run) = open_dict(app).await;
        app.github.advance(TimeDelta::seconds(40));
        app.finish_run(run.id, expanded());
        app.settle().await;
        let check = check_of(app, number);
        assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("success")));
        let summary = check.summary.unwrap();
        for id in IDS {
            assert!(summary.contains(&format!("`/run {id}`")), "{summary}");
        }
        assert_eq!(queued(app, STAGED, number).await, IDS);
        let took = check.completed_at.unwrap() - check.started_at.unwrap();
        assert_eq!(took, TimeDelta::seconds(40), "the check began when the commit was seen");

        app.github.comment(STAGED, number, MAINTAINER, "/run temp/min");
        app.settle().await;
        let bake = app.workflow_runs().pop().unwrap();
        assert_eq!((bake.inputs["recipe_id"].as_str(), bake.inputs["bakery"].as_str()), ("temp/min", "local-direct"));
        assert_eq!(bake.inputs["sha"], check.head_sha);
    }

    async fn u5_code_that_fails_turns_the_check_red_with_its_first_error_on_its_line(app: &mut TestApp) {
        let (number, run) = open_dict(app).await;
        let failure = Failure {
            class: FailureClass::Recipe,
            error: "ModuleNotFoundError: No module named 'aiohttp'".into(),
            explanation: Some("Add `aiohttp` to requirements.txt.".into()),
            location: Some(Location { file: "recipe.py".into(), line: 3 }),
            trace: Some("Traceback (most recent call last): …".into()),
        };
        app.finish_run(run.id, RunResult::Failed(failure));
        app.settle().await;
        let check = check_of(app, number);
        assert_eq!(check.conclusion.as_deref(), Some("failure"));
        assert!(check.title.unwrap().contains("No module named 'aiohttp'"));
        assert!(check.summary.unwrap().contains("Add `aiohttp` to requirements.txt."));
        let found = remarks(&super::check_of(app, number));
        let [(path, 3, level, said)] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!((path.as_str(), level.as_str()), ("recipes/tiny/recipe.py", "failure"));
        assert!(said.contains("aiohttp"), "{said}");
        assert_eq!(queued(app, STAGED, number).await, Vec::<String>::new());
    }

    async fn r15_a_run_that_leaves_nothing_turns_the_check_red_and_says_so(app: &mut TestApp) {
        let (number, run) = open_dict(app).await;
        app.github.finish_run(run.id, "failure", None);
        app.settle().await;
        assert_eq!(check_of(app, number).status, "in_progress", "the list of artifacts may lag behind");
        app.exhaust().await;
        let check = check_of(app, number);
        assert_eq!(check.conclusion.as_deref(), Some("failure"));
        let title = check.title.unwrap();
        assert!(title.contains("The workflow run ended (failure) without a result"), "{title}");
    }

    async fn r15_a_run_that_no_machine_takes_up_ends_its_check_too(app: &mut TestApp) {
        let (number, _) = open_dict(app).await;
        app.advance(TimeDelta::minutes(16)).await;
        let check = check_of(app, number);
        assert_eq!(check.conclusion.as_deref(), Some("timed_out"), "{check:#?}");
    }

    async fn an_answer_to_something_else_is_not_believed(app: &mut TestApp) {
        let (number, run) = open_dict(app).await;
        let stores = Vec::new();
        app.finish_run(run.id, RunResult::Baked { recipe_id: "temp/mean".into(), stores });
        app.settle().await;
        let check = check_of(app, number);
        assert_eq!(check.conclusion.as_deref(), Some("failure"));
        assert!(check.title.unwrap().contains("left a result that cannot be used"));
        assert_eq!(queued(app, STAGED, number).await, Vec::<String>::new());
    }

    async fn r5b_the_same_head_told_again_is_listed_once(app: &mut TestApp) {
        let (number, run) = open_dict(app).await;
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.github.reopen(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        assert_eq!(app.only_workflow_run().id, run.id, "while it is being listed");
        assert_eq!(check_of(app, number).status, "in_progress");
        app.finish_run(run.id, expanded());
        app.settle().await;
        app.github.close(STAGED, number, CONTRIBUTOR);
        app.github.reopen(STAGED, number, CONTRIBUTOR);
        app.settle().await;
        assert_eq!(app.only_workflow_run().id, run.id, "and after");
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("success"));
        assert_eq!(queued(app, STAGED, number).await, IDS);
    }

    async fn r13_a_push_while_the_recipes_are_listed_gives_the_new_head_its_own_list(app: &mut TestApp) {
        let (number, old) = open_dict(app).await;
        let old_head = pull(app, STAGED, number).head_sha;
        app.github.advance(TimeDelta::minutes(1));
        app.github.push(STAGED, number, [("recipes/tiny/extra.py", "import os\n")]);
        app.settle().await;
        let new = app.workflow_runs().pop().unwrap();
        assert_ne!(new.id, old.id);
        assert_eq!(new.inputs["sha"], pull(app, STAGED, number).head_sha);
        app.finish_run(old.id, RunResult::Expanded { recipe_ids: vec!["of-yesterday".into()] });
        app.settle().await;
        assert_eq!(check_of(app, number).status, "in_progress", "the new head waits for its own");
        assert_eq!(checks_of(app, STAGED, &old_head)[0].status, "completed");
        app.finish_run(new.id, expanded());
        app.settle().await;
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("success"));
        assert_eq!(queued(app, STAGED, number).await, IDS);
    }
}
