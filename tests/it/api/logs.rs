//! Logs for whoever has a key, and the first error for everybody.

mod dataflow;
mod leaks;
mod trace;

use axum::http::StatusCode;
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{NewPull, WorkflowRun};
use harness::requests::Answer;
use harness::stories;
use harness::world::{CONTRIBUTOR, HUB, MAINTAINER, STAGED, WEBHOOK_SECRET, feedstock};
use orchestrator::domain::id::RecipeRunId;
use orchestrator::store;
use runner_contract::{Failure, FailureClass, RunResult};
use serde_json::{Value, json};

const RECIPE: &str = "tiny-daily";
const LOGS: &str = "/recipe_runs/1/logs";

/// A run of the recipe under this id, which is dispatched; answers its commit and the workflow run.
async fn dispatched_as(app: &TestApp, recipe: &str) -> (String, WorkflowRun) {
    let mut files = feedstock("tiny-success", "recipes/tiny");
    let meta = files.get_mut("recipes/tiny/meta.yaml").unwrap();
    *meta = meta.replace(RECIPE, recipe);
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    app.settle().await;
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, &format!("/run {recipe}"));
    app.settle().await;
    let run = app.workflow_runs().pop().expect("a run was dispatched");
    (run.inputs["sha"].clone(), run)
}

async fn dispatched(app: &TestApp) -> WorkflowRun {
    dispatched_as(app, RECIPE).await.1
}

/// The same, ended, with such a log.
async fn ended_with(app: &TestApp, log: impl Into<Vec<u8>>) -> WorkflowRun {
    let run = dispatched(app).await;
    app.github.write_log(run.id, log);
    app.bake(run.id, &["tiny.zarr"]);
    app.settle().await;
    run
}

/// A failure of the recipe with this error.
fn failed(error: &str, trace: Option<String>) -> RunResult {
    let (class, error) = (FailureClass::Recipe, error.to_owned());
    RunResult::Failed(Failure { class, error, explanation: None, location: None, trace })
}

async fn read(app: &TestApp, query: &str) -> Answer {
    app.get_with_key(&format!("{LOGS}{query}")).await
}

fn missing(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text());
    answer.json()["detail"].as_str().expect("a sentence").to_owned()
}

const LOG: &str = "\u{feff}2026-01-01T00:02:01.5000000Z first\r\n2026-01-01T00:02:02.0000000Z ##[warning]odd\n\
                   2026-01-01T00:02:03.0000000Z \u{1b}[31m##[group]x\u{1b}[0m\n2026-01-01T00:02:04.0000000Z ##[error]Process completed\n";

