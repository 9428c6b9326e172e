//! The timeline of a run: what happened to it, in order, each once, and what it waits for.

mod cause;
mod stream;

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::events::words;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, Files, MAINTAINER, STAGED, feedstock};
use orchestrator::job::worker;
use runner_contract::{DatasetType, RunResult, Store};
use serde_json::json;

use crate::restarts::whole;

/// A test that worked.
const WORKED: [&str; 13] = [
    "delivery",
    "queued",
    "delivery",
    "asked",
    "dispatch_asked",
    "dispatched",
    "reported",
    "running",
    "reported",
    "outcome",
    "succeeded",
    "reported",
    "reported",
];
/// Another attempt at it, which did not.
const FAILED: [&str; 12] = [
    "delivery",
    "queued",
    "asked",
    "dispatch_asked",
    "dispatched",
    "reported",
    "running",
    "reported",
    "outcome",
    "failed",
    "reported",
    "reported",
];

/// Opens a pull request with the usual recipe, and has it checked.
async fn open(app: &TestApp) -> u64 {
    let files = feedstock("tiny-success", "recipes/tiny");
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    app.settle().await;
    number
}

/// Somebody says something on it a minute later, and is heard.
async fn say(app: &TestApp, number: u64, author: &str, words: &str) {
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, author, words);
    app.settle().await;
}

/// Merges the usual recipe, changed so, into the feedstock.
async fn merge(app: &TestApp, title: &str, change: impl FnOnce(&mut Files)) {
    let mut files = feedstock("tiny-success", "feedstock");
    change(&mut files);
    let number = app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, title).files(files));
    app.settle().await;
    app.github.merge(FEEDSTOCK, number, MAINTAINER);
    app.settle().await;
}

/// Brings every webhook twice, with a start of the application before and after the work that follows.
async fn settle_roughly(app: &mut TestApp) {
    loop {
        let hooks = app.github.take_hooks();
        for hook in &hooks {
            app.deliver(hook).await;
            app.restart().await;
            app.deliver(hook).await;
        }
        if app.work().await + hooks.len() == 0 {
            return;
        }
        app.restart().await;
    }
}

