//! Every kind of outcome that the action can write.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::stories;
use harness::world::{STAGED, feedstock};
use orchestrator::domain::run::{Conclusion, RunState};
use runner_contract::{DatasetType, Failure, FailureClass, Location, RunResult, Store};

use super::{RECIPE, ask, assert_ended, check, failure, row, start, start_with};

/// The files of a recipe whose bakery is far away.
fn far_away() -> harness::world::Files {
    let mut files = feedstock("tiny-success", "recipes/tiny");
    let meta = files.get_mut("recipes/tiny/meta.yaml").unwrap();
    *meta = meta.replace("id: local-direct", "id: far-away");
    files
}

async fn end_with(app: &TestApp, run: u64, result: RunResult) {
    app.finish_run(run, result);
    app.settle().await;
}

stories! {
    async fn each_kind_of_dataset_is_opened_in_its_own_way(app: &mut TestApp) {
        let (number, mut run) = start(app).await;
        for (dataset_type, word, call) in [
            (DatasetType::Kerchunk, "kerchunk", "engine=\"kerchunk\""),
            (DatasetType::Parquet, "parquet", "pd.read_parquet("),
            (DatasetType::Zarr, "zarr", "engine=\"zarr\""),
        ] {
            let store = |path: &str| Store { path: path.into(), dataset_type };
            let stores = vec![store("first"), store("second")];
            end_with(app, run.id, RunResult::Baked { recipe_id: RECIPE.into(), stores }).await;
            let comment = assert_ended(app, number, "success", "Worked");
            assert!(comment.contains(call) && comment.contains("/first\""), "{word}: {comment}");
            let attempts = i64::try_from(app.workflow_runs().len()).unwrap();
            assert_eq!(row(app, attempts).await.dataset_type.as_deref(), Some(word));
            run = ask(app, number).await;
        }
        app.bake(run.id, &["."]);
        app.settle().await;
        assert!(row(app, 4).await.dataset_public_url.unwrap().ends_with("/tiny-daily.zarr"), "the root itself");
    }

    async fn a_job_that_a_bakery_accepted_goes_on_after_the_workflow_run(app: &mut TestApp) {
        let (number, run) = start_with(app, far_away()).await;
        let job_name = run.inputs["job_name"].clone();
        app.google.start_job(&job_name, "2026-01-01_00_01_00-1234");
        let result = RunResult::Submitted {
            recipe_id: RECIPE.into(),
            job_name: job_name.clone(),
            job_id: "2026-01-01_00_01_00-1234".into(),
            stores: vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }],
        };
        end_with(app, run.id, result).await;
        let shown = check(app);
        assert_eq!((shown.status.as_str(), shown.conclusion), ("in_progress", None));
        assert_eq!(shown.title.as_deref(), Some("Submitted: waiting for the bakery"));
        assert!(shown.summary.unwrap().contains("2026-01-01_00_01_00-1234"));
        let row = row(app, 1).await;
        assert_eq!(row.state().unwrap(), RunState::InProgress);
        let message: serde_json::Value = serde_json::from_str(&row.message.unwrap()).unwrap();
        assert_eq!(message, serde_json::json!({"job_name": job_name, "job_id": "2026-01-01_00_01_00-1234"}));
        assert_eq!(app.bot_comments(STAGED, number), Vec::<String>::new(), "there is no result yet");
        app.advance(TimeDelta::hours(7)).await;
        assert_eq!(check(app).status, "in_progress", "the limits of a workflow run are not those of the job");
    }

    async fn u5_a_recipe_that_fails_is_told_with_its_error_its_line_and_its_trace(app: &mut TestApp) {
        let (number, run) = start(app).await;
        let told = Failure {
            location: Some(Location { file: "recipe.py".into(), line: 12 }),
            trace: Some("Traceback (most recent call last):\n  File \"recipe.py\", line 12".into()),
            ..failure(FailureClass::Recipe, "ValueError: no data for day 1")
        };
        end_with(app, run.id, RunResult::Failed(told)).await;
        let comment = assert_ended(app, number, "failure", "ValueError: no data for day 1");
        for part in ["did not work", "ValueError: no data for day 1", "The cause is in the recipe.", "line 12", "Push a commit"] {
            assert!(comment.contains(part), "{part}\nis missing in\n{comment}");
        }
        let remarks = check(app).annotations;
        assert_eq!(remarks.len(), 1, "{remarks:#?}");
        assert_eq!((&remarks[0]["path"], &remarks[0]["start_line"]), (&"recipes/tiny/recipe.py".into(), &12.into()));
        assert!(remarks[0]["message"].as_str().unwrap().contains("no data for day 1"));
        let row = row(app, 1).await;
        assert_eq!(row.state().unwrap(), RunState::Completed(Conclusion::Failure));
        assert_eq!(row.message.as_deref(), Some(r#"{"trace":"ValueError: no data for day 1"}"#));
        assert_eq!(row.dataset_public_url, None);
    }

    async fn u5_whose_turn_it_is_is_said_for_every_class_of_failure(app: &mut TestApp) {
        let (number, mut run) = start(app).await;
        for (class, conclusion, whose) in [
            (FailureClass::Recipe, "failure", "The cause is in the recipe."),
            (FailureClass::Requirements, "failure", "The cause is in requirements.txt."),
            (FailureClass::DataSource, "failure", "The place the data comes from did not give it."),
            (FailureClass::Bakery, "failure", "The cause is in the bakery."),
            (FailureClass::TimedOut, "timed_out", "It took too long."),
            (FailureClass::Service, "failure", "The cause is on our side or GitHub's."),
        ] {
            end_with(app, run.id, RunResult::Failed(failure(class, "Error: so it goes"))).await;
            let comment = assert_ended(app, number, conclusion, "Error: so it goes");
            assert!(comment.contains(whose), "{class:?}: {comment}");
            run = ask(app, number).await;
        }
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
    }

    async fn a_second_attempt_replaces_the_comment_and_keeps_both_rows_and_checks(app: &mut TestApp) {
        let (number, run) = start(app).await;
        end_with(app, run.id, RunResult::Failed(failure(FailureClass::DataSource, "OSError: gone"))).await;
        assert!(app.last_bot_comment(STAGED, number).contains("OSError: gone"));
        let run = ask(app, number).await;
        assert!(app.last_bot_comment(STAGED, number).contains("OSError: gone"), "it stays up until there is a newer one");
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        let comments = app.bot_comments(STAGED, number);
        assert_eq!(comments.len(), 1, "{comments:#?}");
        assert!(comments[0].contains("worked"), "{comments:#?}");
        let conclusions: Vec<_> = app.checks(RECIPE).into_iter().map(|check| check.conclusion).collect();
        assert_eq!(conclusions, [Some("failure".to_owned()), Some("success".to_owned())]);
        assert_eq!(row(app, 1).await.state().unwrap(), RunState::Completed(Conclusion::Failure));
        assert_eq!(row(app, 2).await.state().unwrap(), RunState::Completed(Conclusion::Success));
    }
}