stories! {
    async fn a_key_opens_the_log_as_text_or_as_json(app: &mut TestApp) {
        ended_with(app, LOG).await;
        let answer = read(app, "").await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/plain; charset=utf-8"));
        assert_eq!((answer.header("cache-control"), answer.header("x-content-type-options")), ("no-store", "nosniff"));
        let expected = "2026-01-01T00:02:01.500000Z INFO [run] first\n2026-01-01T00:02:02.000000Z WARNING [run] odd\n\
                        2026-01-01T00:02:03.000000Z INFO [run] ##[group]x\n2026-01-01T00:02:04.000000Z ERROR [run] Process completed\n";
        assert_eq!(answer.text(), expected);
        let answer = read(app, "?format=json&severity=warning&limit=1").await;
        let expected = json!([{
            "timestamp": "2026-01-01T00:02:04Z", "source": "actions", "severity": "ERROR", "instance": "run",
            "message": "Process completed",
        }]);
        assert_eq!(answer.json(), expected);
    }

    async fn s30_without_a_key_nothing_is_shown_and_with_one_it_is_noted(app: &mut TestApp) {
        ended_with(app, LOG).await;
        let before = app.github.request_count();
        assert_eq!(app.get(LOGS).await.status, StatusCode::FORBIDDEN);
        assert_eq!(app.get(&format!("{LOGS}?limit=0")).await.status, StatusCode::FORBIDDEN, "the key is looked at first");
        assert_eq!(app.get("/feedstocks/a/b/c/d/logs").await.status, StatusCode::FORBIDDEN);
        assert_eq!(app.github.request_count(), before);
        read(app, "?source=worker").await;
        read(app, "").await;
        let mut tx = app.app.store.read().await.unwrap();
        let noted = store::log_access::list(&mut tx, 9).await.unwrap();
        let seen: Vec<_> = noted.iter().map(|row| (row.api_key.as_str(), row.recipe_run_id, row.source.as_str(), row.at)).collect();
        let now = app.github.now();
        let expected = [
            ("PANGEO_FORGE_API_KEY", RecipeRunId(1), "actions", now),
            ("PANGEO_FORGE_API_KEY", RecipeRunId(1), "worker", now),
        ];
        assert_eq!(seen, expected);
    }

    async fn a_recipe_is_addressed_by_its_commit_also_with_slashes_in_its_id(app: &mut TestApp) {
        let (sha, run) = dispatched_as(app, "noaa/oisst/daily").await;
        app.github.write_log(run.id, LOG);
        app.finish_run(run.id, failed("ValueError: no", None));
        app.settle().await;
        let place = format!("/feedstocks/{STAGED}/{sha}/noaa/oisst/daily");
        let answer = app.get_with_key(&format!("{place}/logs?limit=1")).await;
        assert!(answer.text().ends_with("Process completed\n"), "{}", answer.text());
        let answer = app.get(&format!("{place}/logs/trace")).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "ValueError: no"));
        for other in [
            format!("/feedstocks/{STAGED}/{sha}/noaa/oisst/logs"),
            format!("/feedstocks/{STAGED}/0000/noaa/oisst/daily/logs"),
            format!("/feedstocks/pangeo-forge/other/{sha}/noaa/oisst/daily/logs"),
            format!("/feedstocks/a%20b/other/{sha}/noaa/oisst/daily/logs"),
        ] {
            assert!(missing(&app.get_with_key(&other).await).starts_with("There is no run of recipe"), "{other}");
        }
        let nowhere = app.get_with_key(&place).await;
        assert_eq!((nowhere.status, nowhere.json()), (StatusCode::NOT_FOUND, json!({"detail": "Not Found"})));
        let post = app.post(&format!("{place}/logs/trace"), &[], Vec::new()).await;
        assert_eq!(post, (StatusCode::METHOD_NOT_ALLOWED, json!({"detail": "Method Not Allowed"})));
    }

    async fn what_is_not_there_is_said_with_its_reason(app: &mut TestApp) {
        assert_eq!(missing(&read(app, "").await), "recipe run not found");
        let run = dispatched(app).await;
        assert!(missing(&read(app, "").await).contains("shows the log of a job when the job has ended"));
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        app.github.expire_log(run.id);
        assert!(missing(&read(app, "").await).contains("GitHub no longer has it"));
        assert!(missing(&read(app, "?source=worker").await).contains("handed no job to Dataflow"));
        app.github.vanish_run(run.id);
        assert!(missing(&read(app, "").await).contains("no longer has its workflow run"));
        for (query, place) in [("?limit=0", "limit"), ("?severity=x", "severity"), ("?source=insights", "source")] {
            let answer = read(app, query).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(answer.json()["detail"][0]["loc"], json!(["query", place]));
        }
        let answer = app.get_with_key("/recipe_runs/x/logs").await;
        assert_eq!((answer.status, answer.json()["detail"][0]["loc"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!(["path", "id"])));
    }

    async fn a_run_that_waits_has_no_log(app: &mut TestApp) {
        let files = feedstock("tiny-success", "recipes/tiny");
        app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
        app.settle().await;
        assert!(missing(&read(app, "").await).contains("waits to be asked for"));
        assert_eq!(app.get(&format!("{LOGS}/trace")).await.status, StatusCode::NO_CONTENT);
    }

    async fn of_a_run_that_was_started_again_the_newest_attempt_is_shown(app: &mut TestApp) {
        let run = ended_with(app, "old\n").await;
        app.github.rerun(run.id);
        app.github.start_run(run.id);
        app.settle().await;
        assert!(missing(&read(app, "").await).contains("when the job has ended"), "not the log of the first attempt");
        app.github.write_log(run.id, "new\n");
        app.github.finish_run(run.id, "success", None);
        app.settle().await;
        assert_eq!(read(app, "").await.text(), "- INFO [run] new\n");
    }

    async fn who_does_not_answer_is_named_and_a_wait_is_told(app: &mut TestApp) {
        ended_with(app, LOG).await;
        app.github.fault(axum::http::Method::GET, "/jobs").status(500);
        let answer = read(app, "").await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains("Could not read the log of the workflow run. GitHub GET") && detail.contains("500"), "{detail}");
        app.github.fault(axum::http::Method::GET, "/jobs").rate_limited(90);
        let answer = read(app, "").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let wait: i64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=90).contains(&wait), "{wait}");
    }

    async fn s19_a_log_may_be_any_bytes_and_of_any_size(app: &mut TestApp) {
        let mut log = b"broken \xff\xfe utf-8\n".to_vec();
        let line = format!("2026-01-01T00:00:00.0000000Z {}\n", "x".repeat(200));
        log.extend(line.repeat(9 * 1024 * 1024 / line.len()).into_bytes());
        log.extend(format!("{WEBHOOK_SECRET}\n").into_bytes());
        ended_with(app, log).await;
        let lines: Value = read(app, "?format=json&limit=2").await.json();
        assert_eq!(lines[1]["message"], json!("[the log goes on; 8 MiB of it are shown]"));
        assert_eq!(lines[0]["message"].as_str().unwrap().len(), 200, "no half of a line");
        assert!(app.github.transcript().iter().any(|line| line.contains(HUB)));
    }
}