stories! {
    async fn u10_everything_that_happens_to_a_run_is_told_in_order(app: &mut TestApp) {
        whole::play(app, async |app: &mut TestApp| app.settle().await).await;
        // The newer result took the place of the older one's comment.
        assert_eq!(app.kinds(1).await, [&WORKED[..], &["reported"]].concat());
        assert_eq!(app.kinds(2).await, FAILED);
        let timeline = app.timeline(1).await;
        assert_eq!(timeline["waiting"], json!(null));
        let sha = app.check("synchronize").head_sha;
        let expected = [
            "GitHub told us of it by the event pull_request",
            &format!("Pull request #1 brings its recipe, at {}", &sha[..7]),
            "GitHub told us of it by the event issue_comment",
            "Asked for by @maintainer, who may by GitHub's word",
            "GitHub Actions is asked to carry it out, under the name pfo-0001",
        ];
        assert_eq!(words(&timeline, "reason")[..5], expected);
        let run = &app.workflow_runs()[0];
        assert_eq!(app.reasons(1, "dispatched").await, [format!("GitHub Actions has it as workflow run {}", run.id)]);
        assert_eq!(app.reasons(1, "outcome").await, ["The workflow run has ended and tells of one store"]);
        let reported = app.reasons(1, "reported").await;
        assert_eq!(reported[2..4], ["GitHub shows a check: Worked, in 2 min 0 s", "GitHub shows a comment on #1"]);
        assert_eq!(app.reasons(2, "failed").await, ["ValueError: no data for day 1"]);
        let times = words(&timeline, "at");
        assert!(times.iter().all(|at| at.ends_with('Z')), "{times:?}");
        assert!(times.is_sorted(), "{times:?}");
    }

    async fn r5_what_is_told_twice_and_broken_off_in_between_stands_there_once(app: &mut TestApp) {
        whole::play(app, settle_roughly).await;
        assert_eq!(app.kinds(1).await, [&WORKED[..], &["reported"]].concat());
        assert_eq!(app.kinds(2).await, FAILED);
    }

    async fn u10_production_by_dataflow_is_told_state_by_state(app: &mut TestApp) {
        merge(app, "Add tiny", |files| {
            let meta = files.get_mut("feedstock/meta.yaml").unwrap();
            *meta = meta.replace("id: local-direct", "id: far-away");
        }).await;
        let run = app.only_workflow_run();
        app.github.start_run(run.id);
        app.settle().await;
        let (job_name, job_id) = (run.inputs["job_name"].clone(), "2026-01-01_00_01_00-1234");
        app.google.start_job(&job_name, job_id);
        let stores = vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }];
        let recipe_id = "tiny-daily".into();
        let result = RunResult::Submitted { recipe_id, job_name: job_name.clone(), job_id: job_id.into(), stores };
        app.finish_run(run.id, result);
        app.settle().await;
        let waiting = app.timeline(2).await["waiting"].clone();
        assert_eq!(waiting["for"], format!("the bakery to say how the job {job_id} ended"));
        for state in ["RUNNING", "RUNNING", "DONE"] {
            app.github.advance(TimeDelta::minutes(1));
            let status = app.google.status(&job_name, job_id, state);
            app.push_job_status(&status).await;
            app.push_job_status(&status).await;
            app.settle().await;
        }
        let expected = [
            "delivery", "queued", "writing", "dispatch_asked", "dispatched", "reported", "running", "reported", "outcome",
            "submitted", "reported", "job_state", "job_state", "succeeded", "reported",
        ];
        assert_eq!(app.kinds(2).await, expected);
        let states = app.reasons(2, "job_state").await;
        assert!(states[0].starts_with("The job runs: JOB_STATE_RUNNING since 20"), "{states:?}");
        assert!(states[1].starts_with("The job did all of it: JOB_STATE_DONE since 20"), "{states:?}");
        assert!(app.reasons(2, "queued").await[0].starts_with("Pull request #1 was merged, as "));
        assert!(app.reasons(2, "reported").await[0].starts_with("GitHub shows a deployment, queued: "));
        let timeline = app.timeline(2).await;
        let cause = timeline["events"][12]["cause"].as_str().unwrap();
        assert!(cause.starts_with("event/") || cause.starts_with("message/"), "{cause}");
    }

    async fn u10_who_waits_for_the_writer_of_its_place_says_for_whom(app: &mut TestApp) {
        merge(app, "First", |_| ()).await;
        let first = app.only_workflow_run();
        merge(app, "Second", |files| files.get_mut("feedstock/recipe.py").unwrap().push_str("\n# second")).await;
        assert_eq!(app.kinds(4).await, ["delivery", "queued", "waiting", "reported"]);
        assert_eq!(app.reasons(4, "waiting").await, ["Waits for recipe run 2, which comes first at the same place"]);
        let waiting = app.timeline(4).await["waiting"].clone();
        assert_eq!(waiting["for"], "recipe run 2, which writes to the same place, to end");
        assert!(waiting["until"].as_str() > waiting["since"].as_str(), "{waiting}");
        app.advance(TimeDelta::minutes(1)).await;
        app.bake(first.id, &["tiny.zarr"]);
        app.settle().await;
        let kinds = app.kinds(4).await;
        assert_eq!(kinds[2..6], ["waiting", "reported", "writing", "dispatch_asked"]);
        let second = app.workflow_runs().pop().unwrap();
        app.bake(second.id, &["tiny.zarr"]);
        app.settle().await;
    }

    async fn u10_who_stopped_a_run_stands_there(app: &mut TestApp) {
        let number = open(app).await;
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        say(app, number, MAINTAINER, "/cancel").await;
        app.exhaust().await;
        let kinds = app.kinds(1).await;
        assert_eq!(kinds[7..10], ["delivery", "cancel_asked", "reported"], "{kinds:?}");
        assert_eq!(kinds[10..], ["cancelled", "reported"], "{kinds:?}");
        assert_eq!(app.reasons(1, "cancel_asked").await, ["@maintainer asked to stop it"]);
        assert_eq!(app.reasons(1, "cancelled").await, ["Cancelled by maintainer"]);
    }

    async fn u10_a_word_of_somebody_who_may_not_stands_there_and_changes_nothing(app: &mut TestApp) {
        let number = open(app).await;
        let before = app.timeline(1).await["waiting"].clone();
        assert_eq!(before["for"], "somebody with write access to comment `/run tiny-daily`");
        say(app, number, CONTRIBUTOR, "/run tiny-daily").await;
        let kinds = app.kinds(1).await;
        assert_eq!(kinds, ["delivery", "queued", "delivery", "refused"]);
        let refused = app.reasons(1, "refused").await;
        assert!(refused[0].starts_with("/run by @contributor was refused: the role "), "{refused:?}");
        assert_eq!(app.timeline(1).await["waiting"], before);
        // What is not there cannot be refused.
        say(app, number, CONTRIBUTOR, "/run nothing").await;
        say(app, number, CONTRIBUTOR, "/run").await;
        assert_eq!(app.kinds(1).await, kinds);
    }

    async fn u10_what_github_will_never_show_stands_there_with_the_reason(app: &mut TestApp) {
        let number = open(app).await;
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        let run = app.only_workflow_run();
        app.github.fault(Method::POST, "/comments").status(403);
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        let kinds = app.kinds(1).await;
        assert_eq!(kinds.last().map(String::as_str), Some("not_reported"), "{kinds:?}");
        let why = app.reasons(1, "not_reported").await;
        assert!(why[0].starts_with("GitHub will not show a comment on #1: "), "{why:?}");
        assert_eq!(app.timeline(1).await["waiting"], json!(null));
    }

    async fn u10_while_github_is_down_the_page_says_what_is_waited_for(app: &mut TestApp) {
        let number = open(app).await;
        app.github.fault(Method::POST, "/dispatches").status(503);
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        let asked_at = app.timeline(1).await["events"][4]["at"].clone();
        let waiting = app.timeline(1).await["waiting"].clone();
        assert_eq!((&waiting["for"], &waiting["since"]), (&json!("GitHub Actions to take the workflow run"), &asked_at));
        assert!(waiting["until"].as_str() > waiting["since"].as_str(), "{waiting}");
        app.exhaust().await;
        assert_eq!(app.timeline(1).await["waiting"]["for"], "a machine of GitHub Actions");
        let run = app.only_workflow_run();
        app.github.start_run(run.id);
        app.settle().await;
        assert_eq!(app.timeline(1).await["waiting"]["for"], "the workflow run on GitHub Actions to end");
        app.bake(run.id, &["tiny.zarr"]);
        app.deliver_all().await;
        while app.timeline(1).await["waiting"]["for"] != "GitHub to show how it ended" {
            assert!(worker::run_next(&app.app).await.unwrap(), "it never ends");
        }
        app.settle().await;
        assert_eq!(app.timeline(1).await["waiting"], json!(null));
    }

    async fn a_page_goes_on_after_the_last_one_and_wrong_parameters_are_named(app: &mut TestApp) {
        whole::play(app, async |app: &mut TestApp| app.settle().await).await;
        let all = app.timeline(1).await["events"].as_array().unwrap().clone();
        let (mut read, mut after) = (Vec::new(), 0);
        loop {
            let page = app.get(&format!("/recipe_runs/1/events?after={after}&limit=4")).await.json();
            let events = page["events"].as_array().unwrap().clone();
            assert!(events.len() <= 4);
            let Some(last) = events.last() else { break };
            after = last["id"].as_i64().unwrap();
            read.extend(events);
        }
        assert_eq!(read, all);
        let missing = app.get("/recipe_runs/3/events").await;
        assert_eq!((missing.status, missing.json()), (StatusCode::NOT_FOUND, json!({ "detail": "recipe run not found" })));
        for (path, place, kind) in [
            ("/recipe_runs/x/events", json!(["path", "id"]), "type_error.integer"),
            ("/recipe_runs/%FF/events", json!(["path", "id"]), "type_error.integer"),
            ("/recipe_runs/1/events?limit=0", json!(["query", "limit"]), "value_error.number.not_ge"),
            ("/recipe_runs/1/events?limit=101", json!(["query", "limit"]), "value_error.number.not_le"),
            ("/recipe_runs/1/events?after=%00", json!(["query", "after"]), "type_error.integer"),
        ] {
            let answer = app.get(path).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            let issue = &answer.json()["detail"][0];
            assert_eq!((&issue["loc"], &issue["type"]), (&place, &json!(kind)), "{path}");
        }
    }
}
