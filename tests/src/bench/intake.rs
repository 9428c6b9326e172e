//! `bench intake`: how many signed deliveries the door takes, next to how many single rows the same database commits.

use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use orchestrator::domain::id::DeliveryId;
use orchestrator::store::delivery::NewDelivery;
use orchestrator::store::{self, Store};
use tokio::task::JoinSet;

use super::client::{self, Measured, Template};
use super::service::Service;
use crate::db::{Engine, TestDb};
use crate::files::write_config;
use crate::github::{FakeGithub, NewPull, sign};
use crate::world::{CONTRIBUTOR, WEBHOOK_SECRET};

const GOAL_RATIO: f64 = 0.7;
const GOAL_P99_MS: f64 = 50.0;
const GOAL_MIB: f64 = 40.0;

/// Signed deliveries at the door, next to bare single-row commits.
#[derive(Debug, Args)]
pub struct Intake {
    /// How many deliveries of each kind.
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// How many connections, and how many tasks that commit.
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
}

impl Intake {
    /// Measures and prints one table for both databases.
    pub async fn run(self) -> Result<()> {
        let github = FakeGithub::builder().without_contract().system_clock().start().await?;
        let kinds = deliveries(&github);
        println!("{} deliveries of each kind, concurrency {}", self.count, self.concurrency);
        println!(
            "goals: at least {GOAL_RATIO} of the bare commits, p99 at most {GOAL_P99_MS} ms, less than {GOAL_MIB} MiB\n"
        );
        println!("| database | what | bytes | per second | of bare | p50 ms | p99 ms | resident MiB |");
        println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
        let mut missed = Vec::new();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            self.measure(engine, &github, &kinds, &mut missed).await?;
        }
        println!(
            "\n{}",
            if missed.is_empty() {
                "every goal is met".into()
            } else {
                format!("missed: {}", missed.join("; "))
            }
        );
        Ok(())
    }

    async fn measure(
        &self,
        engine: Engine,
        github: &FakeGithub,
        kinds: &[(String, Vec<u8>)],
        missed: &mut Vec<String>,
    ) -> Result<()> {
        let db = TestDb::create(engine).await?;
        let files = tempfile::tempdir()?;
        write_config(files.path(), "/nowhere");
        // The floor first: with the service beside it, its sweep would cost a little.
        let body = &kinds.first().context("there are kinds")?.1;
        let bare = self.bare_commits(&db, body).await?;
        row(engine, "bare single-row commits", body.len(), &bare, None, None);
        for (event, body) in kinds {
            let service = Service::start(&db.url, files.path(), github.url()).await?;
            let template = Template::delivery(event, &sign(WEBHOOK_SECRET, body), body);
            let prefix = format!("{engine:?}-{event}");
            let request = move |number: usize| template.render(&format!("{prefix}-{number}"));
            let measured =
                client::send_all(service.address, request, 202, self.concurrency, self.count).await?;
            let (ratio, memory) = (measured.rate() / bare.rate(), service.resident_mib()?);
            row(engine, event, body.len(), &measured, Some(ratio), Some(memory));
            let p99 = measured.percentile_ms(99);
            for (what, is_met) in [
                (format!("ratio {ratio:.2}"), ratio >= GOAL_RATIO),
                (format!("p99 {p99:.1} ms"), p99 <= GOAL_P99_MS),
                (format!("{memory:.1} MiB"), memory < GOAL_MIB),
            ] {
                if !is_met {
                    missed.push(format!("{engine:?} {event} {what}"));
                }
            }
        }
        db.remove().await
    }

    /// The same bytes, one row and one commit each, by as many tasks.
    async fn bare_commits(&self, db: &TestDb, body: &[u8]) -> Result<Measured> {
        let store = Store::open(&db.url).await?;
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for task in 0..self.concurrency {
            let (store, body) = (store.clone(), body.to_owned());
            let count = self.count / self.concurrency;
            tasks.spawn(async move {
                let mut latencies = Vec::with_capacity(count);
                for number in 0..count {
                    let sent = Instant::now();
                    let id = DeliveryId(format!("bare-{task}-{number}"));
                    let mut tx = store.write().await?;
                    let row =
                        NewDelivery { id: &id, event: "bare", body: &body, received_at: chrono::Utc::now() };
                    store::delivery::insert(&mut tx, &[row]).await?;
                    tx.commit().await?;
                    latencies.push(sent.elapsed());
                }
                Ok::<_, store::StoreError>(latencies)
            });
        }
        let mut latencies = Vec::new();
        while let Some(task) = tasks.join_next().await {
            latencies.extend(task??);
        }
        let time = begun.elapsed();
        latencies.sort_unstable();
        store.close().await;
        Ok(Measured { time, latencies })
    }
}

/// One delivery that asks for nothing, and one that is read by a job, both as GitHub would send them.
fn deliveries(github: &FakeGithub) -> Vec<(String, Vec<u8>)> {
    github.add_repo("somebody/else");
    github.open_pull_request(
        NewPull::new("somebody/else", CONTRIBUTOR, "Not a recipe").files([("README.md", "text")]),
    );
    let hooks = github.take_hooks();
    let of = |event: &str| hooks.iter().find(|hook| hook.event == event).map(|hook| hook.body.clone());
    let pull_request = of("pull_request").unwrap_or_default();
    // GitHub tells of a check suite in about as many words.
    let check_suite = of("check_suite").unwrap_or_else(|| pull_request.clone());
    vec![("check_suite".into(), check_suite), ("pull_request".into(), pull_request)]
}

fn row(
    engine: Engine,
    what: &str,
    bytes: usize,
    measured: &Measured,
    ratio: Option<f64>,
    memory: Option<f64>,
) {
    let figure = |figure: Option<f64>, digits: usize| {
        figure.map_or_else(|| "-".into(), |value| format!("{value:.digits$}"))
    };
    println!(
        "| {engine:?} | {what} | {bytes} | {:.0} | {} | {:.1} | {:.1} | {} |",
        measured.rate(),
        figure(ratio, 2),
        measured.percentile_ms(50),
        measured.percentile_ms(99),
        figure(memory, 1)
    );
}
