//! The figures are what happened, for those who may see them, and tell nothing else.

use axum::http::StatusCode;
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{API_KEY, CONTRIBUTOR, MAINTAINER, STAGED, WEBHOOK_SECRET, feedstock};
use orchestrator::domain::id::{RecipeRunId, RepoName};
use orchestrator::store;
use reqwest::Method;
use secrecy::SecretString;

use super::ask_from;
use crate::intake::{hook, stored};

const TOKEN: &str = "a-token-of-the-tests";

/// The page, as an operator with the token sees it.
async fn page(app: &mut TestApp) -> String {
    let answer =
        ask_from(app, "203.0.113.1", "/metrics", &[("authorization", &format!("Bearer {TOKEN}"))]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    answer.text()
}

async fn with_token(app: &mut TestApp) {
    app.reconfigure(|config| config.operating.metrics_token = Some(SecretString::from(TOKEN))).await;
}

/// The sum of a metric over the series that have these labels.
fn sum(page: &str, name: &str, labels: &[&str]) -> f64 {
    page.lines()
        .filter_map(|line| line.rsplit_once(' '))
        .filter(|(series, _)| series.split('{').next() == Some(name))
        .filter(|(series, _)| labels.iter().all(|label| series.contains(label)))
        .map(|(_, value)| value.parse::<f64>().unwrap())
        .sum()
}

fn assert_sums(page: &str, expected: &[(&str, &[&str], f64)]) {
    for (name, labels, value) in expected {
        let found = sum(page, name, labels);
        assert!((found - value).abs() < 1e-9, "{name} {labels:?} is {found}, not {value}\n{page}");
    }
}

fn figure(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

stories! {
    async fn u16d_the_figures_are_what_happened(app: &mut TestApp) {
        with_token(app).await;
        let files = feedstock("tiny-success", "recipes/tiny");
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
        app.deliver_all().await;
        assert_sums(&page(app).await, &[("pfo_queue_jobs", &["interpret_delivery", "ready"], 1.0)]);
        app.github.advance(TimeDelta::seconds(40));
        assert_sums(&page(app).await, &[("pfo_queue_oldest_seconds", &["interpret_delivery"], 40.0)]);
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.github.fault(Method::POST, "/run-recipe.yaml/dispatches").status(500);
        app.exhaust().await;
        let run = app.workflow_runs().pop().unwrap();
        app.github.start_run(run.id);
        app.github.advance(TimeDelta::seconds(90));
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
        app.deliver(&hook("star", "one-more", b"{}")).await;
        app.deliver(&hook("star", "one-more", b"{}")).await;
        app.post("/github/hooks/", &[], b"{}".to_vec()).await;

        let page = page(app).await;
        let mut tx = app.app.store.read().await.unwrap();
        let run = store::recipe_run::get(&mut tx, RecipeRunId(1)).await.unwrap();
        let jobs = store::job::list(&mut tx, None, 10_000).await.unwrap();
        drop(tx);
        let dispatch = jobs.iter().find(|job| job.kind == "dispatch_workflow").unwrap();
        assert!(dispatch.attempt > 1);
        let interpreted = jobs.iter().filter(|job| job.kind == "interpret_delivery").count();
        let stored = stored(app).await.len();
        assert_sums(&page, &[
            ("pfo_deliveries_total", &["accepted"], figure(interpreted)),
            ("pfo_deliveries_total", &["ignored"], figure(stored - interpreted)),
            ("pfo_deliveries_total", &["event=\"other\"", "duplicate"], 1.0),
            ("pfo_deliveries_total", &["event=\"other\"", "refused"], 1.0),
            ("pfo_deliveries_total", &[], figure(stored + 2)),
            ("pfo_delivery_ack_seconds_count", &[], figure(stored + 2)),
            ("pfo_deliveries_at_the_door", &[], 0.0),
            ("pfo_http_requests_total", &["/github/hooks/", "POST", "2xx"], figure(stored + 1)),
            ("pfo_http_requests_total", &["/github/hooks/", "POST", "4xx"], 1.0),
            ("pfo_http_request_seconds_count", &["/metrics", "GET"], 2.0),
            ("pfo_jobs_total", &["done"], figure(jobs.len())),
            ("pfo_jobs_total", &["dispatch_workflow", "retry"], figure(usize::try_from(dispatch.attempt - 1).unwrap())),
            ("pfo_jobs_total", &["dead"], 0.0),
            ("pfo_queue_jobs", &[], 0.0),
            ("pfo_runs_started_total", &["test"], 1.0),
            ("pfo_runs_ended_total", &["test", "success"], 1.0),
            ("pfo_runs_ended_total", &[], 1.0),
            ("pfo_run_seconds_sum", &["test"], (run.completed_at.unwrap() - run.started_at).as_seconds_f64()),
            // The artifact itself comes from where GitHub keeps it, and that is no call of the API.
            ("pfo_github_calls_total", &[], figure(app.github.request_count() - 1)),
            ("pfo_github_calls_total", &["/dispatches", "500"], 1.0),
            ("pfo_database_up", &[], 1.0),
        ]);
    }

    async fn u16d_lost_workers_and_what_the_timer_found_are_counted(app: &mut TestApp) {
        with_token(app).await;
        app.deliver(&hook("pull_request", "held", b"{}")).await;
        let mut tx = app.app.store.write().await.unwrap();
        let held = store::job::claim(&mut tx, TimeDelta::seconds(90), app.github.now()).await.unwrap();
        assert!(held.is_some());
        tx.commit().await.unwrap();
        app.advance(TimeDelta::seconds(91)).await;
        app.advance(TimeDelta::seconds(1)).await;
        assert_sums(&page(app).await, &[
            ("pfo_leases_lost_total", &[], 1.0),
            ("pfo_jobs_total", &["interpret_delivery", "retry"], 1.0),
            ("pfo_jobs_total", &["interpret_delivery", "done"], 1.0),
        ]);
    }

    async fn the_figures_of_the_main_listener_are_for_who_has_the_token(app: &mut TestApp) {
        let bearer = format!("Bearer {TOKEN}");
        let ask = async |app: &TestApp, shown: &str| {
            let answer = ask_from(app, "203.0.113.1", "/metrics", &[("authorization", shown)]).await;
            (answer.status.as_u16(), answer.json()["detail"].as_str().unwrap_or_default().to_owned())
        };
        for shown in ["", bearer.as_str(), "Bearer "] {
            assert_eq!(ask(app, shown).await, (404, "Not Found".into()), "there is no token, so there is no page");
        }
        with_token(app).await;
        assert_eq!(app.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
        for (shown, status) in [
            ("", 401), ("Basic eDp5", 401), ("Bearer ", 401), ("Bearer a-token-of-the-test", 401), (API_KEY, 401), (&bearer, 200),
            (&bearer.replace("Bearer", "bearer"), 200),
        ] {
            assert_eq!(ask(app, shown).await.0, status, "{shown}");
        }
    }

    async fn s19_s42_the_figures_name_no_secret_and_no_repository_however_many_there_are(app: &mut TestApp) {
        with_token(app).await;
        let before = page(app).await.lines().count();
        let mut tx = app.app.store.write().await.unwrap();
        for n in 0..500 {
            let name = RepoName::parse(&format!("pangeo-forge/many-{n}-feedstock")).unwrap();
            store::feedstock::register(&mut tx, &name).await.unwrap();
        }
        tx.commit().await.unwrap();
        for n in 0..30 {
            let body = format!(r#"{{"action": "opened", "repository": {{"full_name": "pangeo-forge/many-{n}-feedstock"}}}}"#);
            app.deliver(&hook("pull_request", &format!("many-{n}"), body)).await;
            app.get(&format!("/recipe_runs/many-{n}")).await;
            app.get(&format!("/made-up/{n}")).await;
        }
        app.settle().await;
        let page = page(app).await;
        let series = page.lines().filter(|line| !line.starts_with('#')).count();
        assert!(series <= 2_000 && page.lines().count() < before + 150, "{series} series\n{page}");
        for word in [API_KEY, WEBHOOK_SECRET, TOKEN, "pangeo-forge/", "many-", "made-up"] {
            assert!(!page.contains(word), "{word} in\n{page}");
        }
    }

    async fn the_figures_are_there_when_the_database_is_not(app: &mut TestApp) {
        with_token(app).await;
        app.deliver(&hook("star", "before", b"{}")).await;
        app.app.store.close().await;
        app.deliver(&hook("star", "after", b"{}")).await;
        assert_sums(&page(app).await, &[
            ("pfo_database_up", &[], 0.0), ("pfo_deliveries_total", &["ignored"], 1.0), ("pfo_deliveries_total", &["failed"], 1.0),
        ]);
        app.restart().await;
    }
}
