//! Late, twice, and in every order: the end is the same.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::{Hook, WorkflowRun};
use harness::google::JobStatus;
use harness::stories;
use orchestrator::domain::run::{Conclusion, RunState};
use runner_contract::{DatasetType, RunResult, Store};

use super::{JOB, RECIPE, assert_ended, begin, hand_over, job, notes, row, tell};
use crate::restarts::on_both_engines;

/// What can come in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// The workflow run hands the job over, and ends.
    Submitted,
    /// Dataflow runs it.
    Running,
    /// Dataflow has done it.
    Done,
}

use News::{Done, Running, Submitted};

const ORDERS: [[News; 3]; 6] = [
    [Submitted, Running, Done],
    [Submitted, Done, Running],
    [Running, Submitted, Done],
    [Running, Done, Submitted],
    [Done, Submitted, Running],
    [Done, Running, Submitted],
];

/// The messages, as they are whenever they come: Dataflow's clock does not depend on ours.
struct Messages {
    submitted: Vec<Hook>,
    running: JobStatus,
    done: JobStatus,
}

fn submit(app: &TestApp, run: &WorkflowRun) -> Vec<Hook> {
    let stores = vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }];
    let job_name = run.inputs["job_name"].clone();
    app.finish_run(
        run.id,
        RunResult::Submitted { recipe_id: RECIPE.into(), job_name, job_id: JOB.into(), stores },
    );
    app.github.take_hooks()
}

async fn bring(app: &TestApp, messages: &Messages, news: News) {
    match news {
        Submitted => {
            for hook in &messages.submitted {
                let (status, answer) = app.deliver(hook).await;
                assert_eq!(status, 202, "{answer}");
            }
        }
        Running => app.push_job_status(&messages.running).await,
        Done => app.push_job_status(&messages.done).await,
    }
}

/// Plays one order, everything twice, and settling after each piece of news or only at the end.
async fn play(engine: Engine, order: [News; 3], settle_between: bool) -> (RunState, String, String, usize) {
    let app = TestApp::start(engine).await;
    let begun = begin(&app).await;
    app.google.start_job(&begun.name, JOB);
    let running = begun.status(&app, "RUNNING");
    app.github.advance(TimeDelta::minutes(9));
    let done = begun.status(&app, "DONE");
    let messages = Messages { submitted: submit(&app, &begun.run), running, done };
    for news in order {
        for _ in 0..2 {
            bring(&app, &messages, news).await;
            if settle_between {
                app.settle().await;
            }
        }
    }
    app.settle().await;
    let comment = assert_ended(&app, begun.number, "success", "Worked");
    let (run, comments) = (row(&app).await, app.bot_comments(harness::world::STAGED, begun.number).len());
    // Each play has a folder of its own.
    let url = run.dataset_public_url.clone().expect("the data is somewhere");
    let (folder, place) = url.split_once("/data/").expect("the data lies below the folder");
    let end = (run.state().unwrap(), place.to_owned(), comment.replace(folder, ""), comments);
    app.finish().await;
    end
}

on_both_engines! {
    async fn r9_every_order_of_what_can_be_told_each_twice_comes_to_the_same_end(engine: Engine) {
        let expected = play(engine, ORDERS[0], true).await;
        for order in ORDERS {
            for settle_between in [true, false] {
                let end = play(engine, order, settle_between).await;
                assert_eq!(end, expected, "{order:?}, settling between: {settle_between}");
            }
        }
    }
}

stories! {
    async fn s22_nothing_that_comes_after_an_end_changes_it(app: &mut TestApp) {
        let begun = hand_over(app).await;
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &begun.status(app, "FAILED")).await;
        let comment = assert_ended(app, begun.number, "failure", "failed");
        for state in ["DONE", "CANCELLED", "DRAINED", "RUNNING", "UPDATED"] {
            app.github.advance(TimeDelta::minutes(1));
            let mut late = begun.status(app, state);
            late.replaced_by = (state == "UPDATED").then(|| "2026-01-01_00_05_00-9".into());
            tell(app, &late).await;
        }
        assert_eq!(assert_ended(app, begun.number, "failure", "failed"), comment);
        assert_eq!(row(app).await.state().unwrap(), RunState::Completed(Conclusion::Failure));
        assert_eq!(job(app).await.state, "JOB_STATE_FAILED");
        let notes = notes(app).await;
        assert!(notes[1..].iter().all(|note| note == "the job has ended"), "{notes:?}");
    }

    async fn r9_news_that_is_older_than_what_is_known_changes_nothing(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let (pending, failed) = (begun.status(app, "PENDING"), begun.status(app, "FAILED"));
        app.github.advance(TimeDelta::minutes(1));
        for status in [begun.status(app, "RUNNING"), pending, failed] {
            tell(app, &status).await;
        }
        assert_eq!(job(app).await.state, "JOB_STATE_RUNNING");
        assert_eq!(notes(app).await, ["applied", "older than what is known", "older than what is known"]);
        app.github.advance(TimeDelta::minutes(1));
        tell(app, &begun.status(app, "DONE")).await;
        assert_ended(app, begun.number, "success", "Worked");
    }

    async fn r5_a_second_copy_of_an_event_is_the_same_event(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let done = begun.status(app, "DONE");
        let copies: [_; 4] = tokio::join!(
            app.push_job_status(&done), app.push_job_status(&done), app.push_job_status(&done), app.push_job_status(&done)
        ).into();
        assert_eq!(copies.len(), 4);
        // Pub/Sub may give a second copy another id; the event keeps its own.
        let mut again = done.push();
        again["message"]["messageId"] = "another".into();
        assert_eq!(app.push(&app.google.token(), &again).await.0, 204);
        app.settle().await;
        assert_eq!(notes(app).await, ["applied"]);
        assert_ended(app, begun.number, "success", "Worked");
    }

    async fn r0_killed_between_any_two_jobs_it_comes_to_the_same_end(app: &mut TestApp) {
        let begun = hand_over(app).await;
        app.push_job_status(&begun.status(app, "DONE")).await;
        while orchestrator::job::worker::run_next(&app.app).await.unwrap() {
            app.restart().await;
        }
        app.settle().await;
        assert_ended(app, begun.number, "success", "Worked");
        assert_eq!(notes(app).await, ["applied"]);
    }
}
